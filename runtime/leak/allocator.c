/* SPDX-License-Identifier: MIT */
/* allocator.c -- see allocator.h. At the end of the process; memory is read by address
 * only where it was checked to be there. */
#include "leak/allocator.h"
#include "leak/allocator_mimalloc.h"

#include "host/host.h"
#include "os/sys.h"

#include <string.h>

/* struct pool_header */
#define POOL_FREE   8 /* list of free blocks */
#define POOL_CLASS  36
#define POOL_NEXT   40 /* offset of what was never given out */
#define POOL_LAST   44 /* … when there is room for one more block */
#define POOL_HEADER 48
#define CLASSES     32
#define CLASS_BYTES 16

struct pool {
    const unsigned char *copy;
    uintptr_t address;
    uint32_t used, block_bytes, next;
};

static uint32_t
half_at(const unsigned char *bytes, size_t offset)
{
    uint32_t half;

    memcpy(&half, bytes + offset, sizeof(half));
    return half;
}

static uintptr_t
word_at(const unsigned char *bytes, size_t offset)
{
    uintptr_t word;

    memcpy(&word, bytes + offset, sizeof(word));
    return word;
}

/* Is it a block that was given out before? */
static bool
is_block(const struct pool *pool, uintptr_t offset)
{
    return offset >= POOL_HEADER && offset < pool->next &&
           (offset - POOL_HEADER) % pool->block_bytes == 0;
}

/* Calls `visit` with the offset of each free block; false when the list is not
 * as it must be. */
static bool
each_free(const struct pool *pool, void (*visit)(void *, uintptr_t),
          void *context)
{
    uint32_t blocks = (pool->next - POOL_HEADER) / pool->block_bytes;
    uintptr_t block = word_at(pool->copy, POOL_FREE);
    uint32_t count = 0;

    for (; block != 0; count++) {
        uintptr_t offset = block - pool->address;

        if (count == blocks || !is_block(pool, offset))
            return false;
        block = word_at(pool->copy, offset);
        if (visit != NULL)
            visit(context, offset);
    }
    return count + pool->used == blocks;
}

static bool
open_pool(struct pool *pool, uintptr_t address, const unsigned char *copy)
{
    uint32_t class = half_at(copy, POOL_CLASS);

    *pool = (struct pool){.copy = copy,
                          .address = address,
                          .used = half_at(copy, 0),
                          .block_bytes = (class + 1) * CLASS_BYTES,
                          .next = half_at(copy, POOL_NEXT)};
    return class < CLASSES && half_at(copy, 4) == 0 &&
           half_at(copy, POOL_LAST) ==
               RS_HEAP_UNIT_BYTES - pool->block_bytes &&
           pool->next >= POOL_HEADER + pool->block_bytes &&
           pool->next <= RS_HEAP_UNIT_BYTES &&
           (pool->next - POOL_HEADER) % pool->block_bytes == 0 &&
           each_free(pool, NULL, NULL);
}

struct wiping {
    unsigned char *copy;
    uint32_t block_bytes;
};

/* All but the link, which the walk goes on by. */
static void
wipe_block(void *context, uintptr_t offset)
{
    const struct wiping *wiping = context;

    memset(wiping->copy + offset + sizeof(uintptr_t), 0,
           wiping->block_bytes - sizeof(uintptr_t));
}

/* A link to a free block is a reference to nothing that is alive. */
static void
wipe_pool(uintptr_t unit, unsigned char *copy)
{
    struct wiping wiping = {.copy = copy};
    struct pool pool;

    if (!open_pool(&pool, unit, copy))
        return;
    wiping.block_bytes = pool.block_bytes;
    (void)each_free(&pool, wipe_block, &wiping);
    memset(copy + pool.next, 0, RS_HEAP_UNIT_BYTES - pool.next);
}

struct search {
    uintptr_t offset;
    bool is_free;
};

static void
compare_block(void *context, uintptr_t offset)
{
    struct search *search = context;

    search->is_free |= offset == search->offset;
}

static bool
find_in_pool(uintptr_t address, uintptr_t *low, uintptr_t *high)
{
    uintptr_t unit = address & ~(uintptr_t)(RS_HEAP_UNIT_BYTES - 1);
    unsigned char copy[RS_HEAP_UNIT_BYTES];
    struct search search = {.offset = address - unit - POOL_HEADER};
    struct pool pool;

    if (!rs_sys_read_memory(unit, copy, sizeof(copy)) ||
        !open_pool(&pool, unit, copy) || address - unit < POOL_HEADER ||
        address - unit >= pool.next)
        return false;
    search.offset = address - unit;
    search.offset -= (search.offset - POOL_HEADER) % pool.block_bytes;
    (void)each_free(&pool, compare_block, &search);
    *low = unit + search.offset;
    *high = *low + pool.block_bytes;
    return !search.is_free;
}

void
rs_allocator_wipe_free(uintptr_t unit, unsigned char *copy)
{
    if (rs_host->is_free_threaded)
        rs_allocator_mimalloc_wipe(unit, copy);
    else
        wipe_pool(unit, copy);
}

bool
rs_allocator_find_used(uintptr_t address, uintptr_t *low, uintptr_t *high)
{
    return rs_host->is_free_threaded
               ? rs_allocator_mimalloc_find(address, low, high)
               : find_in_pool(address, low, high);
}
