/* SPDX-License-Identifier: MIT */
/* pipeline_owned_slot.c -- references that are taken out of a field.
 *
 * The ground is pipeline.c's. Most fields are those of dying objects, or of one
 * thread: then there is nothing to say. */
#include "event/event.h"

#include <errno.h>

#include "thread/capture.h"
#include "base/check.h"
#include "base/exempt.h"
#include "detect/detect.h"
#include "track/owned_slot.h"
#include "detect/finding.h"
#include "report/report.h"
#include "shadow/shadow.h"
#include "thread/thread.h"

static void
capture(struct rs_event *ev)
{
    ev->stack = rs_capture_site(ev->self, ev->site != 0 ? ev->site : ev->pc,
                                ev->pc, ev->frame, ev->tstate);
}

/* With a GIL, nobody comes between the reading of a field and its change. The
 * collector clears what nobody else can reach. */
static bool
may_race(const struct rs_event *ev)
{
    return ev->tstate != NULL && rs_shadow_trusts_lives() &&
           !RS_EXEMPT(slot_under_gil, rs_host_runs_with_gil(ev->tstate)) &&
           !RS_EXEMPT(slot_of_collector, rs_host_is_collecting(ev->tstate)) &&
           !RS_EXEMPT(slot_at_end, rs_host_is_finalizing());
}

static RS_NOINLINE enum rs_answer
judge(struct rs_event *ev, const struct rs_owned_slot_facts *facts)
{
    struct rs_step step;
    struct rs_finding found;

    ev->life = RS_HOST_RUNNING;
    if (rs_shadow_look(ev, &step) == RS_LOOK_AWAY)
        return RS_PROCEED;
    step.slot_access = *facts;
    if (!rs_detect(ev, &step, &found))
        return RS_PROCEED;
    capture(ev);
    rs_complete_finding(&found, ev, &step);
    rs_report(&found);
    return found.is_skipped ? RS_SKIP : RS_PROCEED;
}

enum rs_answer
rs_event_taken(struct rs_event *ev, uintptr_t address)
{
    enum rs_answer answer = RS_PROCEED;
    struct rs_owned_slot_facts facts;
    struct rs_owned_slot field;
    int saved = errno;

    if (!rs_host->is_free_threaded)
        return answer;
    ev->self = rs_thread_enter();
    if (ev->self == NULL)
        return answer;
    ev->tstate = rs_host_attached();
    if (rs_owned_slot_find(address, &field) && may_race(ev)) {
        rs_owned_slot_take(ev, &field, &facts);
        if (rs_unlikely(facts.is_contended))
            answer = judge(ev, &facts);
    }
    rs_thread_leave(ev->self);
    errno = saved;
    return answer;
}
