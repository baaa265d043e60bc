/* SPDX-License-Identifier: MIT */
/* refcount.h -- the operations of the free-threaded protocol on a header in
 * memory, atomic where they must be.
 *
 * They change the count and nothing else. The outcome (word.h) tells the
 * caller to deallocate the object, or to put it into its owner's queue. `self`
 * is the calling thread's pointer (arch.h). Nothing here waits, allocates, or
 * looks at anything but the header; so it works on the objects of CPython
 * 3.13t and later as it does on our own.
 *
 * The default layouts need none of this: a lock is held around everything, and
 * protocol.h on a decoded header is the operation. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "atomic.h"
#include "header.h"
#include "protocol.h"

/* RS_LAYOUT_FREE_THREADED, in memory. */
struct rs_words {
    uintptr_t owner;
    uint16_t flags;
    uint8_t mutex;
    uint8_t gc_bits;
    uint32_t local;
    int64_t shared;
    void *type;
};

/* Before anybody else can see the object. */
void rs_refcount_new(struct rs_words *o, void *type, uintptr_t self);

/* Answers for whoever holds a reference. */
static inline bool
rs_refcount_is_immortal(const struct rs_words *o)
{
    return rs_atomic_load(&o->local, RS_RELAXED) == RS_LOCAL_IMMORTAL;
}
bool rs_refcount_is_unique(const struct rs_words *o, uintptr_t self);
int64_t rs_refcount_get(const struct rs_words *o);

/* The caller holds a reference, which this one is a copy of. */
enum rs_outcome rs_refcount_incref(struct rs_words *o, uintptr_t self);

/* Drops one. LAST_LOCAL never comes out: the owner merges at once. QUEUE: to
 * rs_queue_put(). DEALLOC: nobody else can reach the object any more. */
enum rs_outcome rs_refcount_decref(struct rs_words *o, uintptr_t self);

/* Its two slow halves, which CPython's inline form calls by name. */
enum rs_outcome rs_refcount_decref_shared(struct rs_words *o);
enum rs_outcome rs_refcount_merge_zero(struct rs_words *o);

/* Makes one count of both halves, plus `extra`, and returns it. For the owner,
 * or while the owner cannot run. The object is not immortal. */
int64_t rs_refcount_merge(struct rs_words *o, int64_t extra);

/* Unowned references. */
enum rs_outcome rs_refcount_enable_try(struct rs_words *o);
enum rs_outcome rs_refcount_try_incref(struct rs_words *o, uintptr_t self);

/* Marks. `set_immortal` checks nothing, and is only safe while no other thread
 * counts the object; `immortalize` refuses by the rule. */
enum rs_outcome rs_refcount_immortalize(struct rs_words *o, uintptr_t self,
                                        enum rs_immortal_rule rule,
                                        bool has_immortal_bit);
void rs_refcount_set_immortal(struct rs_words *o, bool has_immortal_bit);
enum rs_outcome rs_refcount_defer(struct rs_words *o);

/* Sets the count. No atomics, as in CPython: only while no other thread counts
 * the object. */
enum rs_outcome rs_refcount_set(struct rs_words *o, uintptr_t self,
                                int64_t count);

/* Around a finalizer. The second returns DEALLOC (still dead, go on), DONE
 * (alive), NOTHING (immortal), or QUEUE. */
void rs_refcount_resurrect_start(struct rs_words *o, uintptr_t self);
enum rs_outcome rs_refcount_resurrect_end(struct rs_words *o, uintptr_t self);
