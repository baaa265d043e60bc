/* SPDX-License-Identifier: MIT */
/* pipeline_parts.c -- see pipeline_parts.h. Runs where pipeline.c runs: any
 * thread, any lock, signal handlers. */
#include "pipeline_parts.h"

#include <stdatomic.h>

#include "base/lost.h"
#include "base/options.h"
#include "detect/detect.h"
#include "detect/finding.h"
#include "report/complete.h"
#include "report/repeats.h"
#include "report/report.h"
#include "shadow/shadow.h"
#include "track/refused.h"
#include "track/traverse.h"
#include "os/atomics.h"

static _Atomic uint64_t completed;

bool
rs_pipeline_enter_attached(struct rs_event *ev)
{
    if (!rs_pipeline_enter(ev))
        return false;
    ev->life = RS_HOST_RUNNING;
    if (ev->tstate != NULL && rs_shadow_trusts_lives())
        return true;
    rs_thread_leave(ev->self);
    return false;
}

struct rs_event
rs_pipeline_life_event(enum rs_ev op, struct rs_thread *self,
                       const struct rs_life_event *life)
{
    return (struct rs_event){.op = op,
                             .object = life->object,
                             .pc = life->pc,
                             .frame = life->frame,
                             .self = self,
                             .tstate = life->tstate,
                             .life = RS_HOST_RUNNING,
                             .has_before = true,
                             .before = rs_host_header(life->object)};
}

void
rs_pipeline_no_room(struct rs_thread *self)
{
    rs_lost_count(RS_LOST_ROOM);
    rs_thread_leave(self);
}

uint64_t
rs_judge_completed(void)
{
    return rs_load(&completed);
}

/* What repeats is only counted: to complete it takes long. */
static void
report(struct rs_finding *found, const struct rs_event *ev,
       const struct rs_step *step)
{
    uint64_t name = rs_repeats_name(found, ev, step);
    struct rs_repeat repeat = rs_repeats_ask(name);

    if (repeat.fingerprint != 0) {
        rs_report_again(found->kind, repeat.fingerprint, repeat.outcome);
        return;
    }
    rs_add(&completed, 1);
    rs_complete_finding(found, ev, step);
    repeat.outcome = rs_report(found);
    repeat.fingerprint = found->fingerprint;
    rs_repeats_note(name, repeat);
}

/* What was taken and skipped is not released, either. */
static bool
is_settled(const struct rs_event *ev, const struct rs_step *step,
           const struct rs_finding *found)
{
    unsigned traits = rs_event_words(ev->op)->traits;

    if (!found->is_skipped)
        return false;
    if ((traits & RS_TRAIT_TAKES) != 0)
        rs_refused_note(ev, step->before);
    if ((traits & RS_TRAIT_DROPS) == 0 || !rs_refused_settle(ev, step->before))
        return false;
    rs_lost_count(RS_LOST_REFUSED);
    return true;
}

static RS_NOINLINE enum rs_answer
judge(struct rs_event *ev, const struct rs_step *step)
{
    struct rs_finding found;

    if (!rs_detect(ev, step, &found))
        return RS_PROCEED;
    if (ev->stack.id == RS_STACK_NONE.id && ev->pc != 0)
        rs_pipeline_capture(ev);
    if (found.kind == RS_BUG_REFOP_IN_TRAVERSE)
        rs_traverse_tell(&step->traverse);
    found.is_skipped &= rs_options->neutralise;
    if (is_settled(ev, step, &found))
        return RS_SKIP;
    report(&found, ev, step);
    return found.is_skipped ? RS_SKIP : RS_PROCEED;
}

/* The stack was captured before: if there was no room for that, it is known by
 * now, and before the finding is put on it. */
enum rs_answer
rs_judge(struct rs_event *ev, const struct rs_step *step)
{
    if (rs_likely(
            !rs_stack_room_is_short((uintptr_t)__builtin_frame_address(0))))
        return judge(ev, step);
    rs_lost_count(RS_LOST_ROOM);
    return RS_PROCEED;
}
