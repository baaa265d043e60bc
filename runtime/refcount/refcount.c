/* SPDX-License-Identifier: MIT */
/* refcount.c -- the steps of word.h, made atomic.
 *
 * What the orders are for. Let a thread use an object and drop its reference,
 * and another one deallocate it: the use must come before the deallocation.
 * The drop is a release of the shared half (or, for the owner, precedes one in
 * its own program order), and whoever learns that the object is dead does so
 * by an acquire of the same word: every change of it is a read-modify-write,
 * so the chain of releases is never broken. These pairs are named below as
 * "the dying pair".
 *
 * An increment orders nothing: its thread holds a reference already, or got
 * the pointer from somewhere that ordered it.
 *
 * `local` and `owner` are written by the owner alone, or while the owner
 * cannot run (queue.c sees to that, with its lock). Other threads read them
 * relaxed and may see them old: an old owner that is not the reader is still
 * not the reader, and an old local is only compared with the immortal mark,
 * which appears once, before the object is shown to anybody. That last
 * sentence is the contract of immortalization; tests/model/ shows what happens
 * when it is broken. */
#include "refcount.h"

/* Runs the step until no other thread came in between. */
#define SHARED_STEP(o, seen, step, expression, order)                         \
    do                                                                        \
        (step) = (expression);                                                \
    while (!rs_atomic_swap_if(&(o)->shared, &(seen), (step).word, (order)))

static bool
is_owner(const struct rs_words *o, uintptr_t self)
{
    /* Relaxed: only this thread could have written its own pointer there, or
     * a merge that happened before it could run on. */
    return rs_atomic_load(&o->owner, RS_RELAXED) == self;
}

void
rs_refcount_new(struct rs_words *o, void *type, uintptr_t self)
{
    /* Relaxed, but atomic: a TryIncRef on the memory's last tenant may still
     * be reading the header. It sees a dead word, or the new life's. */
    o->flags = 0;
    o->mutex = 0;
    o->type = type;
    rs_atomic_store(&o->owner, self, RS_RELAXED);
    rs_atomic_store(&o->gc_bits, 0, RS_RELAXED);
    rs_atomic_store(&o->local, 1, RS_RELAXED);
    rs_atomic_store(&o->shared, 0, RS_RELAXED);
}

bool
rs_refcount_is_unique(const struct rs_words *o, uintptr_t self)
{
    /* Acquire: pairs with the release of the last foreign decref, so that the
     * caller may go on to change the object in place. */
    return is_owner(o, self) && rs_atomic_load(&o->local, RS_RELAXED) == 1 &&
           rs_atomic_load(&o->shared, RS_ACQUIRE) == 0;
}

int64_t
rs_refcount_get(const struct rs_words *o)
{
    /* Two loads: the sum is exact only when nobody is counting. */
    uint32_t local = rs_atomic_load(&o->local, RS_RELAXED);

    if (local == RS_LOCAL_IMMORTAL)
        return RS_SPLIT_IMMORTAL;
    return (int64_t)local +
           (rs_atomic_load(&o->shared, RS_RELAXED) >> RS_SHARED_SHIFT);
}

enum rs_outcome
rs_refcount_incref(struct rs_words *o, uintptr_t self)
{
    struct rs_local_step step =
        rs_local_incref(rs_atomic_load(&o->local, RS_RELAXED));

    if (step.outcome == RS_OUTCOME_NOTHING)
        return RS_OUTCOME_NOTHING;
    if (is_owner(o, self)) {
        rs_atomic_store(&o->local, step.word, RS_RELAXED);
        return step.outcome;
    }
    /* Relaxed: an increment orders nothing. */
    rs_atomic_add(&o->shared, RS_SHARED_ONE, RS_RELAXED);
    return RS_OUTCOME_DONE;
}

enum rs_outcome
rs_refcount_decref_shared(struct rs_words *o)
{
    int64_t seen = rs_atomic_load(&o->shared, RS_RELAXED);
    struct rs_shared_step step;

    /* Release: our use of the object comes before its death. Acquire: if the
     * death is ours, everybody's use comes before it. The dying pair: with
     * the same swap on other threads, and with merge_zero() and merge(). */
    SHARED_STEP(o, seen, step, rs_shared_decref(seen), RS_ACQ_REL);
    return step.outcome;
}

enum rs_outcome
rs_refcount_merge_zero(struct rs_words *o)
{
    /* Acquire: the dying pair, with the release of whoever brought the shared
     * half back to zero. */
    int64_t seen = rs_atomic_load(&o->shared, RS_ACQUIRE);
    struct rs_shared_step step;

    if (seen == RS_SHARED_INIT)
        return RS_OUTCOME_DEALLOC;
    /* Before the word says MERGED: afterwards the object may be deallocated by
     * another thread at any time, and its memory be somebody else's. The
     * release below keeps it there. A foreign decref that sees no owner while
     * the word is still QUEUED just counts; our swap then takes it along. */
    rs_atomic_store(&o->owner, 0, RS_RELAXED);
    SHARED_STEP(o, seen, step, rs_shared_merge_zero(seen), RS_ACQ_REL);
    return step.outcome;
}

enum rs_outcome
rs_refcount_decref(struct rs_words *o, uintptr_t self)
{
    struct rs_local_step step =
        rs_local_decref(rs_atomic_load(&o->local, RS_RELAXED));

    if (step.outcome == RS_OUTCOME_NOTHING)
        return RS_OUTCOME_NOTHING;
    if (!is_owner(o, self))
        return rs_refcount_decref_shared(o);
    rs_atomic_store(&o->local, step.word, RS_RELAXED);
    if (step.outcome == RS_OUTCOME_LAST_LOCAL)
        return rs_refcount_merge_zero(o);
    return step.outcome;
}

int64_t
rs_refcount_merge(struct rs_words *o, int64_t extra)
{
    uint32_t local = rs_atomic_load(&o->local, RS_RELAXED);
    int64_t seen;
    struct rs_shared_step step;

    /* As in merge_zero(): nothing of ours may reach the header once the word
     * says MERGED. */
    rs_atomic_store(&o->local, 0, RS_RELAXED);
    rs_atomic_store(&o->owner, 0, RS_RELAXED);
    seen = rs_atomic_load(&o->shared, RS_RELAXED);
    /* The dying pair, both ways: with decref_shared(). */
    SHARED_STEP(o, seen, step, rs_shared_merge(seen, local, extra),
                RS_ACQ_REL);
    return step.word >> RS_SHARED_SHIFT;
}

enum rs_outcome
rs_refcount_enable_try(struct rs_words *o)
{
    int64_t seen = rs_atomic_load(&o->shared, RS_RELAXED);
    struct rs_shared_step step;

    if (rs_refcount_is_immortal(o))
        return RS_OUTCOME_NOTHING;
    /* Release: whoever gets a reference by rs_refcount_try_incref() sees the
     * object as it was when it was enabled. */
    do {
        step = rs_shared_enable_try(seen);
        if (step.outcome == RS_OUTCOME_NOTHING)
            return RS_OUTCOME_NOTHING;
    } while (!rs_atomic_swap_if(&o->shared, &seen, step.word, RS_RELEASE));
    return step.outcome;
}

enum rs_outcome
rs_refcount_try_incref(struct rs_words *o, uintptr_t self)
{
    uint32_t local = rs_atomic_load(&o->local, RS_RELAXED);
    int64_t seen;
    struct rs_shared_step step;

    if (local == RS_LOCAL_IMMORTAL)
        return RS_OUTCOME_YES;
    if (is_owner(o, self)) {
        rs_atomic_store(&o->local, local + 1, RS_RELAXED);
        return RS_OUTCOME_YES;
    }
    seen = rs_atomic_load(&o->shared, RS_RELAXED);
    /* Acquire: pairs with the release in rs_refcount_enable_try(). */
    do {
        step = rs_shared_try_incref(seen);
        if (step.outcome == RS_OUTCOME_NO)
            return RS_OUTCOME_NO;
    } while (!rs_atomic_swap_if(&o->shared, &seen, step.word, RS_ACQUIRE));
    return RS_OUTCOME_YES;
}

void
rs_refcount_set_immortal(struct rs_words *o, bool has_immortal_bit)
{
    if (rs_refcount_is_immortal(o))
        return;
    /* Three stores that others could see apart, and no way to do better: the
     * contract is that there are no others yet. */
    rs_atomic_store(&o->owner, 0, RS_RELAXED);
    rs_atomic_store(&o->local, RS_LOCAL_IMMORTAL, RS_RELAXED);
    rs_atomic_store(&o->shared, 0, RS_RELAXED);
    if (has_immortal_bit)
        rs_atomic_or(&o->gc_bits, RS_GC_DEFERRED, RS_RELAXED);
}

static bool
may_immortalize(const struct rs_words *o, uintptr_t self,
                enum rs_immortal_rule rule)
{
    uint32_t local = rs_atomic_load(&o->local, RS_RELAXED);

    if (rule == RS_IMMORTAL_UNIQUE)
        return rs_refcount_is_unique(o, self);
    return local != RS_LOCAL_IMMORTAL && local >= 1 && is_owner(o, self) &&
           rs_atomic_load(&o->shared, RS_RELAXED) == 0;
}

enum rs_outcome
rs_refcount_immortalize(struct rs_words *o, uintptr_t self,
                        enum rs_immortal_rule rule, bool has_immortal_bit)
{
    if (!may_immortalize(o, self, rule))
        return RS_OUTCOME_NO;
    rs_refcount_set_immortal(o, has_immortal_bit);
    return RS_OUTCOME_YES;
}

enum rs_outcome
rs_refcount_defer(struct rs_words *o)
{
    uint8_t bits = rs_atomic_load(&o->gc_bits, RS_RELAXED);

    if ((bits & RS_GC_TRACKED) == 0 || (bits & RS_GC_DEFERRED) != 0)
        return RS_OUTCOME_NO;
    /* One winner. Relaxed: the bit is looked at by the collector, while the
     * world is stopped, which orders everything. Between the bit and the bias
     * nobody judges the count: it can only look too small, and the caller's
     * reference keeps it above zero. */
    if (!rs_atomic_swap_if(&o->gc_bits, &bits,
                           (uint8_t)(bits | RS_GC_DEFERRED), RS_RELAXED))
        return RS_OUTCOME_NO;
    rs_atomic_add(&o->shared, RS_DEFERRED_BIAS << RS_SHARED_SHIFT, RS_RELAXED);
    return RS_OUTCOME_YES;
}

enum rs_outcome
rs_refcount_set(struct rs_words *o, uintptr_t self, int64_t count)
{
    struct rs_header h = rs_header_decode(RS_LAYOUT_FREE_THREADED, o);
    struct rs_change c = rs_protocol_set_refcount(&h, self, count);

    if (c.outcome == RS_OUTCOME_NOTHING)
        return c.outcome;
    rs_atomic_store(&o->owner, c.after.owner, RS_RELAXED);
    rs_atomic_store(&o->local, c.after.local, RS_RELAXED);
    rs_atomic_store(&o->shared, c.after.shared, RS_RELAXED);
    return c.outcome;
}

void
rs_refcount_resurrect_start(struct rs_words *o, uintptr_t self)
{
    /* Nobody has a reference: plain stores, but for a TryIncRef that is
     * looking. It must see MERGED, or the zero written here, and fail; the
     * reference that the object gets is on the owner's half for that. */
    rs_atomic_store(&o->owner, self, RS_RELAXED);
    rs_atomic_store(&o->local, 1, RS_RELAXED);
    rs_atomic_store(&o->shared, 0, RS_RELAXED);
}

enum rs_outcome
rs_refcount_resurrect_end(struct rs_words *o, uintptr_t self)
{
    if (rs_refcount_is_unique(o, self)) {
        rs_atomic_store(&o->local, 0, RS_RELAXED);
        return RS_OUTCOME_DEALLOC;
    }
    if (rs_refcount_is_immortal(o))
        return RS_OUTCOME_NOTHING;
    if (is_owner(o, self))
        return rs_refcount_merge(o, -1) == 0 ? RS_OUTCOME_DEALLOC
                                             : RS_OUTCOME_DONE;
    return rs_refcount_decref_shared(o);
}
