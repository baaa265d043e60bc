/* SPDX-License-Identifier: MIT */
/* happens_before.c -- see happens_before.h. Any thread, under any lock of the
 * program, in signal handlers.
 *
 * Each thread writes its own clock only. A lock's clock is merged into and out
 * of while it is entered (lock_clocks.h), which is tried and never waited for;
 * who cannot says "everything that is past came before", which can only
 * silence. */
#include "thread/happens_before.h"

#include <stdatomic.h>
#include <stddef.h>

#include "order/tsan.h"
#include "thread/lock_clocks.h"
#include "thread/vector_clock.h"
#include "os/atomics.h"

#define SLOTS RS_ORDER_SLOTS

struct slot {
    _Atomic uint32_t now;
    _Atomic uint32_t born;    /* since then the thread that has it now */
    _Atomic bool is_worth;    /* something was done at `now` */
    _Atomic uint32_t changes; /* of the clock, or of `now` */
};

static struct {
    struct rs_clock_table clocks;
    struct slot slots[SLOTS];
} order;

bool
rs_happens_before_start(void)
{
    return rs_lock_clocks_start();
}

static struct rs_vector_clock
clock_of(unsigned slot)
{
    return (struct rs_vector_clock){&order.clocks, slot};
}

uint32_t
rs_happens_before_tag(uintptr_t lock)
{
    return rs_lock_clocks_tag(lock);
}

static bool
is_on(unsigned slot)
{
    return rs_lock_clocks_are_on() && slot != 0 && slot < SLOTS &&
           !rs_load(&rs_vector_clock_is_blind);
}

static void
changed(unsigned slot)
{
    rs_add(&order.slots[slot].changes, 1);
}

/* Up to when something was done; 0 before its first thread. Acquire: pairs with the release in
 * rs_happens_before_release(); who sees that it was given away sees the time
 * after. */
static uint32_t
past_of(unsigned slot)
{
    bool is_worth = rs_load_acquire(&order.slots[slot].is_worth);

    uint32_t now = rs_load(&order.slots[slot].now);

    return now - (now != 0 && !is_worth);
}

/* All that is past came before, however that may be. */
static void
learn_past(struct rs_vector_clock clock, unsigned slot)
{
    for (unsigned other = rs_vector_clock_next(0, SLOTS); other < SLOTS;
         other = rs_vector_clock_next(other, SLOTS)) {
        if (other != slot)
            (void)rs_vector_clock_learn(clock, other, past_of(other),
                                        RS_ORDER_MIXED);
    }
}

static void
learn_all(unsigned slot)
{
    learn_past(clock_of(slot), slot);
    changed(slot);
}

void
rs_happens_before_after_fork(unsigned slot)
{
    rs_lock_clocks_after_fork();
    if (is_on(slot))
        learn_all(slot);
}

/* Acquire: pairs with the release in lock_clocks.c. What was missing came
 * before this moment, and what comes after is no longer in doubt. */
static void
mend(struct rs_lock_clock *lock)
{
    if (!rs_load(&lock->is_torn) ||
        !atomic_exchange_explicit(&lock->is_torn, false, memory_order_acquire))
        return;
    learn_past(rs_lock_clocks_clock(lock), 0);
    rs_store(&lock->seen_by, 0);
}

static bool
take(struct rs_vector_clock clock, unsigned slot)
{
    const unsigned width = rs_vector_clock_width(clock);
    bool has_learnt = false;

    for (unsigned other = rs_vector_clock_next(0, width); other < width;
         other = rs_vector_clock_next(other, width)) {
        const struct rs_known *known = rs_vector_clock_of(clock, other);

        for (int i = 0;
             known != NULL && i < 2 && rs_load(&known->when[i]) != 0; i++)
            has_learnt |= other != slot &&
                          rs_vector_clock_learn(clock_of(slot), other,
                                                rs_load(&known->when[i]),
                                                rs_load(&known->by[i]));
    }
    return has_learnt;
}

/* The thread's own clock as it is now; never 0. */
static uint64_t
stamp(unsigned slot)
{
    return (uint64_t)slot << 32 | rs_load(&order.slots[slot].changes);
}

static void
give(struct rs_lock_clock *lock, unsigned slot, uint32_t tag)
{
    const bool has_seen = rs_load(&lock->seen_by) == stamp(slot);

    rs_vector_clock_merge(rs_lock_clocks_clock(lock), clock_of(slot), tag);
    (void)rs_vector_clock_learn(rs_lock_clocks_clock(lock), slot,
                                past_of(slot), tag);
    if (rs_load(&order.slots[slot].is_worth)) {
        rs_add(&order.slots[slot].now, 1);
        rs_store_release(&order.slots[slot].is_worth, false);
        changed(slot);
    }
    rs_store(&lock->last, stamp(slot));
    rs_store(&lock->seen_by, has_seen ? stamp(slot) : 0);
}

void
rs_happens_before_release(unsigned slot, uintptr_t lock)
{
    struct rs_lock_clock *clock;

    rs_tsan_release(lock);
    if (!rs_lock_clocks_are_on())
        return;
    clock = is_on(slot) ? rs_lock_clocks_own(lock) : NULL;
    if (clock == NULL) {
        rs_lock_clocks_tear(lock);
        return;
    }
    mend(clock);
    if (rs_load(&clock->last) != stamp(slot))
        give(clock, slot, rs_happens_before_tag(lock));
    rs_lock_clocks_leave(clock);
}

void
rs_happens_before_acquire(unsigned slot, uintptr_t lock)
{
    struct rs_lock_clock *clock;

    rs_tsan_acquire(lock);
    if (!is_on(slot))
        return;
    if (!rs_lock_clocks_find(lock, &clock)) {
        learn_all(slot);
        return;
    }
    if (clock == NULL)
        return;
    mend(clock);
    if (rs_load(&clock->seen_by) != stamp(slot)) {
        if (take(rs_lock_clocks_clock(clock), slot))
            changed(slot);
        rs_store(&clock->seen_by, stamp(slot));
    }
    rs_lock_clocks_leave(clock);
}

void
rs_happens_before_begin(unsigned slot, uintptr_t channel)
{
    if (!is_on(slot))
        return;
    rs_vector_clock_begin(slot);
    rs_store(&order.slots[slot].born, rs_add(&order.slots[slot].now, 1) + 1);
    rs_store(&order.slots[slot].is_worth, false);
    if (channel != 0)
        rs_happens_before_acquire(slot, channel);
    else
        learn_all(slot);
    changed(slot);
}

void
rs_happens_before_end(unsigned slot)
{
    rs_vector_clock_end(slot);
}

uint32_t
rs_happens_before_act(unsigned slot)
{
    if (!is_on(slot))
        return 0;
    if (!rs_load(&order.slots[slot].is_worth)) {
        rs_store(&order.slots[slot].is_worth, true);
        changed(slot);
    }
    return rs_load(&order.slots[slot].now);
}

static bool
has_tag(const struct rs_order_locks *locks, uint32_t tag)
{
    for (int i = 0; i < RS_ORDER_LOCKS; i++) {
        if (tag != 0 && locks->tags[i] == tag)
            return true;
    }
    return false;
}

enum rs_order
rs_happens_before_of(unsigned slot, unsigned other, uint32_t when,
                     const struct rs_order_locks *common)
{
    const struct rs_known *known;
    bool by_first, by_second;

    if (!is_on(slot) || !is_on(other) || !rs_vector_clock_runs(other) ||
        when == 0 || when < rs_load(&order.slots[other].born))
        return RS_ORDER_BEFORE;
    known = rs_vector_clock_of(clock_of(slot), other);
    if (known == NULL)
        return RS_ORDER_NONE;
    by_first = rs_load(&known->when[0]) >= when;
    by_second = rs_load(&known->when[1]) >= when;
    if (!by_first && !by_second)
        return RS_ORDER_NONE;
    if (by_first && by_second)
        return RS_ORDER_BEFORE;
    return has_tag(common, rs_load(&known->by[by_second])) ? RS_ORDER_BY_LOCK
                                                           : RS_ORDER_BEFORE;
}
