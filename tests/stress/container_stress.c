/* SPDX-License-Identifier: MIT */
/* container_stress.c -- threads that change containers which have one place in
 * the table. What is known of a container was done to it, by the thread that
 * is named, then, and under these locks; and where there is room, it is known.
 */
#include "track/container.h"

#include <pthread.h>

#include "base/lost.h"
#include "shadow/shadow.h"
#include "thread/thread.h"
#include "unit.h"

#define THREADS 4
#define ROUNDS  20000
#define CROWD   6 /* beside the first one */

/* All in one place of the table. */
static _Alignas(16) char arena[1 << 21];
static uintptr_t containers[CROWD + 1];
static pthread_barrier_t barrier;
static unsigned slots[THREADS];

static struct rs_host host = {
    .kind = RS_HOST_EMBEDDED, .version = 0x030f02f0, .layout = RS_LAYOUT_WIDE};

/* All of it says the container, the thread and the round. */
static struct rs_access
make_change(unsigned which, unsigned slot, uint32_t round)
{
    return (struct rs_access){
        .slot = slot,
        .when = round + 1,
        .op = RS_EV_STEAL,
        .stack = {which << 8 | slot},
        .locks = {{round << 4 | which, round << 8 | slot}},
    };
}

static void
change(unsigned which, unsigned slot, uint32_t round)
{
    struct rs_access now = make_change(which, slot, round);

    now.stack.id = 0; /* the first one's */
    if (!rs_container_change(containers[which], &now))
        return;
    now = make_change(which, slot, round);
    rs_container_keep(containers[which], &now);
}

static void
check_change(unsigned which, const struct rs_access *seen)
{
    struct rs_access wanted = make_change(which, seen->slot, seen->when - 1);

    UNIT_EQ(seen->stack.id, wanted.stack.id);
    UNIT_EQ(seen->op, wanted.op);
    UNIT_EQ(seen->locks.tags[0], wanted.locks.tags[0]);
    UNIT_EQ(seen->locks.tags[1], wanted.locks.tags[1]);
}

/* One container, which has the place for itself: all changes have room. */
static void
change_in_turn(unsigned me, uint32_t round)
{
    struct rs_access seen[RS_ACCESSES];

    change(0, slots[me], round);
    pthread_barrier_wait(&barrier);
    UNIT_EQ(rs_container_changes(containers[0], slots[me], seen), THREADS - 1);
    for (int i = 0; i < THREADS - 1; i++) {
        UNIT_EQ(seen[i].when, round + 1);
        check_change(0, &seen[i]);
    }
    pthread_barrier_wait(&barrier);
}

/* The same without any turn: what is read is whole. */
static void
change_freely(unsigned me, uint32_t round)
{
    struct rs_access seen[RS_ACCESSES];
    unsigned count;

    change(0, slots[me], round);
    count = rs_container_changes(containers[0], slots[me], seen);
    for (unsigned i = 0; i < count; i++)
        check_change(0, &seen[i]);
}

/* More containers than there is room for, each of two threads, which begin
 * at once: what is known is true. */
static void
change_in_a_crowd(unsigned me, uint32_t round)
{
    struct rs_access seen[RS_ACCESSES];
    unsigned which = 1 + me / 2 * (CROWD / 2) + round % (CROWD / 2);
    unsigned count;

    pthread_barrier_wait(&barrier);
    change(which, slots[me], round);
    count = rs_container_changes(containers[which], slots[me], seen);
    for (unsigned i = 0; i < count; i++) {
        UNIT_EQ(seen[i].slot, slots[me ^ 1]);
        check_change(which, &seen[i]);
    }
}

static void *
work(void *number)
{
    unsigned me = (unsigned)(uintptr_t)number;
    struct rs_thread *self = rs_thread_enter();

    slots[me] = self->slot;
    if (me == 0)
        for (int i = 0; i <= CROWD; i++)
            rs_shadow_born(containers[i], self);
    rs_thread_leave(self);
    pthread_barrier_wait(&barrier);
    rs_container_use(containers[0], self->slot);
    pthread_barrier_wait(&barrier);
    for (uint32_t round = 0; round < ROUNDS; round++)
        change_in_turn(me, round);
    for (uint32_t round = 0; round < 10 * ROUNDS; round++)
        change_freely(me, round);
    UNIT_EQ(rs_lost_get(RS_LOST_CONTAINERS), 0);
    pthread_barrier_wait(&barrier);
    for (uint32_t round = 0; round < ROUNDS; round++)
        change_in_a_crowd(me, round);
    pthread_barrier_wait(&barrier);
    return NULL;
}

static void
find_containers(void)
{
    uintptr_t first = (uintptr_t)arena, next = first;

    for (int i = 0; i <= CROWD; i++, next += 16) {
        while (rs_access_index(next) != rs_access_index(first))
            next += 16;
        containers[i] = next;
    }
    UNIT_CHECK(next <= first + sizeof(arena));
}

int
main(void)
{
    pthread_t threads[THREADS];

    rs_host_set(&host);
    rs_thread_start(256, 256);
    rs_shadow_start(1024);
    rs_container_start();
    find_containers();
    pthread_barrier_init(&barrier, NULL, THREADS);
    for (uintptr_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    UNIT_CHECK(rs_lost_get(RS_LOST_CONTAINERS) > 0);
    return unit_result();
}
