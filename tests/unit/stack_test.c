/* SPDX-License-Identifier: MIT */
/* stack_test.c -- the depot of stacks, and the depot under it. */
#include "stack/stack.h"

#include "unit.h"

#include <stdlib.h>

#include "base/depot.h"
#include "base/lost.h"

#define MANY 20000

static void
make_frames(rs_frame *frames, unsigned count, uint64_t seed)
{
    for (unsigned i = 0; i < count; i++)
        frames[i] = seed * 1000003 + i * 4096 + 1;
}

static void
test_same_and_different(void)
{
    rs_frame frames[8], copy[8];
    rs_stack a, b;

    make_frames(frames, 8, 1);
    a = rs_stack_put(frames, 8);
    UNIT_CHECK(a.id != 0);
    UNIT_EQ(rs_stack_put(frames, 8).id, a.id);
    b = rs_stack_put(frames, 7);
    UNIT_CHECK(b.id != 0 && b.id != a.id);
    frames[7]++;
    UNIT_CHECK(rs_stack_put(frames, 8).id != a.id);
    UNIT_EQ(rs_stack_get(a, copy, 8), 8);
    UNIT_EQ(copy[7], frames[7] - 1);
    UNIT_EQ(rs_stack_get(b, copy, 8), 7);
}

static void
test_edges(void)
{
    rs_frame frames[RS_STACK_FRAMES_MAX + 9] = {0};
    rs_frame copy[RS_STACK_FRAMES_MAX + 9] = {0};
    rs_stack stack;

    UNIT_EQ(rs_stack_put(frames, 0).id, 0);
    UNIT_EQ(rs_stack_get(RS_STACK_NONE, copy, 8), 0);
    UNIT_EQ(rs_stack_get((rs_stack){UINT32_MAX}, copy, 8), 0);
    make_frames(frames, RS_STACK_FRAMES_MAX + 9, 2);
    stack = rs_stack_put(frames, RS_STACK_FRAMES_MAX + 9);
    UNIT_EQ(rs_stack_get(stack, copy, RS_STACK_FRAMES_MAX + 9),
            RS_STACK_FRAMES_MAX);
    UNIT_EQ(copy[RS_STACK_FRAMES_MAX], 0);
    copy[3] = 42;
    UNIT_EQ(rs_stack_get(stack, copy, 3), 3);
    UNIT_EQ(copy[2], frames[2]);
    UNIT_EQ(copy[3], 42);
}

static void
test_many(void)
{
    static rs_stack stacks[MANY];
    rs_frame frames[20], copy[20];
    int wrong = 0;

    for (unsigned i = 0; i < MANY; i++) {
        make_frames(frames, 1 + i % 20, 10 + i);
        stacks[i] = rs_stack_put(frames, 1 + i % 20);
    }
    for (unsigned i = 0; i < MANY; i++) {
        unsigned count = 1 + i % 20;

        make_frames(frames, count, 10 + i);
        wrong += rs_stack_put(frames, count).id != stacks[i].id;
        wrong += rs_stack_get(stacks[i], copy, 20) != count ||
                 memcmp(frames, copy, count * sizeof(frames[0])) != 0;
    }
    UNIT_EQ(wrong, 0);
    UNIT_CHECK(rs_stack_used_bytes() > MANY * 10 * sizeof(rs_frame));
}

/* A full depot says so, keeps what it has, and does not run over its end. */
static void
test_full(void)
{
    rs_frame frames[20], copy[20];
    uint64_t lost = rs_lost_get(RS_LOST_STACKS);
    rs_stack first;
    unsigned put = 0;

    rs_stack_start(4096);
    make_frames(frames, 20, 0);
    first = rs_stack_put(frames, 20);
    for (unsigned i = 1; i <= 100; i++) {
        make_frames(frames, 20, i);
        put += rs_stack_put(frames, 20).id != 0;
    }
    UNIT_CHECK(put > 10 && put < 4096 / sizeof(frames));
    UNIT_EQ(rs_lost_get(RS_LOST_STACKS) - lost, 100 - put);
    UNIT_CHECK(rs_stack_used_bytes() <= 4096);
    UNIT_EQ(rs_stack_get(first, copy, 20), 20);
    make_frames(frames, 20, 0);
    UNIT_EQ(rs_stack_put(frames, 20).id, first.id);
}

static void
test_no_memory(void)
{
    static struct rs_depot depot;
    uint64_t word = 1;
    size_t bytes = 7;

    UNIT_EQ(rs_depot_put(&depot, &word, 8, 8), 0);
    UNIT_EQ(rs_depot_find(&depot, &word, 8), 0);
    UNIT_CHECK(rs_depot_get(&depot, 1, &bytes) == NULL);
    UNIT_EQ(bytes, 0);
    UNIT_EQ(rs_depot_used_bytes(&depot), 0);
}

/* Found by its key; the rest is payload, and the first one stays. */
static void
test_keys(void)
{
    static struct rs_depot depot;
    uint64_t entry[3] = {1, 2, 30}, other[3] = {1, 2, 40};
    uint64_t short_key[1] = {1};
    const uint64_t *data;
    size_t bytes;
    uint32_t id;

    rs_depot_start(&depot, 4096);
    UNIT_EQ(rs_depot_find(&depot, entry, 16), 0);
    id = rs_depot_put(&depot, entry, 24, 16);
    UNIT_EQ(rs_depot_put(&depot, other, 24, 16), id);
    UNIT_EQ(rs_depot_find(&depot, other, 16), id);
    UNIT_EQ(rs_depot_find(&depot, short_key, 8), 0);
    data = rs_depot_get(&depot, id, &bytes);
    UNIT_EQ(bytes, 24);
    UNIT_EQ(data[2], 30);
}

/* Memory comes in pieces: no entry crosses from one to the next, and the last
 * one is a short one. */
static void
test_pieces(void)
{
    static struct rs_depot depot;
    static uint32_t ids[8192];
    const size_t bytes = ((size_t)5 << 19) + 24;
    uint64_t entry[61] = {0};
    unsigned put = 0;
    bool is_whole = true;

    UNIT_CHECK(rs_depot_start(&depot, bytes));
    for (; put < 8192; put++) {
        entry[0] = entry[60] = put;
        ids[put] = rs_depot_put(&depot, entry, sizeof(entry), 8);
        if (ids[put] == 0)
            break;
    }
    UNIT_CHECK(put > 5100 && put <= bytes / sizeof(entry));
    UNIT_CHECK(rs_depot_used_bytes(&depot) <= bytes);
    for (unsigned i = 0; i < put; i++) {
        size_t got;
        const uint64_t *data = rs_depot_get(&depot, ids[i], &got);

        is_whole &= data != NULL && got == sizeof(entry) && data[0] == i &&
                    data[60] == i;
    }
    UNIT_CHECK(is_whole);
    UNIT_CHECK(rs_depot_get(&depot, UINT32_MAX, &(size_t){0}) == NULL);
}

int
main(void)
{
    rs_stack_start((size_t)16 << 20);
    test_same_and_different();
    test_edges();
    test_many();
    test_full();
    test_no_memory();
    test_keys();
    test_pieces();
    return unit_result();
}
