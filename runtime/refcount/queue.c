/* SPDX-License-Identifier: MIT */
/* queue.c -- one lock per bucket of owners, and a list per owner.
 *
 * The bucket's lock does two things. It guards the lists. And it decides, for
 * every queued object, between "the owner will merge it" and "the owner cannot
 * run, so I may": an owner comes and goes only under the lock, so that nobody
 * merges an object while its owner is counting it.
 *
 * No object is deallocated under the lock: destructors drop other references,
 * which may be queued in turn. */
#include "queue.h"

static struct {
    struct bucket {
        rs_lock lock;
        struct rs_owner *first;
    } buckets[RS_QUEUE_BUCKETS];
} state;

static struct bucket *
find_bucket(uintptr_t pointer)
{
    /* Thread blocks are whole pages apart. */
    return &state.buckets[(pointer >> 12) % RS_QUEUE_BUCKETS];
}

static struct rs_words **
find_next(struct rs_words *o)
{
    return &((struct rs_queue_link *)o)[-1].next;
}

static struct rs_owner *
find_owner(struct bucket *bucket, uintptr_t pointer)
{
    for (struct rs_owner *owner = bucket->first; owner; owner = owner->next)
        if (owner->pointer == pointer)
            return owner;
    return NULL;
}

void
rs_queue_start(void)
{
    for (unsigned i = 0; i < RS_QUEUE_BUCKETS; i++) {
        rs_lock_init(&state.buckets[i].lock);
        state.buckets[i].first = NULL;
    }
}

void
rs_queue_attach(struct rs_owner *owner)
{
    struct bucket *bucket = find_bucket(owner->pointer);

    rs_lock_enter(&bucket->lock);
    owner->next = bucket->first;
    bucket->first = owner;
    rs_lock_leave(&bucket->lock);
}

bool
rs_queue_try_detach(struct rs_owner *owner)
{
    struct bucket *bucket = find_bucket(owner->pointer);
    struct rs_owner **at = &bucket->first;
    bool is_empty;

    rs_lock_enter(&bucket->lock);
    is_empty = owner->queued == NULL && owner->taken == NULL;
    while (is_empty && *at != owner)
        at = &(*at)->next;
    if (is_empty)
        *at = owner->next;
    rs_lock_leave(&bucket->lock);
    return is_empty;
}

bool
rs_queue_try_leave(struct rs_owner *owner)
{
    struct bucket *bucket = find_bucket(owner->pointer);
    bool is_empty;

    rs_lock_enter(&bucket->lock);
    is_empty = owner->queued == NULL && owner->taken == NULL;
    owner->is_away = is_empty;
    rs_lock_leave(&bucket->lock);
    return is_empty;
}

void
rs_queue_return(struct rs_owner *owner)
{
    struct bucket *bucket = find_bucket(owner->pointer);

    rs_lock_enter(&bucket->lock);
    owner->is_away = false;
    rs_lock_leave(&bucket->lock);
}

static enum rs_outcome
merge_queued(struct rs_words *o)
{
    /* Minus one: the reference the queue held. */
    return rs_refcount_merge(o, -1) == 0 ? RS_OUTCOME_DEALLOC
                                         : RS_OUTCOME_DONE;
}

enum rs_outcome
rs_queue_put(struct rs_words *o, uintptr_t self)
{
    /* Relaxed: the owner may be merging at this moment. If we see that it has
     * given the object up, we drop the reference as anybody would; if we see
     * it a little late, the object waits in the queue although it is merged,
     * which merges to the same count. */
    uintptr_t pointer = rs_atomic_load(&o->owner, RS_RELAXED);
    enum rs_outcome outcome = RS_OUTCOME_QUEUE;
    struct bucket *bucket;
    struct rs_owner *owner;

    if (pointer == 0)
        return rs_refcount_decref(o, self);
    bucket = find_bucket(pointer);
    rs_lock_enter(&bucket->lock);
    owner = find_owner(bucket, pointer);
    if (owner == NULL || owner->is_away) {
        outcome = merge_queued(o);
    }
    else {
        *find_next(o) = owner->queued;
        /* Relaxed: only rs_queue_has_work() reads it without the lock. */
        rs_atomic_store(&owner->queued, o, RS_RELAXED);
    }
    rs_lock_leave(&bucket->lock);
    return outcome;
}

bool
rs_queue_has_work(const struct rs_owner *owner)
{
    return owner->taken != NULL ||
           rs_atomic_load(&owner->queued, RS_RELAXED) != NULL;
}

static void
take_queued(struct rs_owner *owner)
{
    struct bucket *bucket = find_bucket(owner->pointer);

    rs_lock_enter(&bucket->lock);
    owner->taken = owner->queued;
    rs_atomic_store(&owner->queued, NULL, RS_RELAXED);
    rs_lock_leave(&bucket->lock);
}

struct rs_words *
rs_queue_next_dead(struct rs_owner *owner)
{
    struct rs_words *o;

    if (owner->taken == NULL)
        take_queued(owner);
    while ((o = owner->taken) != NULL) {
        owner->taken = *find_next(o);
        if (merge_queued(o) == RS_OUTCOME_DEALLOC)
            return o;
        if (owner->taken == NULL)
            take_queued(owner);
    }
    return NULL;
}

struct rs_words *
rs_queue_pop(struct rs_words **list)
{
    struct rs_words *o = *list;

    if (o != NULL)
        *list = *find_next(o);
    return o;
}

static struct rs_words *
adopt_list(struct rs_words *from, struct rs_words *list)
{
    struct rs_words *o;

    while ((o = rs_queue_pop(&from)) != NULL) {
        (void)rs_refcount_merge(o, 0);
        *find_next(o) = list;
        list = o;
    }
    return list;
}

struct rs_words *
rs_queue_adopt(struct rs_owner *from, struct rs_words *list)
{
    list = adopt_list(from->taken, list);
    take_queued(from);
    list = adopt_list(from->taken, list);
    from->taken = NULL;
    return list;
}

void
rs_queue_after_fork(void)
{
    for (unsigned i = 0; i < RS_QUEUE_BUCKETS; i++)
        rs_lock_init(&state.buckets[i].lock);
}
