/* SPDX-License-Identifier: MIT */
/* queue.h -- references that wait for the object's owner to drop them.
 *
 * A thread that drops a reference which the owner counts cannot reach the
 * owner's half. It leaves the object in the owner's queue, with the reference,
 * and the owner merges it when it next drains the queue (rs_queue_next_dead).
 * While the owner is away, or gone, nobody writes its halves, and the dropping
 * thread merges at once.
 *
 * A queued object is linked through the word in front of its header, so that
 * queueing cannot fail. It is in at most one queue: its state says QUEUED. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "atomic.h"
#include "refcount.h"

#ifndef RS_QUEUE_BUCKETS /* the model is content with one */
#define RS_QUEUE_BUCKETS 64
#endif

/* What lies directly in front of every header that may be queued. */
struct rs_queue_link {
    struct rs_words *next;
    uintptr_t spare; /* keeps the header aligned to 16 bytes */
};

/* A thread that owns objects. */
struct rs_owner {
    uintptr_t pointer;       /* arch.h */
    bool is_away;            /* guarded by the bucket's lock … */
    struct rs_words *queued; /* … as is this */
    struct rs_words *taken;  /* the owner's alone */
    struct rs_owner *next;   /* in the bucket */
};

void rs_queue_start(void);

/* The thread becomes an owner, stops being one, or leaves for a while and
 * returns. To leave, it must have nothing queued: false says that something
 * is, drain again. */
void rs_queue_attach(struct rs_owner *owner);
bool rs_queue_try_detach(struct rs_owner *owner);
bool rs_queue_try_leave(struct rs_owner *owner);
void rs_queue_return(struct rs_owner *owner);

/* After RS_OUTCOME_QUEUE. DEALLOC: the caller deallocates. Waits for the
 * bucket's lock only, which nobody holds for longer than a few stores. */
enum rs_outcome rs_queue_put(struct rs_words *o, uintptr_t self);

/* True when something may be waiting; racy, for a cheap look. */
bool rs_queue_has_work(const struct rs_owner *owner);

/* The owner merges what is queued until one of the objects turns out to be
 * dead: the caller deallocates it, and asks again. NULL: the queue is empty.
 */
struct rs_words *rs_queue_next_dead(struct rs_owner *owner);

/* For an owner that cannot run (the world is stopped; it did not survive a
 * fork): everything that waits for it is merged here and now, and the queue's
 * references become the caller's, to be dropped when the world runs again. Put
 * in front of `list`, linked as in the queue. */
struct rs_words *rs_queue_adopt(struct rs_owner *from, struct rs_words *list);

/* Takes the first object off such a list; NULL at its end. */
struct rs_words *rs_queue_pop(struct rs_words **list);

/* In the child of a fork: all locks are free. */
void rs_queue_after_fork(void);
