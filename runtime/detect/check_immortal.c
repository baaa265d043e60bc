/* SPDX-License-Identifier: MIT */
/* check_immortal.c -- objects whose header says "immortal" and should not, or
 * no longer says it and should (R7), and counts that are set by hand (R6, R12,
 * R16).
 *
 * An interpreter that finalizes makes immortal objects mortal, rightly: then
 * nothing is asked. Nor is it of types, whose shared half the interpreter
 * itself adds to when a thread ends (wjakob/nanobind#740).
 *
 * Functions from a step to a verdict; see detect.h. */
#include "detect/checks.h"
#include "base/exempt.h"

static bool
is_merged_by_host(const struct rs_step *step)
{
    return RS_EXEMPT(merged_by_host, step->may_be_merged_by_host);
}

static bool
check_drift(const struct rs_event *ev, const struct rs_step *step,
            struct rs_finding *found)
{
    if (rs_header_is_settled(&ev->before) ||
        RS_EXEMPT(drift_known, step->is_drift_known) ||
        RS_EXEMPT(drift_of_type, step->is_type) || is_merged_by_host(step))
        return false;
    return rs_checks_find(found, RS_BUG_IMMORTAL_DRIFT, RS_SEEN_NOT_CANONICAL,
                          false);
}

/* An object of a kind that no interpreter makes immortal has the mark, and no
 * call that was seen gave it. Whoever touched it before saw it mortal. */
static bool
check_marked(const struct rs_step *step, struct rs_finding *found)
{
    if (!step->is_marked ||
        RS_EXEMPT(marked_unshared, !rs_word_has(step->before, RS_MARK_SHARED)))
        return false;
    return rs_checks_find(found, RS_BUG_IMMORTALIZE_SHARED,
                          RS_SEEN_FOREIGN_OP | RS_SEEN_MARKED, false);
}

/* The incref that is about to be done makes it immortal. */
static bool
check_overflow(const struct rs_event *ev, struct rs_finding *found)
{
    bool is_counted = !rs_checks_is_free_threaded(ev) ||
                      ev->before.owner == ev->self->pointer;

    return rs_header_is_full(&ev->before) &&
           rs_checks_has_trait(ev, RS_TRAIT_TAKES) &&
           !RS_EXEMPT(full_but_counted_apart, !is_counted) &&
           rs_checks_find(found, RS_BUG_IMMORTAL_OVERFLOW, 0, false);
}

/* It happened before, unseen. A half-made mark is judged by its owner alone:
 * others may see one that is being written. */
static bool
check_overflown(const struct rs_event *ev, const struct rs_step *step,
                struct rs_finding *found)
{
    const struct rs_header *h = &ev->before;

    if (RS_EXEMPT(overflow_known, step->is_drift_known))
        return false;
    if (rs_header_is_split_overflow(h))
        return rs_checks_find(found, RS_BUG_IMMORTAL_OVERFLOW, 0, false);
    if (h->layout == RS_LAYOUT_FREE_THREADED && rs_header_is_immortal(h) &&
        !RS_EXEMPT(mark_not_of_owner, h->owner != ev->self->pointer))
        return rs_checks_find(found, RS_BUG_HEADER_BROKEN,
                              RS_SEEN_IMMORTAL_OWNED, false);
    return false;
}

bool
rs_checks_immortality(const struct rs_event *ev, const struct rs_step *step,
                      struct rs_finding *found)
{
    bool is_immortal = ev->has_before && rs_header_is_immortal(&ev->before);

    if (!ev->has_before || RS_EXEMPT(immortality_ends, step->is_finalizing) ||
        ev->tstate == NULL)
        return false;
    switch (rs_word_state(step->before)) {
    case RS_STATE_IMMORTAL:
        if (is_immortal)
            return check_drift(ev, step, found);
        return !is_merged_by_host(step) &&
               rs_checks_find(found, RS_BUG_IMMORTAL_LOST, 0, false);
    case RS_STATE_LIVE:
        return check_overflow(ev, found) || check_overflown(ev, step, found) ||
               check_marked(step, found);
    case RS_STATE_UNKNOWN:
        /* None and its like: marked on purpose, by the flag. */
        return ev->before.layout == RS_LAYOUT_SPLIT && is_immortal &&
               !RS_EXEMPT(static_without_flag,
                          (ev->before.flags & RS_SPLIT_IMMORTAL_FLAG) == 0) &&
               check_drift(ev, step, found);
    default:
        return false;
    }
}

/* ---- Counts set by hand ------------------------------------------------ */

/* Free-threaded: the owner gets an immortal object from anything larger than
 * the local half, and half of one from just as much (cython/cython#7742); a
 * count that only looks like a mark of default builds is a count. */
static bool
check_set_free(const struct rs_event *ev, struct rs_finding *found)
{
    bool is_owner = ev->before.owner == ev->self->pointer;

    if (is_owner && ev->argument == RS_LOCAL_IMMORTAL)
        return rs_checks_find(found, RS_BUG_HEADER_BROKEN,
                              RS_SEEN_IMMORTAL_OWNED, false);
    return ev->argument >= RS_SPLIT_IMMORTAL_FLOOR &&
           ev->argument < RS_LOCAL_IMMORTAL &&
           rs_checks_find(found, RS_BUG_HEADER_BROKEN, RS_SEEN_WRONG_MARK,
                          false);
}

static bool
check_set_value(const struct rs_event *ev, struct rs_finding *found)
{
    if (ev->argument < 0)
        return rs_checks_find(found, RS_BUG_HEADER_BROKEN,
                              RS_SEEN_SET_NEGATIVE, true);
    if (ev->before.layout == RS_LAYOUT_FREE_THREADED)
        return check_set_free(ev, found);
    return ev->before.layout == RS_LAYOUT_SPLIT &&
           (uint32_t)ev->argument > RS_SPLIT_IMMORTAL &&
           rs_checks_find(found, RS_BUG_HEADER_BROKEN, RS_SEEN_WRONG_MARK,
                          false);
}

bool
rs_checks_set_refcnt(const struct rs_event *ev, const struct rs_step *step,
                     struct rs_finding *found)
{
    if (!ev->has_before ||
        RS_EXEMPT(set_of_immortal, rs_checks_is_immortal(ev)))
        return false;
    if (check_set_value(ev, found))
        return true;
    if (!rs_header_set_makes_immortal(ev->before.layout, ev->argument) ||
        !rs_checks_immortalize(ev, step, found))
        return false;
    found->seen = (found->seen & ~RS_SEEN_WAS_DONE) | RS_SEEN_MARKED;
    return true;
}

/* Who could find the dying object? The collector merges what it destroys: that
 * alone shows nobody. */
static uint64_t
see_finders(const struct rs_event *ev, const struct rs_step *step)
{
    uint64_t seen = rs_checks_see_others(ev, step);

    if (step->is_foreign &&
        !RS_EXEMPT(set_creator_ended, step->has_creator_ended))
        seen |= RS_SEEN_FOREIGN_OP;
    if (step->is_weakly_held)
        seen |= RS_SEEN_WEAKLY_HELD;
    if (rs_word_has(step->before, RS_MARK_TRY_ENABLED))
        seen |= RS_SEEN_SHARED_STATE;
    return (seen & ~RS_SEEN_MERGED) != 0 ? seen : 0;
}

/* R12. On free-threaded builds a count set in the dealloc lets TryIncRef and
 * weak references succeed on a dying object, and setting it back takes that
 * reference away (cython/cython#7769, python/cpython#127582). With a GIL nobody
 * can come in between; and an object that no other thread ever had, and that
 * nobody can look up, nobody finds.
 *
 * Missed: an object whose dealloc is over; a free list may use it again. And
 * registries of objects that were not enabled for TryIncRef. */
bool
rs_checks_set_dying(const struct rs_event *ev, const struct rs_step *step,
                    struct rs_finding *found)
{
    uint64_t seen;

    if (RS_EXEMPT(set_in_dealloc_with_gil, !rs_checks_is_free_threaded(ev)) ||
        RS_EXEMPT(set_after_dealloc, step->is_dealloc_over) ||
        step->destroyer == 0)
        return false;
    if (step->destroyer != ev->self->slot)
        return rs_checks_find(found, RS_BUG_DEALLOC_DISCIPLINE,
                              RS_SEEN_DEALLOC_RUNS, false);
    seen = see_finders(ev, step);
    if (RS_EXEMPT(set_unreachable, seen == 0))
        return false;
    return rs_checks_find(found, RS_BUG_DEALLOC_DISCIPLINE,
                          seen | RS_SEEN_IN_DEALLOC, false);
}
