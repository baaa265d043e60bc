/* SPDX-License-Identifier: MIT */
/* check_owned_slot.c -- one stored reference, taken out by two threads (R5).
 *
 * A function from a step to a verdict; see detect.h. Py_CLEAR and Py_SETREF
 * read a field, change it and release what was there; two threads that do so
 * at once both release the same reference. Contended means: another thread
 * does so, too, nothing seen orders the two (happens_before.h), and no lock was held by
 * both.
 *
 * That is not enough: a thread may make an object, set its fields, and publish
 * it in a way that is not seen. So one of two things must come to it:
 *
 * - What the other one took out is what this one takes out. Somebody may have
 *   put it back in between; but then unordered as well.
 * - This thread had taken something out before the other one did, unordered,
 *   too: neither of them has the object for itself.
 *
 * Wrong when: the threads pass the object to and fro, and wait for each other
 *             by something that is not seen.
 * Missed:     the first time that both come, unless it went wrong; what is
 *             taken out by a macro and put in without one. */
#include "detect/checks.h"
#include "base/exempt.h"

/* The reference that is taken out a second time is not released. */
bool
rs_checks_take(const struct rs_event *ev, const struct rs_step *step,
               struct rs_finding *found)
{
    const struct rs_owned_slot_facts *field = &step->slot_access;

    (void)ev;
    if (!field->is_contended)
        return false;
    if (field->is_same)
        return rs_checks_find(found, RS_BUG_SLOT_RACE, RS_SEEN_TAKEN_TWICE,
                              true);
    return !RS_EXEMPT(taken_first_time, !field->is_again) &&
           rs_checks_find(found, RS_BUG_SLOT_RACE, RS_SEEN_SWAPPED, false);
}
