/* SPDX-License-Identifier: MIT */
/* happens_before_stress.c -- threads that hand things to each other through
 * more locks than have a clock of their own, some of them as threads without a
 * slot; and through a channel that all send to at once. What came before by a
 * lock of the program is never called unordered. */
#include "thread/happens_before.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/lost.h"
#include "unit.h"

#define THREADS 4
#define LOCKS   6000
#define ROUNDS  120000
#define TURNS   3000
#define CHANNEL 0x10

static const struct rs_order_locks none = {{0}};

/* Something that is done under a lock, and who did it last. */
static struct guarded {
    pthread_mutex_t lock;
    unsigned slot;
    uint32_t when;
} guarded[LOCKS];

static struct {
    unsigned slot;
    uint32_t when;
} sent[THREADS + 1];
static pthread_barrier_t barrier;

static void
check_before(unsigned slot, unsigned other, uint32_t when)
{
    if (other != 0 && other != slot)
        UNIT_CHECK(rs_happens_before_of(slot, other, when, &none) !=
                   RS_ORDER_NONE);
}

/* Few of them often, and many seldom: so clocks are met, and make room. */
static void
hand_over(unsigned slot, uint32_t random)
{
    struct guarded *its =
        &guarded[(random >> 8) % (random % 4 == 0 ? 8 : LOCKS)];

    pthread_mutex_lock(&its->lock);
    rs_happens_before_acquire(slot, (uintptr_t)&its->lock);
    check_before(slot, its->slot, its->when);
    its->slot = slot;
    its->when = rs_happens_before_act(slot);
    rs_happens_before_release(random % 64 != 0 ? slot : 0,
                              (uintptr_t)&its->lock);
    pthread_mutex_unlock(&its->lock);
}

/* All send at once, and then each receives what all have sent. */
static void
take_turn(unsigned slot, int turn)
{
    sent[slot].slot = slot;
    sent[slot].when = rs_happens_before_act(slot);
    pthread_barrier_wait(&barrier);
    rs_happens_before_release(slot, CHANNEL + (uintptr_t)turn * 8);
    pthread_barrier_wait(&barrier);
    rs_happens_before_acquire(slot, CHANNEL + (uintptr_t)turn * 8);
    for (int i = 1; i <= THREADS; i++)
        check_before(slot, sent[i].slot, sent[i].when);
    pthread_barrier_wait(&barrier);
}

static void *
work(void *number)
{
    unsigned slot = (unsigned)(uintptr_t)number;
    unsigned random = slot;

    for (int i = 0; i < ROUNDS; i++)
        hand_over(slot, (uint32_t)rand_r(&random));
    for (int turn = 0; turn < TURNS; turn++)
        take_turn(slot, turn);
    return NULL;
}

/* After all that, threads without a lock in common are still told apart. */
static void
check_unordered(void)
{
    for (unsigned slot = 1; slot <= THREADS; slot++) {
        unsigned other = slot % THREADS + 1;
        uint32_t when = rs_happens_before_act(other);

        rs_happens_before_release(other, 0x900000 + slot * 16);
        when = rs_happens_before_act(other);
        rs_happens_before_acquire(slot, 0x900000 + slot * 16);
        UNIT_EQ(rs_happens_before_of(slot, other, when, &none), RS_ORDER_NONE);
    }
}

int
main(void)
{
    pthread_t threads[THREADS];

    rs_happens_before_start();
    pthread_barrier_init(&barrier, NULL, THREADS);
    for (int i = 0; i < LOCKS; i++)
        pthread_mutex_init(&guarded[i].lock, NULL);
    for (unsigned slot = 1; slot <= THREADS; slot++)
        rs_happens_before_begin(slot, 0);
    for (uintptr_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)(i + 1));
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    UNIT_CHECK(rs_lost_get(RS_LOST_LOCK_CLOCKS) > LOCKS);
    check_unordered();
    return unit_result();
}
