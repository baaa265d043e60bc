/* SPDX-License-Identifier: MIT */
/* allocator_test.c -- a pool and a page made by hand: what is free in them,
 * and that nothing is believed of one whose numbers do not fit. */
#include "../../runtime/leak/allocator.h"

#include "../../runtime/host/host.h"
#include "../../runtime/os/sys.h"

#include "unit.h"

#include <stddef.h>

#define BLOCK   64
#define SEGMENT ((uintptr_t)32 << 20)

struct pool {
    uint32_t used, padding;
    uintptr_t free;
    uintptr_t neighbours[2];
    uint32_t arena, class, next, last;
    unsigned char blocks[RS_HEAP_UNIT_BYTES - 48];
};

static _Alignas(RS_HEAP_UNIT_BYTES) struct pool pool;

/* Blocks 0 to 4 were given out; 1 and 3 are free again. */
static void
make_pool(void)
{
    uintptr_t first = (uintptr_t)pool.blocks;

    memset(&pool, 0xab, sizeof(pool));
    pool.used = 3;
    pool.padding = 0;
    pool.class = BLOCK / 16 - 1;
    pool.next = 48 + 5 * BLOCK;
    pool.last = RS_HEAP_UNIT_BYTES - BLOCK;
    pool.free = first + 3 * BLOCK;
    memcpy(&pool.blocks[3 * BLOCK], &(uintptr_t){first + BLOCK}, 8);
    memcpy(&pool.blocks[1 * BLOCK], &(uintptr_t){0}, 8);
}

static bool
is_used(unsigned offset)
{
    uintptr_t low = 0, high = 0;
    bool answer =
        rs_allocator_find_used((uintptr_t)pool.blocks + offset, &low, &high);

    if (answer) {
        UNIT_EQ(low, (uintptr_t)pool.blocks + offset / BLOCK * BLOCK);
        UNIT_EQ(high - low, BLOCK);
    }
    return answer;
}

static void
test_pool(void)
{
    static struct pool copy;

    make_pool();
    UNIT_CHECK(is_used(0));
    UNIT_CHECK(!is_used(1 * BLOCK));
    UNIT_CHECK(is_used(2 * BLOCK + 16));
    UNIT_CHECK(!is_used(3 * BLOCK));
    UNIT_CHECK(!is_used(5 * BLOCK)); /* never given out */
    copy = pool;
    rs_allocator_wipe_free((uintptr_t)&pool, (unsigned char *)&copy);
    UNIT_EQ(copy.blocks[0], 0xab);
    UNIT_EQ(copy.blocks[BLOCK + 8], 0);
    UNIT_EQ(copy.blocks[2 * BLOCK + 8], 0xab);
    UNIT_EQ(copy.blocks[3 * BLOCK + 8], 0);
    UNIT_EQ(copy.blocks[5 * BLOCK], 0);
}

static void
check_disbelieved(const char *row)
{
    static struct pool copy;

    UNIT_ROW(row);
    copy = pool;
    rs_allocator_wipe_free((uintptr_t)&pool, (unsigned char *)&copy);
    UNIT_EQ(memcmp(&copy, &pool, sizeof(pool)), 0);
    UNIT_CHECK(!is_used(0));
    UNIT_ROW(NULL);
}

static void
test_no_pool(void)
{
    make_pool();
    pool.used = 4;
    check_disbelieved("one more in use than there can be");
    make_pool();
    memcpy(&pool.blocks[BLOCK], &(uintptr_t){(uintptr_t)pool.blocks + 8}, 8);
    check_disbelieved("a list that leaves the blocks");
    make_pool();
    memcpy(&pool.blocks[BLOCK], &(uintptr_t){pool.free}, 8);
    check_disbelieved("a list without an end");
    make_pool();
    pool.class = 40;
    check_disbelieved("no such class");
    memset(&pool, 0, sizeof(pool));
    check_disbelieved("zeros");
}

static void
put(uintptr_t at, uintptr_t word, size_t bytes)
{
    memcpy((void *)at, &word, bytes);
}

/* Slice 0 is the head, slices 1 and 2 a page, the rest free. */
static uintptr_t
make_segment(void)
{
    uintptr_t memory = (uintptr_t)rs_sys_map(2 * SEGMENT);
    uintptr_t segment = (memory + SEGMENT - 1) & ~(SEGMENT - 1);
    uintptr_t page = segment + 264 + 96, rest = segment + 264 + 3 * 96;
    uintptr_t first = segment + (1 << 16) + 3 * BLOCK;

    put(segment + 32, SEGMENT, 8);
    put(segment + 224, 512, 8);
    put(segment + 232, 1, 8);
    put(segment + 248, 512, 8);
    put(segment + 264, 1, 4);
    put(page, 2, 4);
    put(page + 10, 4, 2); /* four blocks … */
    put(page + 24, 3, 4); /* … one of them free, three in use … */
    put(page + 28, BLOCK, 4);
    put(page + 16, first, 8);
    put(page + 40, (first + BLOCK) | 1, 8); /* … and of these one freed */
    put(rest, 509, 4);
    for (unsigned i = 0; i < 4 * BLOCK; i += 8)
        put(first + i, i < 2 * BLOCK ? 0 : 0xab, 8);
    return first;
}

static void
test_page(void)
{
    static uintptr_t copy[RS_HEAP_UNIT_BYTES / sizeof(uintptr_t)];
    uintptr_t first = make_segment(), low, high;
    uintptr_t unit = first & ~(uintptr_t)(RS_HEAP_UNIT_BYTES - 1);
    size_t at = (first - unit) / sizeof(uintptr_t);

    UNIT_CHECK(!rs_allocator_find_used(first, &low, &high));
    UNIT_CHECK(!rs_allocator_find_used(first + BLOCK, &low, &high));
    UNIT_CHECK(rs_allocator_find_used(first + 2 * BLOCK + 16, &low, &high));
    UNIT_EQ(low, first + 2 * BLOCK);
    UNIT_EQ(high, first + 3 * BLOCK);
    UNIT_CHECK(!rs_allocator_find_used(first + 4 * BLOCK, &low, &high));
    memset(copy, 0xff, sizeof(copy));
    rs_allocator_wipe_free(unit, (unsigned char *)copy);
    UNIT_EQ(copy[at], 0);
    UNIT_EQ(copy[at + BLOCK / 8], 0);
    UNIT_EQ(copy[at + 2 * BLOCK / 8], -1);
    UNIT_EQ(copy[at + 4 * BLOCK / 8], 0);
    put(first + BLOCK, first + 3 * BLOCK, 8); /* more freed than in use */
    put(first + 3 * BLOCK, first + 2 * BLOCK, 8);
    put(first + 2 * BLOCK, first + BLOCK, 8);
    UNIT_CHECK(!rs_allocator_find_used(first + 2 * BLOCK, &low, &high));
}

int
main(void)
{
    struct rs_host host = {.kind = RS_HOST_CPYTHON};

    rs_host_set(&host);
    test_pool();
    test_no_pool();
    host.is_free_threaded = true;
    rs_host_set(&host);
    test_page();
    return unit_result();
}
