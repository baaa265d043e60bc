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

/* Of rules.def. */
#define rs_checks_OK                       rs_checks_ok
#define RS_RULE(state, event, next, check) rs_check rs_checks_##check;
#include "rules.def"

/* Asked about every event with the trait OP. */
rs_check rs_checks_immortality;

/* Who else could see the object? Own references do not count here. */
uint64_t rs_checks_see_others(const struct rs_event *ev,
                              const struct rs_step *step);

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
