/* SPDX-License-Identifier: MIT */
/* check_header.c -- what an object's header says by itself: counts that no
 * sequence of references makes, and immortal objects that die (R7, R16).
 *
 * Functions from a step to a verdict; see detect.h. */
#include "detect/checks.h"
#include "base/exempt.h"

/* A shared half that the protocol never makes. One load of one word decides,
 * so it does not matter what other threads are doing to the rest. Deferred
 * objects are left alone: parts of their counts are elsewhere. */
static bool
check_shared_half(const struct rs_event *ev, struct rs_finding *found)
{
    enum rs_shared_state state = rs_header_shared_state(&ev->before);
    int64_t count = rs_header_shared_count(&ev->before);

    if (RS_EXEMPT(shared_half_deferred, rs_header_is_deferred(&ev->before)) ||
        RS_EXEMPT(shared_half_immortal, rs_checks_is_immortal(ev)))
        return false;
    if (state == RS_SHARED_MERGED && count < 0)
        return rs_checks_find(found, RS_BUG_COUNT_UNDERFLOW,
                              RS_SEEN_COUNT_NEGATIVE, true);
    if (count < 0 && !RS_EXEMPT(queued_below_zero, state == RS_SHARED_QUEUED))
        return rs_checks_find(found, RS_BUG_HEADER_BROKEN,
                              RS_SEEN_SHARED_BELOW, true);
    return false;
}

/* No reference is left that anybody could own. */
static bool
is_merged_at_zero(const struct rs_event *ev)
{
    return rs_header_shared_state(&ev->before) == RS_SHARED_MERGED &&
           rs_header_shared_count(&ev->before) == 0 &&
           !RS_EXEMPT(merged_deferred, rs_header_is_deferred(&ev->before));
}

/* All references are gone, but the one that the merge queue releases as soon as
 * the owner looks there: using the object now is a matter of luck. An incref is
 * done, and keeps it; one that is not would be missing when it is given back. */
static bool
check_queue(const struct rs_event *ev, const struct rs_step *step,
            struct rs_finding *found)
{
    bool drops = rs_checks_has_trait(ev, RS_TRAIT_DROPS);

    return step->is_held_by_queue &&
           rs_checks_find(found,
                          drops ? RS_BUG_DECREF_AFTER_ZERO
                                : RS_BUG_INCREF_AFTER_ZERO,
                          RS_SEEN_QUEUE_ONLY, drops);
}

/* A decref by a thread that does not own the object. */
bool
rs_checks_shared(const struct rs_event *ev, const struct rs_step *step,
                 struct rs_finding *found)
{
    if (!rs_checks_is_free_threaded(ev))
        return false;
    if (check_queue(ev, step, found) || check_shared_half(ev, found))
        return true;
    if (is_merged_at_zero(ev))
        return rs_checks_find(found, RS_BUG_COUNT_UNDERFLOW, 0, true);
    return false;
}

/* An incref by a thread that does not own the object. Of one whose death would
 * have been seen, and was not: then it is no resurrection.
 *
 * Missed: objects whose birth was not seen; their dealloc may take a reference.
 */
static bool
check_shared_incref(const struct rs_event *ev, const struct rs_step *step,
                    struct rs_finding *found)
{
    if (check_shared_half(ev, found)) {
        /* It was released too often before; here it is used after that. */
        if (found->kind == RS_BUG_COUNT_UNDERFLOW)
            found->kind = RS_BUG_INCREF_AFTER_ZERO;
        return true;
    }
    return rs_word_state(step->before) == RS_STATE_LIVE &&
           rs_header_count(&ev->before) == 0 && is_merged_at_zero(ev) &&
           rs_checks_find(found, RS_BUG_INCREF_AFTER_ZERO, RS_SEEN_COUNT_ZERO,
                          true);
}

/* Increfs and decrefs that are calls: the count is still what it was. */
bool
rs_checks_count(const struct rs_event *ev, const struct rs_step *step,
                struct rs_finding *found)
{
    bool drops = rs_checks_has_trait(ev, RS_TRAIT_DROPS);

    if (!ev->has_before)
        return false;
    if (check_queue(ev, step, found))
        return true;
    if (rs_header_is_split_underflow(&ev->before))
        return rs_checks_find(
            found, drops ? RS_BUG_COUNT_UNDERFLOW : RS_BUG_HEADER_BROKEN,
            RS_SEEN_COUNT_NEGATIVE, true);
    if (rs_checks_is_free_threaded(ev)) {
        if (ev->before.owner != ev->self->pointer)
            return drops ? rs_checks_shared(ev, step, found)
                         : check_shared_incref(ev, step, found);
        return drops && ev->before.local == 0 &&
               rs_checks_find(found, RS_BUG_COUNT_UNDERFLOW, 0, true);
    }
    return drops && rs_header_count(&ev->before) == 0 &&
           rs_checks_find(found, RS_BUG_COUNT_UNDERFLOW, 0, true);
}

/* The owner's inline decref has taken its local half to zero. */
bool
rs_checks_last_local(const struct rs_event *ev, const struct rs_step *step,
                     struct rs_finding *found)
{
    enum rs_shared_state state;
    int64_t count;

    (void)step;
    if (!rs_checks_is_free_threaded(ev) ||
        RS_EXEMPT(last_local_deferred, rs_header_is_deferred(&ev->before)))
        return false;
    state = rs_header_shared_state(&ev->before);
    count = rs_header_shared_count(&ev->before);
    if (state == RS_SHARED_MERGED)
        return rs_checks_find(found, RS_BUG_HEADER_BROKEN,
                              RS_SEEN_OWNER_MERGED, true);
    if (state == RS_SHARED_QUEUED && count <= 0)
        return rs_checks_find(found, RS_BUG_COUNT_UNDERFLOW,
                              RS_SEEN_QUEUE_EMPTY, true);
    return check_shared_half(ev, found);
}

/* _Py_Dealloc called from an extension: the inline decref got to zero. */
bool
rs_checks_dealloc(const struct rs_event *ev, const struct rs_step *step,
                  struct rs_finding *found)
{
    (void)step;
    if (!ev->has_before)
        return false;
    if (rs_checks_is_immortal(ev))
        return rs_checks_find(found, RS_BUG_IMMORTAL_DEALLOC, 0, true);
    if (rs_checks_is_free_threaded(ev) ? rs_header_looks_alive(&ev->before)
                                       : rs_header_count(&ev->before) != 0)
        return rs_checks_find(found, RS_BUG_HEADER_BROKEN,
                              RS_SEEN_COUNT_NOT_ZERO, true);
    return false;
}

bool
rs_checks_immortal_gone(const struct rs_event *ev, const struct rs_step *step,
                        struct rs_finding *found)
{
    (void)step;
    if (RS_EXEMPT(immortal_gone_at_end, ev->life == RS_HOST_FINALIZED))
        return false;
    return rs_checks_find(found, RS_BUG_IMMORTAL_DEALLOC, 0,
                          ev->op == RS_EV_DEALLOC);
}

/* The tracer's word of a death: only an immortal header is wrong. */
bool
rs_checks_gone(const struct rs_event *ev, const struct rs_step *step,
               struct rs_finding *found)
{
    return rs_checks_is_immortal(ev) &&
           rs_checks_immortal_gone(ev, step, found);
}
