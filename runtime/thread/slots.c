/* SPDX-License-Identifier: MIT */
/* slots.c -- see slots.h. A slot is claimed with one compare-and-swap and
 * never unmapped, so a reader may follow any slot number it finds in the
 * shadow, whenever. What a reader of a slot that is being taken over sees is
 * the new thread's name for the old thread's objects: counted as
 * RS_LOST_SLOTS. */
#include "thread/slots.h"

#include <stdatomic.h>

#include "base/core_note.h"
#include "base/lost.h"
#include "os/arch.h"
#include "os/atomics.h"

#define TRIES 16

static struct {
    _Atomic uint8_t use[RS_THREAD_SLOTS]; /* enum rs_slot_use */
    _Atomic uint64_t ended_at[RS_THREAD_SLOTS];
    _Atomic uint32_t top;
    _Atomic uint32_t ended; /* that many have use ENDED */
    _Atomic uint32_t ends;
} slots;

RS_CORE_ROWS(slots) = {
    RS_CORE_VARIABLE("slots.use", slots.use),
    RS_CORE_VARIABLE("slots.top", slots.top),
    RS_CORE_VARIABLE("slots.ended_at", slots.ended_at),
};

static unsigned
claim_unused(unsigned limit)
{
    uint32_t top = rs_load(&slots.top);

    while (top + 1 < limit) {
        if (atomic_compare_exchange_weak_explicit(&slots.top, &top, top + 1,
                                                  memory_order_relaxed,
                                                  memory_order_relaxed)) {
            rs_store(&slots.use[top + 1], RS_SLOT_CLAIMED);
            return top + 1;
        }
    }
    return 0;
}

uint64_t
rs_slots_ended_at(unsigned slot)
{
    return rs_load(&slots.ended_at[slot]);
}

static unsigned
find_oldest_ended(void)
{
    unsigned oldest = 0;

    for (unsigned slot = 1; slot <= rs_slots_top(); slot++) {
        if (rs_slots_use(slot) != RS_SLOT_ENDED)
            continue;
        if (oldest == 0 || rs_slots_ended_at(slot) < rs_slots_ended_at(oldest))
            oldest = slot;
    }
    return oldest;
}

static unsigned
claim_ended(unsigned kept)
{
    for (int i = 0; i < TRIES && rs_load(&slots.ended) > kept; i++) {
        uint8_t expected = RS_SLOT_ENDED;
        unsigned oldest = find_oldest_ended();

        if (oldest == 0)
            return 0;
        if (atomic_compare_exchange_strong_explicit(
                &slots.use[oldest], &expected, RS_SLOT_CLAIMED,
                memory_order_acquire, memory_order_relaxed)) {
            rs_subtract(&slots.ended, 1);
            return oldest;
        }
    }
    return 0;
}

unsigned
rs_slots_claim(void)
{
    unsigned slot = claim_unused(RS_SLOTS_FEW);

    if (slot != 0)
        return slot;
    slot = claim_ended(RS_SLOTS_KEPT);
    if (slot == 0) {
        slot = claim_unused(RS_THREAD_SLOTS);
        if (slot != 0)
            return slot;
        slot = claim_ended(0);
    }
    if (slot != 0)
        rs_lost_count(RS_LOST_SLOTS);
    return slot;
}

/* Relaxed: who looks for the oldest may read the time while the slot changes
 * hands; at worst it takes a younger one. */
static void
end(unsigned slot, uint64_t ticks)
{
    rs_store(&slots.ended_at[slot], ticks);
    /* Counted first: one that is taken was counted. */
    rs_add(&slots.ended, 1);
    rs_store_release(&slots.use[slot], RS_SLOT_ENDED);
}

void
rs_slots_give_back(unsigned slot)
{
    end(slot, UINT64_MAX);
}

void
rs_slots_end(unsigned slot)
{
    end(slot, rs_arch_ticks());
    rs_add(&slots.ends, 1);
}

void
rs_slots_run(unsigned slot)
{
    rs_store_release(&slots.use[slot], RS_SLOT_RUNNING);
}

enum rs_slot_use
rs_slots_use(unsigned slot)
{
    return (enum rs_slot_use)rs_load_acquire(&slots.use[slot]);
}

unsigned
rs_slots_top(void)
{
    return rs_load(&slots.top);
}

uint32_t
rs_slots_ends(void)
{
    return rs_load(&slots.ends);
}
