/* SPDX-License-Identifier: MIT */
/* word.h -- the smallest steps of the protocol: one word of a header in, the
 * word that replaces it out, and what the caller has to do next.
 *
 * A free-threaded header is several words, and other threads run between two
 * writes. So the steps that matter are those on ONE word: refcount.c makes
 * each of them atomic, protocol.h combines them as if there were one thread,
 * and tests/model/ tries all interleavings.
 *
 * Pure. Arithmetic wraps as the hardware's does, because CPython's does. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "header.h"

/* How an operation ended. */
enum rs_outcome {
    RS_OUTCOME_DONE,    /* the count changed, the object lives on */
    RS_OUTCOME_NOTHING, /* immortal, or nothing to do: nothing was written */
    RS_OUTCOME_YES,     /* the question, or the attempt, succeeded */
    RS_OUTCOME_NO,      /* … or not; nothing was written */
    RS_OUTCOME_LAST_LOCAL, /* the owner's half is empty: merge at zero next */
    RS_OUTCOME_QUEUE,      /* the reference belongs to the owner's queue now */
    RS_OUTCOME_DEALLOC,    /* it was the last reference: deallocate */
    RS_OUTCOME_OVERFLOWED, /* counted up into immortality */
    RS_OUTCOME_UNDERFLOWED, /* counted below zero */
};

#define RS_SHARED_ONE        (INT64_C(1) << RS_SHARED_SHIFT)
#define RS_SHARED_STATE_MASK INT64_C(3)

/* A new value for the word, and the outcome. */
struct rs_shared_step {
    int64_t word;
    enum rs_outcome outcome;
};

struct rs_local_step {
    uint32_t word;
    enum rs_outcome outcome;
};

static inline int64_t
rs_shared_make(int64_t count, enum rs_shared_state state)
{
    return (int64_t)(((uint64_t)count << RS_SHARED_SHIFT) + (unsigned)state);
}

static inline int64_t
rs_shared_add(int64_t word, int64_t count)
{
    return (int64_t)((uint64_t)word + ((uint64_t)count << RS_SHARED_SHIFT));
}

/* The owner's half. The mark of immortality is its largest value. */
static inline struct rs_local_step
rs_local_incref(uint32_t word)
{
    if (word == RS_LOCAL_IMMORTAL)
        return (struct rs_local_step){word, RS_OUTCOME_NOTHING};
    word++;
    return (struct rs_local_step){word, word == RS_LOCAL_IMMORTAL
                                            ? RS_OUTCOME_OVERFLOWED
                                            : RS_OUTCOME_DONE};
}

/* Below zero it wraps into the mark of immortality, as on a release build: the
 * header must be what CPython's would be. */
static inline struct rs_local_step
rs_local_decref(uint32_t word)
{
    if (word == RS_LOCAL_IMMORTAL)
        return (struct rs_local_step){word, RS_OUTCOME_NOTHING};
    word--;
    if (word == RS_LOCAL_IMMORTAL)
        return (struct rs_local_step){word, RS_OUTCOME_UNDERFLOWED};
    return (struct rs_local_step){word, word == 0 ? RS_OUTCOME_LAST_LOCAL
                                                  : RS_OUTCOME_DONE};
}

/* A thread that does not own the object drops a reference. With nothing on the
 * shared half the reference must be one the owner counts, and only the owner
 * can take it away: it goes to the owner's queue, uncounted. */
static inline struct rs_shared_step
rs_shared_decref(int64_t word)
{
    int64_t next;

    if (word == RS_SHARED_INIT || word == RS_SHARED_MAYBE_WEAKREF)
        return (struct rs_shared_step){RS_SHARED_QUEUED, RS_OUTCOME_QUEUE};
    next = rs_shared_add(word, -1);
    return (struct rs_shared_step){
        next, next == RS_SHARED_MERGED ? RS_OUTCOME_DEALLOC : RS_OUTCOME_DONE};
}

/* The owner's half is empty, and the shared half was in use: give it up. */
static inline struct rs_shared_step
rs_shared_merge_zero(int64_t word)
{
    int64_t next = word | RS_SHARED_MERGED;

    return (struct rs_shared_step){
        next, next == RS_SHARED_MERGED ? RS_OUTCOME_DEALLOC : RS_OUTCOME_DONE};
}

/* Adds what the owner's half held, and `extra`; whatever the state was, it is
 * merged now. */
static inline struct rs_shared_step
rs_shared_merge(int64_t word, uint32_t local, int64_t extra)
{
    int64_t count = (word >> RS_SHARED_SHIFT) + (int64_t)local + extra;

    return (struct rs_shared_step){rs_shared_make(count, RS_SHARED_MERGED),
                                   count == 0 ? RS_OUTCOME_DEALLOC
                                              : RS_OUTCOME_DONE};
}

/* From a pointer without a reference. An empty half without a mark says
 * nothing about the owner's half: the object may be gone. */
static inline struct rs_shared_step
rs_shared_try_incref(int64_t word)
{
    if (word == RS_SHARED_INIT || word == RS_SHARED_MERGED)
        return (struct rs_shared_step){word, RS_OUTCOME_NO};
    return (struct rs_shared_step){rs_shared_add(word, 1), RS_OUTCOME_YES};
}

/* Marks the object so that its owner, when its half is empty, merges instead
 * of freeing at once: only then can rs_shared_try_incref() be trusted. */
static inline struct rs_shared_step
rs_shared_enable_try(int64_t word)
{
    if ((word & RS_SHARED_STATE_MASK) != RS_SHARED_INIT)
        return (struct rs_shared_step){word, RS_OUTCOME_NOTHING};
    return (struct rs_shared_step){word | RS_SHARED_MAYBE_WEAKREF,
                                   RS_OUTCOME_DONE};
}
