/* SPDX-License-Identifier: MIT */
/* protocol.h -- the reference count protocol as functions from a header to the
 * header after it, for all three layouts (header.h).
 *
 * Each function is one whole operation, done by the thread whose thread
 * pointer is `self`, while no other thread touches the object. Free-threaded
 * builds need atomics (refcount.c), and other threads run in between: see
 * tests/model/. The default layouts have a lock around everything, and there
 * the functions are the operations.
 *
 * Pure: tests/unit/protocol_test.c is a table of rows, tests/differential/
 * compares them with what CPython does to its own headers. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "header.h"
#include "word.h"

/* Who may make an object immortal. */
enum rs_immortal_rule {
    RS_IMMORTAL_UNIQUE, /* 3.15: the caller holds the only reference */
    RS_IMMORTAL_OWNED,  /* relaxed: the calling thread owns the object */
};

struct rs_change {
    struct rs_header after;
    enum rs_outcome outcome;
    int64_t count; /* of an explicit merge: what is left */
};

static inline struct rs_change
rs_change_none(const struct rs_header *h, enum rs_outcome outcome)
{
    return (struct rs_change){.after = *h, .outcome = outcome};
}

static inline bool
rs_protocol_is_threaded(const struct rs_header *h)
{
    return h->layout == RS_LAYOUT_FREE_THREADED;
}

/* The count of a default header as CPython sees it. */
static inline int64_t
rs_default_count(const struct rs_header *h)
{
    return h->layout == RS_LAYOUT_SPLIT ? (int64_t)h->local : h->shared;
}

/* ---- birth ---- */

static inline struct rs_header
rs_protocol_new(enum rs_layout layout, uintptr_t type, uint64_t self)
{
    struct rs_header h = {.layout = layout, .type = type};

    if (layout == RS_LAYOUT_WIDE) {
        h.shared = 1;
        return h;
    }
    h.local = 1;
    if (layout == RS_LAYOUT_FREE_THREADED)
        h.owner = self;
    return h;
}

/* ---- up ---- */

static inline struct rs_change
rs_default_incref(const struct rs_header *h)
{
    struct rs_change c = rs_change_none(h, RS_OUTCOME_DONE);
    uint32_t low =
        h->layout == RS_LAYOUT_SPLIT ? h->local : (uint32_t)h->shared;
    uint32_t ceiling =
        h->layout == RS_LAYOUT_SPLIT ? RS_SPLIT_IMMORTAL : UINT32_MAX;

    if (low >= ceiling)
        return rs_change_none(h, RS_OUTCOME_NOTHING);
    if (h->layout == RS_LAYOUT_SPLIT)
        c.after.local++;
    else /* only the low half is written: it saturates, and never carries */
        c.after.shared = (h->shared & ~(int64_t)UINT32_MAX) | (low + 1u);
    if (low + 1u == RS_SPLIT_IMMORTAL_FLOOR)
        c.outcome = RS_OUTCOME_OVERFLOWED;
    return c;
}

static inline struct rs_change
rs_protocol_incref(const struct rs_header *h, uint64_t self)
{
    struct rs_change c = rs_change_none(h, RS_OUTCOME_DONE);
    struct rs_local_step local = rs_local_incref(h->local);

    if (!rs_protocol_is_threaded(h))
        return rs_default_incref(h);
    if (local.outcome == RS_OUTCOME_NOTHING)
        return rs_change_none(h, RS_OUTCOME_NOTHING);
    if (h->owner != self) {
        c.after.shared = rs_shared_add(h->shared, 1);
        return c;
    }
    c.after.local = local.word;
    c.outcome = local.outcome;
    return c;
}

/* ---- down ---- */

static inline struct rs_change
rs_default_decref(const struct rs_header *h)
{
    struct rs_change c = rs_change_none(h, RS_OUTCOME_DONE);
    int64_t count = rs_default_count(h);

    if (rs_header_is_immortal(h))
        return rs_change_none(h, RS_OUTCOME_NOTHING);
    if (h->layout == RS_LAYOUT_SPLIT)
        c.after.local--;
    else
        c.after.shared--;
    if (count <= 0)
        c.outcome = RS_OUTCOME_UNDERFLOWED;
    else if (count == 1)
        c.outcome = RS_OUTCOME_DEALLOC;
    return c;
}

/* _Py_MergeZeroLocalRefcount: the owner, after its half reached zero. An
 * object nobody else ever looked at keeps its owner, and dies. */
static inline struct rs_change
rs_protocol_merge_zero(const struct rs_header *h)
{
    struct rs_change c = rs_change_none(h, RS_OUTCOME_DEALLOC);
    struct rs_shared_step step = rs_shared_merge_zero(h->shared);

    if (h->shared == RS_SHARED_INIT)
        return c;
    c.after.owner = 0;
    c.after.shared = step.word;
    c.outcome = step.outcome;
    return c;
}

/* _Py_DecRefShared, as far as the header goes: RS_OUTCOME_QUEUE leaves the
 * reference with the owner's queue. */
static inline struct rs_change
rs_protocol_decref_shared(const struct rs_header *h)
{
    struct rs_change c = rs_change_none(h, RS_OUTCOME_DONE);
    struct rs_shared_step step = rs_shared_decref(h->shared);

    c.after.shared = step.word;
    c.outcome = step.outcome;
    return c;
}

static inline struct rs_change
rs_protocol_decref(const struct rs_header *h, uint64_t self)
{
    struct rs_change c = rs_change_none(h, RS_OUTCOME_DONE);
    struct rs_local_step local = rs_local_decref(h->local);

    if (!rs_protocol_is_threaded(h))
        return rs_default_decref(h);
    if (local.outcome == RS_OUTCOME_NOTHING)
        return rs_change_none(h, RS_OUTCOME_NOTHING);
    if (h->owner != self)
        return rs_protocol_decref_shared(h);
    c.after.local = local.word;
    c.outcome = local.outcome;
    if (local.outcome == RS_OUTCOME_LAST_LOCAL)
        return rs_protocol_merge_zero(&c.after);
    return c;
}

/* Both halves become one, and the object has no owner any more: by the owner,
 * by whoever knows the owner is gone, or while the world is stopped. */
static inline struct rs_change
rs_protocol_merge(const struct rs_header *h, int64_t extra)
{
    struct rs_change c = rs_change_none(h, RS_OUTCOME_DONE);
    struct rs_shared_step step = rs_shared_merge(h->shared, h->local, extra);

    c.after.local = 0;
    c.after.owner = 0;
    c.after.shared = step.word;
    c.outcome = step.outcome;
    c.count = step.word >> RS_SHARED_SHIFT;
    return c;
}

/* ---- questions ---- */

static inline bool
rs_protocol_is_unique(const struct rs_header *h, uint64_t self)
{
    if (!rs_protocol_is_threaded(h))
        return rs_default_count(h) == 1;
    return h->owner == self && h->local == 1 && h->shared == 0;
}

/* What Py_REFCNT() says, bias and all. The number an immortal free-threaded
 * object shows was 2**32 - 1 on 3.13, and is 3 << 30 since. */
static inline int64_t
rs_protocol_refcnt(const struct rs_header *h)
{
    if (!rs_protocol_is_threaded(h))
        return rs_default_count(h);
    if (h->local == RS_LOCAL_IMMORTAL)
        return RS_SPLIT_IMMORTAL;
    return (int64_t)h->local + rs_header_shared_count(h);
}

/* ---- marks ---- */

/* _Py_SetImmortalUntracked: checks nothing. `has_immortal_bit`: 3.14 and
 * later mark immortal free-threaded objects as deferred, too. */
static inline struct rs_change
rs_protocol_set_immortal(const struct rs_header *h, bool has_immortal_bit)
{
    struct rs_change c = rs_change_none(h, RS_OUTCOME_DONE);

    if (rs_header_is_immortal(h))
        return rs_change_none(h, RS_OUTCOME_NOTHING);
    switch (h->layout) {
    case RS_LAYOUT_FREE_THREADED:
        c.after.owner = 0;
        c.after.local = RS_LOCAL_IMMORTAL;
        c.after.shared = 0;
        if (has_immortal_bit)
            c.after.gc_bits |= RS_GC_DEFERRED;
        break;
    case RS_LAYOUT_SPLIT:
        c.after.flags = RS_SPLIT_IMMORTAL_FLAG;
        c.after.local = RS_SPLIT_IMMORTAL;
        break;
    case RS_LAYOUT_WIDE:
        c.after.shared = UINT32_MAX;
        break;
    case RS_LAYOUT_NONE:
        break;
    }
    return c;
}

/* May this thread make it immortal? Strings are refused elsewhere: interning
 * makes them immortal by another way. The relaxed rule does not ask how often
 * the owner holds the object, only that nobody else ever looked at it. */
static inline bool
rs_protocol_may_immortalize(const struct rs_header *h, uint64_t self,
                            enum rs_immortal_rule rule)
{
    if (rule == RS_IMMORTAL_UNIQUE)
        return rs_protocol_is_unique(h, self);
    if (rs_header_is_immortal(h))
        return false;
    if (!rs_protocol_is_threaded(h))
        return rs_default_count(h) >= 1;
    return h->owner == self && h->local >= 1 && h->shared == 0;
}

/* PyUnstable_SetImmortal, without the collector's part. */
static inline struct rs_change
rs_protocol_immortalize(const struct rs_header *h, uint64_t self,
                        enum rs_immortal_rule rule, bool has_immortal_bit)
{
    struct rs_change c;

    if (!rs_protocol_may_immortalize(h, self, rule))
        return rs_change_none(h, RS_OUTCOME_NO);
    c = rs_protocol_set_immortal(h, has_immortal_bit);
    c.outcome = RS_OUTCOME_YES;
    return c;
}

/* PyUnstable_Object_EnableDeferredRefcount of 3.14 and later, for an object of
 * a collected type. A default build has no such thing. */
static inline struct rs_change
rs_protocol_defer(const struct rs_header *h)
{
    struct rs_change c = rs_change_none(h, RS_OUTCOME_YES);

    if (!rs_protocol_is_threaded(h) || (h->gc_bits & RS_GC_DEFERRED) != 0 ||
        (h->gc_bits & RS_GC_TRACKED) == 0)
        return rs_change_none(h, RS_OUTCOME_NO);
    c.after.gc_bits |= RS_GC_DEFERRED;
    c.after.shared = rs_shared_add(h->shared, RS_DEFERRED_BIAS);
    return c;
}

static inline struct rs_change
rs_protocol_enable_try(const struct rs_header *h)
{
    struct rs_change c = rs_change_none(h, RS_OUTCOME_NOTHING);
    struct rs_shared_step step;

    if (!rs_protocol_is_threaded(h) || rs_header_is_immortal(h))
        return c;
    step = rs_shared_enable_try(h->shared);
    c.after.shared = step.word;
    c.outcome = step.outcome;
    return c;
}

/* PyUnstable_TryIncRef. The owner is never refused. */
static inline struct rs_change
rs_protocol_try_incref(const struct rs_header *h, uint64_t self)
{
    struct rs_change c;
    struct rs_shared_step step;

    if (!rs_protocol_is_threaded(h)) {
        if (rs_default_count(h) <= 0)
            return rs_change_none(h, RS_OUTCOME_NO);
        c = rs_default_incref(h);
        c.outcome = RS_OUTCOME_YES;
        return c;
    }
    c = rs_change_none(h, RS_OUTCOME_YES);
    if (h->local == RS_LOCAL_IMMORTAL)
        return c;
    if (h->owner == self) {
        c.after.local++;
        return c;
    }
    step = rs_shared_try_incref(h->shared);
    c.after.shared = step.word;
    c.outcome = step.outcome;
    return c;
}

/* ---- by force ---- */

/* Py_SET_REFCNT, which leaves immortal objects alone. `count` is not negative.
 */
static inline struct rs_change
rs_protocol_set_refcount(const struct rs_header *h, uint64_t self,
                         int64_t count)
{
    struct rs_change c = rs_change_none(h, RS_OUTCOME_DONE);

    if (rs_header_is_immortal(h))
        return rs_change_none(h, RS_OUTCOME_NOTHING);
    if (h->layout == RS_LAYOUT_SPLIT) {
        c.after.local = (uint32_t)count;
    }
    else if (h->layout == RS_LAYOUT_WIDE) {
        c.after.shared = count;
    }
    else if (h->owner != self) {
        c.after.owner = 0;
        c.after.local = 0;
        c.after.shared = rs_shared_make(count, RS_SHARED_MERGED);
    }
    else if ((uint64_t)count > UINT32_MAX) {
        c.after.owner = 0;
        c.after.local = RS_LOCAL_IMMORTAL;
        c.after.shared = 0;
        c.outcome = RS_OUTCOME_OVERFLOWED;
    }
    else {
        c.after.local = (uint32_t)count;
        c.after.shared = h->shared & RS_SHARED_STATE_MASK;
    }
    return c;
}

/* Around a finalizer: the dead object gets one reference of its own … */
static inline struct rs_change
rs_protocol_resurrect_start(const struct rs_header *h, uint64_t self)
{
    struct rs_change c = rs_change_none(h, RS_OUTCOME_DONE);

    if (!rs_protocol_is_threaded(h))
        return rs_protocol_set_refcount(h, self, 1);
    c.after.owner = self;
    c.after.local = 1;
    c.after.shared = 0;
    return c;
}

/* … which is taken back. RS_OUTCOME_DEALLOC: dead as before, go on.
 * RS_OUTCOME_QUEUE: alive, and the owner has to merge it. */
static inline struct rs_change
rs_protocol_resurrect_end(const struct rs_header *h, uint64_t self)
{
    struct rs_change c = rs_change_none(h, RS_OUTCOME_DEALLOC);

    if (!rs_protocol_is_threaded(h)) {
        c = rs_protocol_set_refcount(h, self, rs_default_count(h) - 1);
        c.outcome = rs_default_count(&c.after) == 0 ? RS_OUTCOME_DEALLOC
                                                    : RS_OUTCOME_DONE;
        return c;
    }
    if (rs_protocol_is_unique(h, self)) {
        c.after.local = 0;
        return c;
    }
    if (rs_header_is_immortal(h))
        return rs_change_none(h, RS_OUTCOME_NOTHING);
    if (h->owner == self)
        return rs_protocol_merge(h, -1);
    return rs_protocol_decref_shared(h);
}
