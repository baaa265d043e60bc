/* SPDX-License-Identifier: MIT */
/* slot_memory.h -- memory of each slot's own, mapped for BLOCK slots at a time
 * when the first of them needs it. It stays with the slot. */
#pragma once

#include <stdatomic.h>
#include <stddef.h>

#include "thread/slots.h"
#include "os/atomics.h"

#define RS_SLOT_MEMORY_BLOCK 16

struct rs_slot_memory {
    _Atomic(char *) blocks[RS_THREAD_SLOTS / RS_SLOT_MEMORY_BLOCK];
};

/* `bytes`, the same for all slots of a block, at first zero; NULL when there
 * is no memory. Maps the block if need be, and never allocates. */
void *rs_slot_memory_map(struct rs_slot_memory *memory, unsigned slot,
                         size_t bytes);

/* The same when it is mapped; else NULL. Acquire: pairs with the release in
 * rs_slot_memory_map(). */
static inline void *
rs_slot_memory_get(struct rs_slot_memory *memory, unsigned slot, size_t bytes)
{
    char *block =
        rs_load_acquire(&memory->blocks[slot / RS_SLOT_MEMORY_BLOCK]);

    return block == NULL ? NULL : block + slot % RS_SLOT_MEMORY_BLOCK * bytes;
}
