/* SPDX-License-Identifier: MIT */
/* pipeline_tsan.c -- see pipeline_tsan.h. Under TSan's locks: nothing here or
 * below calls what TSan intercepts, and refsan's own code is not instrumented,
 * so there is no report inside a report.
 *
 * Missed: what an object points to but has not in its own memory, such as the
 * array of a list; objects that died meanwhile; those that refsan never saw. */
#include "pipeline_tsan.h"
#include "pipeline_parts.h"

#include <errno.h>

#include "detect/finding.h"
#include "order/tsan_report.h"
#include "os/sys.h"
#include "report/complete.h"
#include "report/report.h"
#include "shadow/inside.h"
#include "shadow/shadow.h"

#define REACH 4096 /* larger objects are arrays, of which few are raced on */

/* The object that has the address, or 0. */
static uintptr_t
find_object(uintptr_t address, struct rs_event *ev)
{
    rs_word word = rs_shadow_inside(address, REACH, false, &ev->object);

    if (rs_word_state(word) == RS_STATE_UNKNOWN ||
        !rs_sys_can_read(ev->object, 32))
        return 0;
    ev->before = rs_host_header(ev->object);
    ev->has_before = true;
    if (!rs_host_has_type(&ev->before) ||
        address - ev->object >= rs_host_object_bytes(ev->object, &ev->before))
        return 0;
    return ev->object;
}

/* TSan knows the native frames; of this thread's Python frames only where they
 * began, and they are there to be asked. */
static rs_stack
with_python(const struct rs_tsan_side *side, void *tstate)
{
    rs_frame frames[RS_STACK_FRAMES_MAX];
    unsigned count = rs_stack_get_native(side->stack, frames);

    if (tstate == NULL || count + RS_CAPTURE_PYTHON_MAX > RS_STACK_FRAMES_MAX)
        return side->stack;
    count += rs_capture_python(tstate, frames + count);
    return rs_stack_put(frames, count);
}

static enum rs_ev
op_of(const struct rs_tsan_side *side)
{
    return side->is_write ? RS_EV_WRITE : RS_EV_READ;
}

static void
say(struct rs_event *ev, const struct rs_tsan_race *race)
{
    struct rs_finding found = {
        .kind = RS_BUG_TSAN_RACE,
        .seen = RS_SEEN_TSAN,
        .memory = {(uint32_t)(race->now.address - ev->object),
                   race->now.bytes}};
    struct rs_step step = {.before = rs_shadow_get(ev->object)};

    step.creator = rs_word_creator(step.before);
    (void)rs_shadow_look(ev, &step);
    rs_step_tell(&step,
                 (struct rs_told){.role = RS_ROLE_UNORDERED,
                                  .op = op_of(&race->before),
                                  .slot = rs_thread_find_tid(race->before.tid),
                                  .stack = race->before.stack});
    rs_complete_finding(&found, ev, &step);
    (void)rs_report(&found);
}

void
rs_pipeline_tsan_report(void *report)
{
    int saved = errno;
    struct rs_tsan_race race;
    struct rs_event ev =
        rs_event_make(RS_EV_READ, 0, 0, (uintptr_t)__builtin_frame_address(0));

    if (!rs_pipeline_enter(&ev))
        return;
    if (rs_tsan_report_read(report, &race) &&
        find_object(race.now.address, &ev) != 0) {
        ev.op = op_of(&race.now);
        ev.stack = with_python(&race.now, ev.tstate);
        say(&ev, &race);
    }
    rs_thread_leave(ev.self);
    errno = saved;
}
