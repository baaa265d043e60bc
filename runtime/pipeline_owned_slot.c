/* SPDX-License-Identifier: MIT */
/* pipeline_owned_slot.c -- references that are taken out of a slot.
 *
 * Runs where pipeline.c runs: any thread, any lock, signal handlers. Most
 * slots are of dying objects, or of objects of one thread: then nothing is
 * judged. */
#include "pipeline.h"
#include "pipeline_parts.h"

#include <errno.h>

#include "base/check.h"
#include "base/exempt.h"
#include "order/tsan.h"
#include "shadow/shadow.h"
#include "thread/thread.h"
#include "track/owned_slot.h"

/* With a GIL, nobody comes between the reading of a slot and its change. The
 * collector clears what nobody else can reach. */
static bool
may_race(const struct rs_event *ev)
{
    return !RS_EXEMPT(slot_under_gil, rs_host_runs_with_gil(ev->tstate)) &&
           !RS_EXEMPT(slot_of_collector, rs_host_is_collecting(ev->tstate)) &&
           !RS_EXEMPT(slot_at_end, rs_host_is_finalizing());
}

static RS_NOINLINE enum rs_answer
judge_take(struct rs_event *ev, const struct rs_owned_slot_facts *facts)
{
    struct rs_step step;

    if (rs_shadow_look(ev, &step) == RS_LOOK_AWAY)
        return RS_PROCEED;
    rs_owned_slot_describe(facts, &step);
    return rs_judge(ev, &step);
}

enum rs_answer
rs_pipeline_taken(struct rs_event *ev, uintptr_t address)
{
    enum rs_answer answer = RS_PROCEED;
    struct rs_owned_slot_facts facts;
    struct rs_owned_slot slot;
    int saved = errno;

    if (!rs_host->is_free_threaded || !rs_pipeline_enter_attached(ev))
        return answer;
    if (rs_owned_slot_find(address, &slot) && may_race(ev)) {
        if (rs_unlikely(rs_tsan_is_on))
            rs_pipeline_capture(ev);
        rs_owned_slot_take(ev, &slot, &facts);
        if (rs_unlikely(facts.is_contended))
            answer = judge_take(ev, &facts);
    }
    rs_thread_leave(ev->self);
    errno = saved;
    return answer;
}
