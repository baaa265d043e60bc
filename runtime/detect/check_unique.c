/* SPDX-License-Identifier: MIT */
/* check_unique.c -- a reference count of 1 that proves nothing (R10).
 *
 * That it is read is no bug yet; that it is 1, and could not have been
 * anything else although others hold the object, is one waiting to be decided
 * upon. PyUnstable_Object_IsUniquelyReferenced knows better and is not
 * watched.
 *
 * Missed: counts read of an object that is in a caller's hands some other way
 * than on the calling Python frame's stack.
 *
 * Functions from a step to a verdict; see detect.h. */
#include "detect/checks.h"
#include "base/exempt.h"

/* With a GIL nobody counts in between; the borrowed stack is all there is. */
bool
rs_checks_unique(const struct rs_event *ev, const struct rs_step *step,
                 struct rs_finding *found)
{
    uint64_t seen = 0;

    if (!ev->has_before || rs_header_count(&ev->before) != 1 ||
        RS_EXEMPT(unique_at_end, step->is_finalizing))
        return false;
    if (!RS_EXEMPT(unique_under_gil, !rs_checks_is_free_threaded(ev))) {
        if (step->is_owned_elsewhere &&
            !RS_EXEMPT(unique_owner_gone, step->is_owner_gone))
            seen |= RS_SEEN_FOREIGN_OWNER;
        if (step->was_shared &&
            !RS_EXEMPT(unique_not_owner,
                       ev->before.owner != ev->self->pointer) &&
            !RS_EXEMPT(unique_given_back, ev->before.shared == 0))
            seen |= RS_SEEN_FOREIGN_OP;
    }
    if (step->is_unordered)
        seen |= RS_SEEN_UNORDERED;
    if (step->is_lent_by_stack)
        seen |= RS_SEEN_LENT_BY_STACK;
    return seen != 0 &&
           rs_checks_find(found, RS_BUG_UNIQUE_CHECK_RACE, seen, false);
}
