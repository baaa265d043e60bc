/* SPDX-License-Identifier: MIT */
/* locks_stress.c -- threads that take the same mutexes, one within the other,
 * send and wait. What a thread is said to hold is what it holds; and what was
 * done under a mutex is ordered before what is done under it next. */
#include "track/locks.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/lost.h"
#include "shadow/shadow.h"
#include "thread/thread.h"
#include "unit.h"

#define THREADS 4
#define MUTEXES 24
#define ROUNDS  20000
#define QUEUE   0x1000

static struct rs_host host = {
    .kind = RS_HOST_EMBEDDED, .version = 0x030f02f0, .layout = RS_LAYOUT_WIDE};
static const struct rs_order_locks none = {{0}};

/* Who did something under it last, and when. */
static struct guarded {
    pthread_mutex_t mutex;
    unsigned slot;
    uint32_t when;
} guarded[MUTEXES];
static pthread_cond_t is_changed = PTHREAD_COND_INITIALIZER;
static int turn; /* under guarded[0] */
static pthread_barrier_t barrier;

static uintptr_t
lock_of(int i)
{
    return (uintptr_t)&guarded[i].mutex;
}

static void
act_under(unsigned slot, struct guarded *its)
{
    if (its->slot != 0 && its->slot != slot)
        UNIT_CHECK(rs_happens_before_of(slot, its->slot, its->when, &none) !=
                   RS_ORDER_NONE);
    its->slot = slot;
    its->when = rs_happens_before_act(slot);
}

/* Mutexes first … last-1, in their order, one within the other: more than are
 * remembered, or not. */
static void
take_nested(unsigned slot, int first, int last)
{
    int count = last - first;

    for (int i = first; i < last; i++) {
        pthread_mutex_lock(&guarded[i].mutex);
        rs_locks_take(lock_of(i));
        act_under(slot, &guarded[i]);
    }
    for (int i = first; i < last; i++)
        UNIT_CHECK(rs_locks_has(lock_of(i)));
    UNIT_EQ(rs_locks.has_overflown, count > RS_LOCKS_MAX);
    UNIT_EQ(rs_locks_has(1), count > RS_LOCKS_MAX);
    for (int i = last; i-- > first;) {
        rs_locks_release(lock_of(i));
        pthread_mutex_unlock(&guarded[i].mutex);
    }
    UNIT_EQ(rs_locks.count, 0);
    UNIT_CHECK(!rs_locks.has_overflown);
}

/* A critical section of two; while it waits for its turn, the thread has given
 * the first mutex back. */
static void
wait_for_turn(unsigned slot, int me)
{
    uintptr_t section = 0x77;

    pthread_mutex_lock(&guarded[0].mutex);
    rs_locks_take(lock_of(0));
    while (turn % THREADS != me) {
        rs_locks_suspend(lock_of(0));
        UNIT_CHECK(!rs_locks_has(lock_of(0)));
        pthread_cond_wait(&is_changed, &guarded[0].mutex);
        rs_locks_resume(lock_of(0));
    }
    act_under(slot, &guarded[0]);
    pthread_mutex_lock(&guarded[1].mutex);
    rs_locks_begin(section, lock_of(1), lock_of(1));
    act_under(slot, &guarded[1]);
    UNIT_CHECK(rs_locks_has(lock_of(0)) && rs_locks_has(lock_of(1)));
    rs_locks_end(section);
    pthread_mutex_unlock(&guarded[1].mutex);
    turn++;
    pthread_cond_broadcast(&is_changed);
    rs_locks_release(lock_of(0));
    pthread_mutex_unlock(&guarded[0].mutex);
    UNIT_EQ(rs_locks.count, 0);
}

static void *
work(void *number)
{
    int me = (int)(intptr_t)number;
    struct rs_thread *self = rs_thread_enter();
    unsigned random = (unsigned)me;

    pthread_barrier_wait(&barrier);
    for (int round = 0; round < ROUNDS; round++) {
        int first = rand_r(&random) % MUTEXES;
        int last = first + 1 + rand_r(&random) % (MUTEXES - first);

        take_nested(self->slot, first, last);
    }
    for (int round = 0; round < ROUNDS / 10; round++)
        wait_for_turn(self->slot, me);
    rs_thread_leave(self);
    return NULL;
}

/* With no lock in common, threads are told apart after all that. */
static void *
act_alone(void *number)
{
    static uint32_t whens[THREADS + 2 * THREADS];
    int me = (int)(intptr_t)number;
    struct rs_thread *self = rs_thread_enter();

    pthread_barrier_wait(&barrier);
    whens[self->slot] = rs_happens_before_act(self->slot);
    pthread_barrier_wait(&barrier);
    for (unsigned other = 1; other < 3 * THREADS; other++) {
        if (whens[other] != 0 && other != self->slot)
            UNIT_EQ(
                rs_happens_before_of(self->slot, other, whens[other], &none),
                RS_ORDER_NONE);
    }
    pthread_barrier_wait(&barrier);
    rs_locks_send(QUEUE + (uintptr_t)me * 8);
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < THREADS; i++)
        rs_locks_receive(QUEUE + (uintptr_t)i * 8);
    for (unsigned other = 1; other < 3 * THREADS; other++) {
        if (whens[other] != 0 && other != self->slot)
            UNIT_EQ(
                rs_happens_before_of(self->slot, other, whens[other], &none),
                RS_ORDER_BEFORE);
    }
    rs_thread_leave(self);
    return NULL;
}

static void
run_all(void *(*body)(void *))
{
    pthread_t threads[THREADS];

    for (intptr_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, body, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

int
main(void)
{
    rs_host_set(&host);
    rs_happens_before_start();
    rs_thread_start(256, 256);
    rs_shadow_start(1024);
    pthread_barrier_init(&barrier, NULL, THREADS);
    for (int i = 0; i < MUTEXES; i++)
        pthread_mutex_init(&guarded[i].mutex, NULL);
    run_all(work);
    UNIT_CHECK(rs_lost_get(RS_LOST_LOCKS) > 0);
    run_all(act_alone);
    return unit_result();
}
