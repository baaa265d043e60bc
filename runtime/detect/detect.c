/* SPDX-License-Identifier: MIT */
/* detect.c -- asks the detectors of rules.def.
 *
 * They see the event, its object's header from before the operation, and what
 * the shadow knew; they touch nothing. */
#include "detect/detect.h"

#include "base/exempt.h"
#include "detect/checks.h"

bool
rs_checks_ok(const struct rs_event *ev, const struct rs_step *step,
             struct rs_finding *found)
{
    (void)ev;
    (void)step;
    (void)found;
    return false;
}

/* R1, R2. A decref is not done: it could run a destructor without a thread
 * state. An incref is: whoever asked for it will give it back. */
static bool
check_thread(const struct rs_event *ev, const struct rs_step *step,
             struct rs_finding *found)
{
    bool drops = rs_checks_has_trait(ev, RS_TRAIT_DROPS);

    if (ev->life == RS_HOST_FINALIZED)
        return rs_checks_find(found, RS_BUG_REFOP_FINALIZED, 0, true);
    if (step->is_old_runtime &&
        !RS_EXEMPT(old_runtime_not_live,
                   rs_word_state(step->before) != RS_STATE_LIVE))
        return rs_checks_find(found, RS_BUG_REFOP_FINALIZED,
                              RS_SEEN_OLD_RUNTIME, true);
    if (ev->tstate == NULL &&
        !RS_EXEMPT(before_runtime, ev->life != RS_HOST_RUNNING))
        return rs_checks_find(found, RS_BUG_REFOP_DETACHED, 0, drops);
    return false;
}

/* R14. It is done all the same, because refsan may not see what takes it back;
 * but for the release that would give the memory to the wrong allocator.
 *
 * Missed: what the interpreter does itself, a death among it. */
static bool
check_interpreter(const struct rs_event *ev, const struct rs_step *step,
                  struct rs_finding *found)
{
    bool is_last;

    if (!step->is_other_interpreter ||
        RS_EXEMPT(other_interpreter_ends, step->is_finalizing) ||
        RS_EXEMPT(other_interpreter_immortal, rs_checks_is_immortal(ev)))
        return false;
    is_last = rs_checks_has_trait(ev, RS_TRAIT_DROPS) && ev->has_before &&
              rs_header_count(&ev->before) <= 1;
    return rs_checks_find(found, RS_BUG_CROSS_INTERPRETER,
                          RS_SEEN_OTHER_INTERPRETER, is_last);
}

/* R13. The operation is done all the same: of a pair of them refsan may see one
 * only, where the other is compiled in line, and to do half of it would change
 * the count. */
static bool
check_traverse(const struct rs_step *step, struct rs_finding *found)
{
    uint64_t seen = RS_SEEN_IN_TRAVERSE;

    if (RS_EXEMPT(traverse_told, step->traverse.is_told))
        return false;
    if (step->traverse.is_collecting)
        seen |= RS_SEEN_COLLECTING;
    return rs_checks_find(found, RS_BUG_REFOP_IN_TRAVERSE, seen, false);
}

/* While it collects, the collector of a free-threaded build puts numbers and
 * links where owner and local count are. A merged object has no owner. */
static bool
is_scratch(const struct rs_event *ev, const struct rs_step *step)
{
    return step->traverse.is_collecting && rs_checks_is_free_threaded(ev) &&
           rs_word_state(step->before) <= RS_STATE_IMMORTAL &&
           rs_header_shared_state(&ev->before) == RS_SHARED_MERGED &&
           ev->before.owner != 0;
}

static rs_check *const checks[RS_STATE_COUNT][RS_EV_COUNT] = {
#define RS_RULE(state, event, next, check)                                    \
    [RS_STATE_##state][RS_EV_##event] = rs_checks_##check,
#include "rules.def"
};

static bool
judge(const struct rs_event *ev, const struct rs_step *step,
      struct rs_finding *found)
{
    bool is_op = rs_checks_has_trait(ev, RS_TRAIT_OP);

    found->crash = NULL;
    found->memory.bytes = 0;
    found->leaked = step->leak.objects;
    found->held = step->leak.held;
    if (rs_unlikely(step->leak.keeps_type)) /* R15 */
        return rs_checks_find(found, RS_BUG_LEAK, RS_SEEN_KEEPS_TYPE, false);
    if (rs_unlikely(step->leak.objects != 0))
        return rs_checks_find(
            found, RS_BUG_LEAK,
            RS_SEEN_OUTLIVED |
                (step->leak.held != 0 ? RS_SEEN_HOLDS_OTHERS : 0),
            false);
    if (rs_unlikely(step->leak.is_left_untracked)) /* R11 */
        return rs_checks_find(found, RS_BUG_LEAK, RS_SEEN_LEFT_UNTRACKED,
                              false);
    if (is_op && rs_unlikely(step->traverse.function != NULL))
        return check_traverse(step, found);
    if (is_op && check_thread(ev, step, found))
        return true;
    if (is_op && check_interpreter(ev, step, found))
        return true;
    if (rs_unlikely(RS_EXEMPT(collector_scratch, is_scratch(ev, step))))
        return false;
    if (checks[rs_word_state(step->before)][ev->op](ev, step, found))
        return true;
    if (rs_unlikely(step->borrow.kind != RS_BORROW_NONE) &&
        rs_checks_borrow(ev, step, found))
        return true;
    return is_op && rs_checks_immortality(ev, step, found);
}

bool
rs_detect(const struct rs_event *ev, const struct rs_step *step,
          struct rs_finding *found)
{
    bool is_bug;

    RS_DCHECK(ev->self != NULL);
    RS_DCHECK(!rs_checks_has_trait(ev, RS_TRAIT_NO_OBJECT));
    RS_DCHECK(step->leak.held == 0 || step->leak.objects != 0);
    is_bug = judge(ev, step, found);
    if (is_bug && rs_unlikely(step->is_unordered))
        found->seen |= RS_SEEN_UNORDERED;
    /* Only what has not happened yet can be skipped. */
    RS_DCHECK(!is_bug || !found->is_skipped || ev->op == RS_EV_TAKE ||
              rs_checks_has_trait(ev, RS_TRAIT_OP));
    return is_bug;
}

bool
rs_detect_is_undecided(const struct rs_event *ev, const struct rs_step *step)
{
    return checks[rs_word_state(step->before)][ev->op] ==
               rs_checks_incref_dying &&
           !step->is_dealloc_over && !step->is_host_dealloc &&
           (step->destroyer == 0 || step->destroyer == ev->self->slot);
}
