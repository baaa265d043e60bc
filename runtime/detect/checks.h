/* SPDX-License-Identifier: MIT */
/* checks.h -- the detectors that rules.def names, and the words they share. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "detect/bug.h"
#include "event/event.h"
#include "detect/finding.h"
#include "shadow/shadow.h"
#include "thread/thread.h"

typedef bool rs_check(const struct rs_event *ev, const struct rs_step *step,
                      struct rs_finding *found);

rs_check rs_checks_borrow; /* not of a rule: of every operation */

rs_check rs_checks_ok;
rs_check rs_checks_shared;
rs_check rs_checks_count;
rs_check rs_checks_last_local;
rs_check rs_checks_dealloc;
rs_check rs_checks_immortal_gone;
rs_check rs_checks_gone;
rs_check rs_checks_freed;
rs_check rs_checks_immortalize;
rs_check rs_checks_refused;
rs_check rs_checks_try_enabled;
rs_check rs_checks_try_dying;
rs_check rs_checks_try_dead;
rs_check rs_checks_defer;
rs_check rs_checks_defer_refused;
rs_check rs_checks_incref_dying;
rs_check rs_checks_incref_dead;
rs_check rs_checks_decref_dying;
rs_check rs_checks_set_refcnt;
rs_check rs_checks_set_dying;
rs_check rs_checks_unique;
rs_check rs_checks_take;

/* Asked about every event with the trait OP. */
rs_check rs_checks_immortality;

static inline bool
rs_checks_is_free_threaded(const struct rs_event *ev)
{
    return ev->has_before && ev->before.layout == RS_LAYOUT_FREE_THREADED;
}

static inline bool
rs_checks_has_trait(const struct rs_event *ev, enum rs_trait trait)
{
    return (rs_event_words(ev->op)->traits & trait) != 0;
}

static inline bool
rs_checks_is_immortal(const struct rs_event *ev)
{
    return ev->has_before && rs_header_is_immortal(&ev->before) &&
           !rs_header_is_split_underflow(&ev->before);
}

/* The verdict "this is a bug". */
static inline bool
rs_checks_find(struct rs_finding *found, enum rs_bug kind, uint64_t seen,
               bool is_skipped)
{
    RS_DCHECK(kind < RS_BUG_COUNT && seen >> RS_SEEN_COUNT == 0);
    found->kind = kind;
    found->seen = seen;
    found->is_skipped = is_skipped;
    return true;
}
