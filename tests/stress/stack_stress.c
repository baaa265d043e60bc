/* SPDX-License-Identifier: MIT */
/* stack_stress.c -- eight threads put the same stacks, in different orders, and
 * read what the others put, by ids that travel relaxed. Under TSan it shows
 * that entries are published; everywhere, that an id never leads to frames
 * that were not put under it, and that few stacks were stored twice. */
#include "stack/stack.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/lost.h"
#include "unit.h"

#define THREADS 8
#define STACKS  4096
#define ROUNDS  12

static _Atomic uint32_t ids[STACKS]; /* the last id somebody got; relaxed */
static pthread_barrier_t start;
static _Atomic int wrong_frames, late_ids, duplicates;

static unsigned
make_frames(rs_frame *frames, uint32_t which)
{
    unsigned count = 1 + which % 31;

    for (unsigned i = 0; i < count; i++)
        frames[i] = (uint64_t)which * 0x9e3779b97f4a7c15u + i;
    return count;
}

static void
check_id(uint32_t which, uint32_t id)
{
    rs_frame wanted[32], seen[32];
    unsigned count = make_frames(wanted, which);
    unsigned got = rs_stack_get((rs_stack){id}, seen, 32);

    if (got == 0)
        atomic_fetch_add(&late_ids, 1); /* legal: the id was faster */
    else if (got != count || memcmp(wanted, seen, count * sizeof(*seen)) != 0)
        atomic_fetch_add(&wrong_frames, 1);
}

static void *
work(void *argument)
{
    unsigned seed = (unsigned)(uintptr_t)argument;
    rs_frame frames[32];

    pthread_barrier_wait(&start);
    for (unsigned i = 0; i < STACKS * ROUNDS; i++) {
        uint32_t which = (uint32_t)rand_r(&seed) % STACKS;
        unsigned count = make_frames(frames, which);
        uint32_t id = rs_stack_put(frames, count).id;
        uint32_t before =
            atomic_exchange_explicit(&ids[which], id, memory_order_relaxed);
        uint32_t other = (which * 7 + i) % STACKS;
        uint32_t seen =
            atomic_load_explicit(&ids[other], memory_order_relaxed);

        if (before != 0 && before != id)
            atomic_fetch_add(&duplicates, 1);
        if (seen != 0)
            check_id(other, seen);
        check_id(which, id);
    }
    return NULL;
}

int
main(void)
{
    pthread_t threads[THREADS];

    rs_stack_start((size_t)8 << 20);
    pthread_barrier_init(&start, NULL, THREADS);
    for (uintptr_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)(i + 1));
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    UNIT_EQ(wrong_frames, 0);
    UNIT_EQ(rs_lost_get(RS_LOST_STACKS), 0);
    for (uint32_t i = 0; i < STACKS; i++)
        check_id(i, ids[i]);
    UNIT_EQ(wrong_frames, 0);
    /* Some stack twice is legal; all of them would mean no sharing. */
    UNIT_CHECK(rs_stack_used_bytes() <
               2 * STACKS * (16 * sizeof(rs_frame) + 32));
    printf("%d late ids, %d changed ids\n", late_ids, duplicates);
    return unit_result();
}
