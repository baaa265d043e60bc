/* SPDX-License-Identifier: MIT */
/* vector_clock.h -- what is known of each thread's time: the latest one, by
 * which lock it was learnt, and the latest that was learnt another way. So it
 * can be asked what would be known without any one lock.
 *
 * Only slots whose thread runs are gone through (rs_vector_clock_begin()):
 * nobody asks what came after what an ended thread did.
 *
 * Clocks stand in tables, whose memory comes in blocks: what BLOCK neighbours
 * know of BLOCK threads. A block is mapped when one of these learns of one of
 * those, so that few threads take little. Without memory nobody is told of
 * any order any more (counted): `rs_vector_clock_is_blind`.
 *
 * One writer of a clock at a time. Private to happens_before.c and
 * lock_clocks.c. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "thread/happens_before.h"
#include "os/atomics.h"

#define RS_ORDER_MIXED                                                        \
    0u /* learnt by more than one lock, or by what is none */

/* The latest time learnt of a thread, and the latest by another way. Times are
 * from 1; an entry of zeros says nothing. */
struct rs_known {
    _Atomic uint32_t when[2];
    _Atomic uint32_t by[2];
};

#define RS_CLOCK_BLOCK 256
#define RS_CLOCK_ROWS  4352u /* clocks of a table */
struct rs_clock_block {
    struct rs_known known[RS_CLOCK_BLOCK][RS_CLOCK_BLOCK];
};
struct rs_clock_table {
    _Atomic(struct rs_clock_block *) blocks[RS_CLOCK_ROWS / RS_CLOCK_BLOCK]
                                           [RS_ORDER_SLOTS / RS_CLOCK_BLOCK];
    _Atomic uint16_t widths[RS_CLOCK_ROWS]; /* all entries from there on are
                                               zero */
};

struct rs_vector_clock {
    struct rs_clock_table *table;
    unsigned row;
};

extern _Atomic bool rs_vector_clock_is_blind;

/* A bit for each slot whose thread runs. */
#define RS_CLOCK_WORDS (RS_ORDER_SLOTS / 64)
extern _Atomic uint64_t rs_vector_clock_running[RS_CLOCK_WORDS];
void rs_vector_clock_begin(unsigned slot);
void rs_vector_clock_end(unsigned slot);

/* The block of the clock's that knows of the slot, mapped; NULL when there is
 * no memory. */
struct rs_clock_block *rs_vector_clock_map(struct rs_vector_clock clock,
                                           unsigned slot);

/* Unmaps all: nobody may use a clock of the table. */
void rs_clock_table_clear(struct rs_clock_table *table);

static inline bool
rs_vector_clock_runs(unsigned slot)
{
    return (rs_load(&rs_vector_clock_running[slot / 64]) >> slot % 64 & 1) !=
           0;
}

/* The first slot after `slot` whose thread runs; `end` when there is none
 * before that. */
static inline unsigned
rs_vector_clock_next(unsigned slot, unsigned end)
{
    for (slot++; slot < end; slot = (slot | 63) + 1) {
        uint64_t bits =
            rs_load(&rs_vector_clock_running[slot / 64]) >> slot % 64;

        if (bits != 0) {
            slot += (unsigned)__builtin_ctzll(bits);
            break;
        }
    }
    return slot < end ? slot : end;
}

static inline unsigned
rs_vector_clock_width(struct rs_vector_clock clock)
{
    return rs_load(&clock.table->widths[clock.row]);
}

static inline struct rs_known *
rs_vector_clock_in(struct rs_clock_block *block, struct rs_vector_clock clock,
                   unsigned slot)
{
    return &block->known[clock.row % RS_CLOCK_BLOCK][slot % RS_CLOCK_BLOCK];
}

/* What the clock knows of the slot; NULL is nothing. Acquire: pairs with the
 * release in rs_vector_clock_map(). */
static inline struct rs_known *
rs_vector_clock_of(struct rs_vector_clock clock, unsigned slot)
{
    struct rs_clock_block *block = rs_load_acquire(
        &clock.table
             ->blocks[clock.row / RS_CLOCK_BLOCK][slot / RS_CLOCK_BLOCK]);

    return block == NULL ? NULL : rs_vector_clock_in(block, clock, slot);
}

/* Keeps the two latest times that were learnt by different ways. */
static inline bool
rs_vector_clock_note(struct rs_known *known, uint32_t when, uint32_t by)
{
    uint32_t first = rs_load(&known->when[0]),
             second = rs_load(&known->when[1]);
    uint32_t first_by = rs_load(&known->by[0]);

    if (by == first_by || first == 0) {
        if (when <= first)
            return false;
        rs_store(&known->by[0], by);
        rs_store(&known->when[0], when);
        return true;
    }
    if (when > first) {
        rs_store(&known->when[1], first);
        rs_store(&known->by[1], first_by);
        rs_store(&known->when[0], when);
        rs_store(&known->by[0], by);
        return true;
    }
    if (when <= second)
        return false;
    rs_store(&known->when[1], when);
    rs_store(&known->by[1], by);
    return true;
}

/* True when it was news. */
static inline bool
rs_vector_clock_learn(struct rs_vector_clock clock, unsigned slot,
                      uint32_t when, uint32_t by)
{
    struct rs_known *known = rs_vector_clock_of(clock, slot);

    if (when == 0)
        return false;
    if (rs_unlikely(known == NULL)) {
        struct rs_clock_block *block = rs_vector_clock_map(clock, slot);

        if (block == NULL)
            return false;
        known = rs_vector_clock_in(block, clock, slot);
    }
    if (slot >= rs_vector_clock_width(clock))
        rs_store(&clock.table->widths[clock.row], (uint16_t)(slot + 1));
    return rs_vector_clock_note(known, when, by);
}

/* What the one knows, the other knows, too, having learnt it through the lock
 * with this tag: what was learnt by that lock alone stays so. */
static inline void
rs_vector_clock_merge(struct rs_vector_clock into, struct rs_vector_clock from,
                      uint32_t tag)
{
    const unsigned width = rs_vector_clock_width(from);

    for (unsigned slot = rs_vector_clock_next(0, width); slot < width;
         slot = rs_vector_clock_next(slot, width)) {
        const struct rs_known *known = rs_vector_clock_of(from, slot);

        for (int i = 0;
             known != NULL && i < 2 && rs_load(&known->when[i]) != 0; i++)
            (void)rs_vector_clock_learn(
                into, slot, rs_load(&known->when[i]),
                rs_load(&known->by[i]) == tag ? tag : RS_ORDER_MIXED);
    }
}
