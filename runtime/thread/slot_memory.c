/* SPDX-License-Identifier: MIT */
/* slot_memory.c -- see slot_memory.h. Any thread, in signal handlers. */
#include "thread/slot_memory.h"

#include "os/sys.h"

void *
rs_slot_memory_map(struct rs_slot_memory *memory, unsigned slot, size_t bytes)
{
    const size_t all = RS_SLOT_MEMORY_BLOCK * bytes;
    char *block, *other = NULL;

    if (rs_slot_memory_get(memory, slot, bytes) != NULL)
        return rs_slot_memory_get(memory, slot, bytes);
    block = rs_sys_map(all);
    if (block == NULL)
        return NULL;
    /* Release: publishes the zeros. */
    if (!atomic_compare_exchange_strong_explicit(
            &memory->blocks[slot / RS_SLOT_MEMORY_BLOCK], &other, block,
            memory_order_release, memory_order_relaxed))
        rs_sys_unmap(block, all);
    return rs_slot_memory_get(memory, slot, bytes);
}
