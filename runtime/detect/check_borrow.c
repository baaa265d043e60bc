/* SPDX-License-Identifier: MIT */
/* check_borrow.c -- references that are not the code's own: released although a
 * container holds them (R5), and lent by a container that others change (R4).
 *
 * Functions from a step to a verdict; see detect.h.
 *
 * What R4 asks is whether another thread's change of the container could have
 * come between the borrow and the incref. It did not this time, as a rule: it is
 * known from before. So there must be nothing that keeps it from coming later:
 *
 * - A lock that is held from the borrow to the incref keeps it out, if changes
 *   take it, too. Any lock is believed to be that one.
 * - Synchronisation that ordered the change before the borrow (happens_before.h) shows
 *   that the container was handed over: a queue, an event, a thread that was
 *   started or has ended. Then the other thread has it no longer.
 * - But a lock that both the change and the borrow were made under, and that was
 *   given back before the incref, is no hand-over. It only says who came first
 *   this time. Where nothing else orders the two, the change counts.
 *
 * So happens-before alone would excuse a lock that is given back too early,
 * and a lock set alone would accuse whoever passes a container on.
 *
 * Missed: a change that something else happened to order before the borrow as
 *         well, as a lock of a queue that has nothing to do with it; a change
 *         between the borrow and the incref by a thread that ended in between;
 *         whatever is guarded by the wrong lock. Where the locks of Python
 *         code are not seen, nothing is said. */
#include "detect/checks.h"
#include "base/exempt.h"

/* Will the count, or did it, reach zero? That of an immortal object is far from
 * it. */
static bool
releases_last(const struct rs_event *ev)
{
    int64_t last;

    switch (ev->op) {
    case RS_EV_DECREF:
    case RS_EV_DECREF_SHARED:
        last = 1;
        break;
    case RS_EV_DECREF_LAST_LOCAL: /* called when the counting is done */
    case RS_EV_DEALLOC:
        last = 0;
        break;
    default:
        return false;
    }
    return ev->has_before &&
           !RS_EXEMPT(release_deferred, rs_header_is_deferred(&ev->before)) &&
           rs_header_count(&ev->before) == last;
}

/* R5. The container is alive and holds the object, and the count says that no
 * reference but the container's is left: so it is the container's that goes,
 * and the container will release it once more. It does not matter where or
 * when the pointer was lent.
 *
 * Missed: the same while somebody else holds a reference, too; and items read
 * by a macro, because PyTuple_SET_ITEM after such a release is an idiom. */
static bool
check_release(const struct rs_event *ev, const struct rs_borrow_facts *borrow,
              struct rs_finding *found)
{
    if (!borrow->is_stored || !releases_last(ev) ||
        RS_EXEMPT(release_of_macro_item,
                  borrow->kind == RS_BORROW_LENT && borrow->is_by_macro))
        return false;
    return rs_checks_find(found, RS_BUG_SLOT_RACE, RS_SEEN_STILL_STORED, true);
}

/* R5. What one container holds by the only reference there is was given to
 * another one. The call is made all the same: the reference it steals is one
 * that the report speaks of. */
static bool
check_gift(const struct rs_event *ev, const struct rs_borrow_facts *borrow,
           struct rs_finding *found)
{
    if (ev->op != RS_EV_STEAL || !borrow->is_stored || !ev->has_before ||
        RS_EXEMPT(gift_by_macro, borrow->is_by_macro) ||
        RS_EXEMPT(gift_deferred, rs_header_is_deferred(&ev->before)) ||
        RS_EXEMPT(gift_of_own_reference, rs_header_count(&ev->before) != 1))
        return false;
    return rs_checks_find(found, RS_BUG_SLOT_RACE, RS_SEEN_STILL_STORED,
                          false);
}

/* R4. Between the borrow and this incref another thread may take the object out
 * of the container and release it. With a GIL only where it was released.
 *
 * Wrong when: the threads pass the container to and fro, and wait for each
 *             other by something that is not seen (happens_before.h). Missed: changes
 *             by Python code or unwatched modules, but with --tsan
 *             (pipeline_lent.c). */
static bool
check_incref(const struct rs_event *ev, const struct rs_borrow_facts *borrow,
             struct rs_finding *found)
{
    bool has_gil = !rs_checks_is_free_threaded(ev) || borrow->has_gil;

    if ((!rs_checks_has_trait(ev, RS_TRAIT_TAKES) && ev->op != RS_EV_USE) ||
        RS_EXEMPT(incref_of_stolen, borrow->kind != RS_BORROW_LENT) ||
        RS_EXEMPT(incref_in_other_call, !borrow->is_same_call) ||
        !borrow->is_contended ||
        RS_EXEMPT(incref_under_lock, borrow->is_guarded) ||
        RS_EXEMPT(incref_under_gil, has_gil && !borrow->was_detached))
        return false;
    return rs_checks_find(
        found, RS_BUG_BORROWED_RACE,
        RS_SEEN_CONTENDED | (has_gil ? RS_SEEN_GIL_RELEASED : 0), false);
}

bool
rs_checks_borrow(const struct rs_event *ev, const struct rs_step *step,
                 struct rs_finding *found)
{
    const struct rs_borrow_facts *borrow = &step->borrow;

    if (borrow->kind == RS_BORROW_NONE)
        return false;
    return check_release(ev, borrow, found) || check_gift(ev, borrow, found) ||
           check_incref(ev, borrow, found);
}
