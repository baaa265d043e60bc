/* SPDX-License-Identifier: MIT */
/* vector_clock.h -- what is known of each thread's time: the latest one, by
 * which lock it was learnt, and the latest that was learnt another way. So it
 * can be asked what would be known without any one lock.
 *
 * Pure but for being atomic: one writer at a time. Private to happens_before.c
 * and lock_clocks.c. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "thread/happens_before.h"

#define RS_ORDER_MIXED                                                        \
    0u /* learnt by more than one lock, or by what is none */

/* The latest time learnt of a thread, and the latest by another way. Times are
 * from 1; an entry of zeros says nothing. */
struct rs_known {
    _Atomic uint32_t when[2];
    _Atomic uint32_t by[2];
};

struct rs_vector_clock {
    _Atomic uint32_t width; /* all entries from here on are zero */
    struct rs_known of[RS_ORDER_SLOTS];
};

#define RS_LOAD(from) atomic_load_explicit((from), memory_order_relaxed)
#define RS_STORE(into, what)                                                  \
    atomic_store_explicit((into), (what), memory_order_relaxed)

/* Keeps the two latest times that were learnt by different ways. */
static inline bool
rs_vector_clock_note(struct rs_known *known, uint32_t when, uint32_t by)
{
    uint32_t first = RS_LOAD(&known->when[0]),
             second = RS_LOAD(&known->when[1]);
    uint32_t first_by = RS_LOAD(&known->by[0]);

    if (by == first_by || first == 0) {
        if (when <= first)
            return false;
        RS_STORE(&known->by[0], by);
        RS_STORE(&known->when[0], when);
        return true;
    }
    if (when > first) {
        RS_STORE(&known->when[1], first);
        RS_STORE(&known->by[1], first_by);
        RS_STORE(&known->when[0], when);
        RS_STORE(&known->by[0], by);
        return true;
    }
    if (when <= second)
        return false;
    RS_STORE(&known->when[1], when);
    RS_STORE(&known->by[1], by);
    return true;
}

/* True when it was news. */
static inline bool
rs_vector_clock_learn(struct rs_vector_clock *clock, unsigned slot,
                      uint32_t when, uint32_t by)
{
    if (when != 0 && slot >= RS_LOAD(&clock->width))
        RS_STORE(&clock->width, slot + 1);
    return rs_vector_clock_note(&clock->of[slot], when, by);
}

/* What the one knows, the other knows, too, having learnt it through the lock
 * with this tag: what was learnt by that lock alone stays so. */
static inline void
rs_vector_clock_merge(struct rs_vector_clock *into,
                      const struct rs_vector_clock *from, uint32_t tag)
{
    const unsigned width = RS_LOAD(&from->width);

    for (unsigned slot = 1; slot < width; slot++) {
        const struct rs_known *known = &from->of[slot];

        for (int i = 0; i < 2 && RS_LOAD(&known->when[i]) != 0; i++)
            (void)rs_vector_clock_learn(
                into, slot, RS_LOAD(&known->when[i]),
                RS_LOAD(&known->by[i]) == tag ? tag : RS_ORDER_MIXED);
    }
}
