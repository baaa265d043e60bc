/* SPDX-License-Identifier: MIT */
/* pipeline_freed.c -- memory is freed: mostly not of an object, or of one that is
 * dying as it should. The ground is pipeline.c's. */
#include "event/event.h"

#include <errno.h>

#include "thread/capture.h"
#include "detect/detect.h"
#include "detect/finding.h"
#include "track/leftover_refs.h"
#include "report/report.h"
#include "shadow/shadow.h"
#include "thread/thread.h"
#include "leak/heap_type_refs.h"
#include "track/dealloc_locks.h"

/* A dealloc frees its object, and somebody has a reference to it. */
static RS_NOINLINE void
judge(struct rs_thread *self, const struct rs_life_event *life, rs_word before)
{
    int saved = errno;
    struct rs_step step = {
        .before = before,
        .creator = rs_word_creator(before),
        .destroyer = self->slot,
    };
    struct rs_event ev = {.op = RS_EV_FREED,
                          .object = life->object,
                          .pc = life->pc,
                          .frame = life->frame,
                          .self = self,
                          .tstate = rs_host_attached(),
                          .life = RS_HOST_RUNNING,
                          .has_before = true,
                          .before = rs_host_header(life->object)};
    struct rs_finding found;

    ev.stack = rs_capture(self, ev.pc, ev.frame, ev.tstate);
    step.leftover = rs_leftover_refs_ask(&ev, before);
    if (rs_detect(&ev, &step, &found)) {
        rs_complete_finding(&found, &ev, &step);
        rs_report(&found);
    }
    errno = saved;
}

static bool
is_counted(uintptr_t object)
{
    struct rs_header header = rs_host_header(object);

    return rs_header_count(&header) > 0 && !rs_header_is_immortal(&header);
}

void
rs_event_freed(const struct rs_life_event *life)
{
    struct rs_thread *self = rs_thread_enter();
    rs_word before;

    if (self == NULL)
        return;
    before = rs_shadow_freed(life->object);
    if (rs_word_state(before) == RS_STATE_DYING &&
        rs_unlikely(is_counted(life->object)) &&
        rs_shadow_sees_lives(RS_STATE_DYING))
        judge(self, life, before);
    if (rs_unlikely(rs_heap_type_refs_is_on))
        rs_heap_type_refs_freed(self, life->object);
    if (rs_unlikely(rs_word_has(before, RS_MARK_TRY_ENABLED)))
        rs_dealloc_locks_end(life->object);
    rs_thread_leave(self);
}
