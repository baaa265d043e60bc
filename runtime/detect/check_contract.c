/* SPDX-License-Identifier: MIT */
/* check_contract.c -- the contracts of PyUnstable_SetImmortal (R6) and
 * PyUnstable_Object_EnableDeferredRefcount (R11): only the owner, only while
 * nobody else can see the object.
 *
 * Functions from a step to a verdict; see detect.h. */
#include "detect/checks.h"
#include "base/exempt.h"

uint64_t
rs_checks_see_others(const struct rs_event *ev, const struct rs_step *step)
{
    uint64_t seen = 0;

    if (step->is_owned_elsewhere)
        seen |= RS_SEEN_FOREIGN_OWNER;
    if (step->was_shared)
        seen |= RS_SEEN_FOREIGN_OP;
    if (!rs_checks_is_free_threaded(ev) ||
        RS_EXEMPT(others_deferred, rs_header_is_deferred(&ev->before)))
        return seen;
    RS_DCHECK(!step->is_owned_elsewhere ||
              ev->before.owner != ev->self->pointer);
    if (rs_header_shared_count(&ev->before) != 0)
        seen |= RS_SEEN_SHARED_HALF;
    if (rs_header_shared_state(&ev->before) == RS_SHARED_MERGED)
        seen |= RS_SEEN_MERGED;
    if (rs_header_shared_state(&ev->before) == RS_SHARED_QUEUED)
        seen |= RS_SEEN_QUEUED;
    return seen;
}

/* Only one contract minds references of the thread itself. */
static uint64_t
see_references(const struct rs_event *ev, const struct rs_step *step)
{
    return rs_header_count(&ev->before) > 1 &&
                   !RS_EXEMPT(own_references_allowed,
                              step->contract != RS_CONTRACT_315)
               ? RS_SEEN_MANY_REFS
               : 0;
}

#define SEEN_OTHERS                                                           \
    (RS_SEEN_FOREIGN_OP | RS_SEEN_SHARED_HALF | RS_SEEN_MERGED |              \
     RS_SEEN_QUEUED)

/* R6: it was made immortal. */
bool
rs_checks_immortalize(const struct rs_event *ev, const struct rs_step *step,
                      struct rs_finding *found)
{
    uint64_t seen;

    if (!ev->has_before ||
        RS_EXEMPT(immortal_already, rs_checks_is_immortal(ev)))
        return false;
    seen = rs_checks_see_others(ev, step) | see_references(ev, step);
    if (step->is_str &&
        !RS_EXEMPT(string_allowed_in_314, step->contract == RS_CONTRACT_314))
        return rs_checks_find(found, RS_BUG_IMMORTALIZE_STRING,
                              RS_SEEN_IS_STR | RS_SEEN_WAS_DONE, false);
    if (seen & RS_SEEN_FOREIGN_OWNER)
        return rs_checks_find(found, RS_BUG_IMMORTALIZE_FOREIGN,
                              seen | RS_SEEN_WAS_DONE, false);
    if (seen & (SEEN_OTHERS | RS_SEEN_MANY_REFS))
        return rs_checks_find(found, RS_BUG_IMMORTALIZE_SHARED,
                              seen | RS_SEEN_WAS_DONE, false);
    return false;
}

/* R6: the interpreter refused. Being visible to other threads is a breach of
 * the contract all the same; own references are only a reason to be refused,
 * and under a contract that does not mind them none to speak of. */
bool
rs_checks_refused(const struct rs_event *ev, const struct rs_step *step,
                  struct rs_finding *found)
{
    uint64_t seen;
    enum rs_bug kind = RS_BUG_IMMORTALIZE_REFUSED;

    if (!ev->has_before ||
        RS_EXEMPT(refused_as_immortal, rs_checks_is_immortal(ev)))
        return false;
    seen = rs_checks_see_others(ev, step) | see_references(ev, step) |
           RS_SEEN_REFUSED;
    if (rs_checks_is_free_threaded(ev) &&
        rs_header_shared_state(&ev->before) == RS_SHARED_MAYBE_WEAKREF)
        seen |= RS_SEEN_SHARED_STATE;
    if (step->is_str) {
        seen = RS_SEEN_IS_STR | RS_SEEN_REFUSED;
        kind = RS_BUG_IMMORTALIZE_STRING;
    }
    else if (seen & RS_SEEN_FOREIGN_OWNER)
        kind = RS_BUG_IMMORTALIZE_FOREIGN;
    else if (seen & SEEN_OTHERS)
        kind = RS_BUG_IMMORTALIZE_SHARED;
    else if (RS_EXEMPT(refusal_allowed, step->contract != RS_CONTRACT_315))
        return false;
    return rs_checks_find(found, kind, seen, false);
}

/* R11. Only free-threaded builds defer; elsewhere the call does nothing. */
bool
rs_checks_defer(const struct rs_event *ev, const struct rs_step *step,
                struct rs_finding *found)
{
    uint64_t seen = rs_checks_see_others(ev, step);

    if (RS_EXEMPT(defer_with_gil, !rs_checks_is_free_threaded(ev)) ||
        RS_EXEMPT(defer_immortal, rs_checks_is_immortal(ev)) || seen == 0)
        return false;
    return rs_checks_find(found, RS_BUG_DEFER_SHARED, seen, false);
}

bool
rs_checks_defer_refused(const struct rs_event *ev, const struct rs_step *step,
                        struct rs_finding *found)
{
    uint64_t seen;

    (void)step;
    if (RS_EXEMPT(defer_refused_with_gil, !rs_checks_is_free_threaded(ev)) ||
        RS_EXEMPT(defer_refused_immortal, rs_checks_is_immortal(ev)) ||
        RS_EXEMPT(defer_refused_has_it, rs_header_is_deferred(&ev->before)))
        return false;
    if (!step->is_gc)
        seen = RS_SEEN_NOT_GC;
    else if ((ev->before.gc_bits & RS_GC_TRACKED) == 0)
        seen = RS_SEEN_UNTRACKED;
    else
        return false; /* another thread deferred it in the meantime */
    return rs_checks_find(found, RS_BUG_DEFER_REFUSED, seen, false);
}
