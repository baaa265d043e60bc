/* SPDX-License-Identifier: MIT */
/* dealloc_locks_stress.c -- deallocs of types that have one place in the table,
 * on several threads. What is known of a type are the locks that each of its
 * deallocs takes, and no lock of another type. */
#include "track/dealloc_locks.h"

#include <pthread.h>

#include "base/lost.h"
#include "shadow/shadow.h"
#include "track/locks.h"
#include "unit.h"

#define THREADS 4
#define TYPES   3
#define ROUNDS  100000

static uintptr_t types[TYPES];
static pthread_barrier_t barrier;

static uintptr_t
lock_of(unsigned which)
{
    return 0x200 + 0x10 * which;
}

static void
dealloc(unsigned which, unsigned slot)
{
    uintptr_t object = (uintptr_t)slot << 8 | which;

    rs_dealloc_locks_begin(object, types[which], slot,
                           (rs_stack){which << 8 | slot});
    rs_locks_take(lock_of(which));
    rs_locks_release(lock_of(which));
    rs_dealloc_locks_end(object);
}

/* Holding the lock of each dealloc of the type, and then that of another. */
static unsigned
ask(unsigned which, uintptr_t lock)
{
    struct rs_step step = {.told_count = 0};
    const struct rs_dealloc_locks_facts *facts = &step.dealloc_locks;

    rs_locks_take(lock);
    rs_dealloc_locks_describe(types[which], &step);
    rs_locks_release(lock);
    if (!facts->is_known)
        return 0;
    UNIT_EQ(facts->is_common, lock == lock_of(which));
    UNIT_CHECK(facts->is_guarded);
    UNIT_EQ(step.told_count, 1);
    UNIT_EQ(step.told[0].stack.id, which << 8 | step.told[0].slot);
    return 1;
}

static void *
work(void *number)
{
    unsigned slot = (unsigned)(uintptr_t)number;
    unsigned known = 0;

    pthread_barrier_wait(&barrier);
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned which = (round / 64 + slot) % TYPES;

        dealloc(which, slot);
        known += ask(which, lock_of(which));
        known += ask(which, lock_of((which + 1) % TYPES));
    }
    UNIT_CHECK(known > 0);
    return NULL;
}

/* By one thread alone: what replaced another type is known, and counted. */
static void
check_alone(void)
{
    uint64_t lost = rs_lost_get(RS_LOST_DEALLOC_LOCKS);

    for (unsigned which = 0; which < TYPES; which++) {
        dealloc(which, 9);
        dealloc(which, 9);
        UNIT_EQ(ask(which, lock_of(which)), 1);
        UNIT_EQ(ask((which + 1) % TYPES, lock_of(which)), 0);
    }
    UNIT_CHECK(rs_lost_get(RS_LOST_DEALLOC_LOCKS) >= lost + TYPES - 1);
}

/* In one place of 256, as dealloc_locks.c has them. */
static void
find_types(void)
{
    uintptr_t type = 0x10000;

    for (unsigned which = 0; which < TYPES; type += 16) {
        if (((type >> 4) * UINT64_C(0x9e3779b97f4a7c15)) >> 56 == 7)
            types[which++] = type;
    }
}

int
main(void)
{
    pthread_t threads[THREADS];

    rs_shadow_start(16);
    rs_dealloc_locks_start();
    find_types();
    pthread_barrier_init(&barrier, NULL, THREADS);
    for (uintptr_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)(i + 1));
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    check_alone();
    return unit_result();
}
