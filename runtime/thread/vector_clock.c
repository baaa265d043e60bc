/* SPDX-License-Identifier: MIT */
/* vector_clock.c -- the memory of clocks. Any thread, under any lock of the
 * program, in signal handlers. */
#include "thread/vector_clock.h"

#include "base/lost.h"
#include "os/sys.h"
#include "os/atomics.h"

_Atomic bool rs_vector_clock_is_blind;
_Atomic uint64_t rs_vector_clock_running[RS_CLOCK_WORDS];

void
rs_vector_clock_begin(unsigned slot)
{
    atomic_fetch_or_explicit(&rs_vector_clock_running[slot / 64],
                             UINT64_C(1) << slot % 64, memory_order_relaxed);
}

void
rs_vector_clock_end(unsigned slot)
{
    atomic_fetch_and_explicit(&rs_vector_clock_running[slot / 64],
                              ~(UINT64_C(1) << slot % 64),
                              memory_order_relaxed);
}

static struct rs_clock_block *
go_blind(void)
{
    if (!atomic_exchange_explicit(&rs_vector_clock_is_blind, true,
                                  memory_order_relaxed))
        rs_lost_count(RS_LOST_ORDER);
    return NULL;
}

/* Release: publishes the zeros. Pairs with the acquire in
 * rs_vector_clock_of(). */
struct rs_clock_block *
rs_vector_clock_map(struct rs_vector_clock clock, unsigned slot)
{
    _Atomic(struct rs_clock_block *) *place =
        &clock.table
             ->blocks[clock.row / RS_CLOCK_BLOCK][slot / RS_CLOCK_BLOCK];
    struct rs_clock_block *block = rs_sys_map(sizeof(*block));
    struct rs_clock_block *other = NULL;

    if (block == NULL)
        return go_blind();
    if (atomic_compare_exchange_strong_explicit(
            place, &other, block, memory_order_acq_rel, memory_order_acquire))
        return block;
    rs_sys_unmap(block, sizeof(*block));
    return other;
}

void
rs_clock_table_clear(struct rs_clock_table *table)
{
    for (unsigned row = 0; row < RS_CLOCK_ROWS; row++)
        rs_store(&table->widths[row], 0);
    for (unsigned i = 0; i < RS_CLOCK_ROWS / RS_CLOCK_BLOCK; i++) {
        for (unsigned j = 0; j < RS_ORDER_SLOTS / RS_CLOCK_BLOCK; j++) {
            struct rs_clock_block *block = rs_load(&table->blocks[i][j]);

            if (block != NULL)
                rs_sys_unmap(block, sizeof(*block));
            rs_store(&table->blocks[i][j], NULL);
        }
    }
}
