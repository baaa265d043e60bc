/* SPDX-License-Identifier: MIT */
/* check_life.c -- references to the dying and the dead (R3), and the two
 * primitives that may meet them rightly (R8, R9).
 *
 * Functions from a step to a verdict; see detect.h. */
#include "detect/checks.h"
#include "base/exempt.h"

/* R3. The thread that runs the dealloc may take and drop references to its own
 * dying object; nobody else may, and nobody once it is over. Where the
 * interpreter's own dealloc runs, no code of a module may.
 *
 * Missed: the destroying thread itself, where nothing shows that the dealloc
 * is over (counted as RS_LOST_UNDECIDED by pipeline.c). */
bool
rs_checks_incref_dying(const struct rs_event *ev, const struct rs_step *step,
                       struct rs_finding *found)
{
    if (step->is_dealloc_over)
        return rs_checks_find(found, RS_BUG_INCREF_AFTER_ZERO,
                              RS_SEEN_DEALLOC_OVER, true);
    if (step->is_host_dealloc && step->destroyer == ev->self->slot)
        return rs_checks_find(found, RS_BUG_INCREF_AFTER_ZERO,
                              RS_SEEN_HOST_DEALLOC, true);
    if (step->destroyer != 0 &&
        !RS_EXEMPT(own_dealloc, step->destroyer == ev->self->slot))
        return rs_checks_find(found, RS_BUG_INCREF_AFTER_ZERO,
                              RS_SEEN_DEALLOC_RUNS, true);
    return false;
}

bool
rs_checks_incref_dead(const struct rs_event *ev, const struct rs_step *step,
                      struct rs_finding *found)
{
    (void)ev;
    (void)step; /* in release builds */
    RS_DCHECK(step->is_dealloc_over);
    return rs_checks_find(found, RS_BUG_INCREF_AFTER_ZERO,
                          RS_SEEN_DEALLOC_OVER, true);
}

/* R3. A count of zero has no reference to give back, not even in the object's
 * own dealloc. */
bool
rs_checks_decref_dying(const struct rs_event *ev, const struct rs_step *step,
                       struct rs_finding *found)
{
    uint64_t seen = 0;

    if (step->is_dealloc_over)
        seen = RS_SEEN_DEALLOC_OVER;
    else if (step->destroyer != 0 && step->destroyer != ev->self->slot)
        seen = RS_SEEN_DEALLOC_RUNS;
    return rs_checks_find(found, RS_BUG_DECREF_AFTER_ZERO, seen, true);
}

/* R12. The dealloc frees the object, and a reference that was taken in the
 * meantime is still there. */
bool
rs_checks_freed(const struct rs_event *ev, const struct rs_step *step,
                struct rs_finding *found)
{
    (void)ev;
    return step->leftover.is_known &&
           rs_checks_find(found, RS_BUG_DEALLOC_DISCIPLINE, RS_SEEN_STILL_HELD,
                          false);
}

/* R9. The dealloc of this type takes a lock, and this TryIncRef of another
 * thread's object is done without it: the object may be freed before it is
 * looked at. Where it is done under a lock of its own, some other TryIncRef
 * must have shown that the dealloc's is the registry's. The GIL is such a
 * lock, too.
 */
static bool
check_lock(const struct rs_event *ev, const struct rs_step *step,
           struct rs_finding *found)
{
    const struct rs_dealloc_locks_facts *facts = &step->dealloc_locks;

    if (!facts->is_known || RS_EXEMPT(registry_lock_held, facts->is_common) ||
        RS_EXEMPT(registry_lock_unproven,
                  facts->is_guarded && !facts->is_registry) ||
        RS_EXEMPT(registry_of_one_thread,
                  !step->is_foreign && !step->was_shared) ||
        RS_EXEMPT(registry_under_gil, !rs_checks_is_free_threaded(ev)))
        return false;
    return rs_checks_find(found, RS_BUG_TRYINCREF_UNLOCKED, RS_SEEN_OTHER_LOCK,
                          false);
}

static bool
is_header_marked(const struct rs_event *ev)
{
    return rs_checks_is_free_threaded(ev) &&
           rs_header_shared_state(&ev->before) != RS_SHARED_INIT;
}

/* R8. A header that a weak reference marked answers reliably whoever marked
 * it, so only a bare one is reported on free-threaded builds. */
bool
rs_checks_try_enabled(const struct rs_event *ev, const struct rs_step *step,
                      struct rs_finding *found)
{
    if (check_lock(ev, step, found))
        return true;
    if (RS_EXEMPT(try_enabled,
                  rs_word_has(step->before, RS_MARK_TRY_ENABLED)) ||
        RS_EXEMPT(try_of_immortal, rs_checks_is_immortal(ev)) ||
        !ev->has_before)
        return false;
    if (RS_EXEMPT(try_marked_header, is_header_marked(ev)))
        return false;
    return rs_checks_find(found, RS_BUG_TRYINCREF_NOT_ENABLED, 0, false);
}

/* TryIncRef while the dealloc may be running is what TryIncRef is for, if the
 * object was enabled; without that the owner's own answer would be a false
 * yes. */
bool
rs_checks_try_dying(const struct rs_event *ev, const struct rs_step *step,
                    struct rs_finding *found)
{
    if (step->is_dealloc_over)
        return rs_checks_find(found, RS_BUG_TRYINCREF_AFTER_FREE,
                              RS_SEEN_DEALLOC_OVER, true);
    if (!RS_EXEMPT(try_dying_enabled,
                   rs_word_has(step->before, RS_MARK_TRY_ENABLED)) &&
        !RS_EXEMPT(try_dying_marked_header, is_header_marked(ev)))
        return rs_checks_find(found, RS_BUG_TRYINCREF_NOT_ENABLED, 0, true);
    return false;
}

bool
rs_checks_try_dead(const struct rs_event *ev, const struct rs_step *step,
                   struct rs_finding *found)
{
    (void)ev;
    (void)step; /* in release builds */
    RS_DCHECK(step->is_dealloc_over);
    return rs_checks_find(found, RS_BUG_TRYINCREF_AFTER_FREE,
                          RS_SEEN_DEALLOC_OVER, true);
}
