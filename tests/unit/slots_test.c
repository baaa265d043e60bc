/* SPDX-License-Identifier: MIT */
/* slots_test.c -- slots for many threads: which one is given out, what a
 * thread without one is told, and rings beyond the first few. Most slots are
 * claimed without a thread. */
#include "thread/slots.h"

#include <pthread.h>
#include <semaphore.h>
#include <sys/resource.h>

#include "base/lost.h"
#include "thread/thread.h"
#include "unit.h"

#define LAST    (RS_THREAD_SLOTS - 1)
#define ENTRIES 1024

struct other {
    pthread_t thread;
    sem_t go, done;
    struct rs_thread *self;
};

/* Each time it may go on it has an event; the process's end ends it. */
static _Noreturn void *
live(void *argument)
{
    struct other *other = argument;

    sem_post(&other->done);
    for (;;) {
        while (sem_wait(&other->go) != 0)
            continue;
        other->self = rs_thread_enter();
        if (other->self != NULL)
            rs_thread_leave(other->self);
        sem_post(&other->done);
    }
}

static void
wait_for(struct other *other)
{
    while (sem_wait(&other->done) != 0)
        continue;
}

static struct rs_thread *
enter(struct other *other)
{
    sem_post(&other->go);
    wait_for(other);
    return other->self;
}

static void
start(struct other *other)
{
    sem_init(&other->go, 0, 0);
    sem_init(&other->done, 0, 0);
    pthread_create(&other->thread, NULL, live, other);
    wait_for(other);
}

/* The main thread has slot 1. */
static void
test_few_first(void)
{
    for (unsigned slot = 2; slot < RS_SLOTS_FEW; slot++) {
        UNIT_EQ(rs_slots_claim(), slot);
        rs_slots_run(slot);
        if (slot <= 100)
            rs_slots_end(slot);
    }
    UNIT_EQ(rs_lost_get(RS_LOST_SLOTS), 0);
}

/* 99 have ended, the oldest first; the last 64 keep theirs while others are
 * to be had. */
static void
test_recent_are_kept(void)
{
    const unsigned ended = 99;

    for (unsigned i = 0; i < ended - RS_SLOTS_KEPT; i++) {
        unsigned slot = rs_slots_claim();

        UNIT_EQ(slot, 2 + i);
        rs_slots_run(slot);
    }
    UNIT_EQ(rs_lost_get(RS_LOST_SLOTS), ended - RS_SLOTS_KEPT);
    for (unsigned slot = RS_SLOTS_FEW; slot < LAST; slot++) {
        UNIT_EQ(rs_slots_claim(), slot);
        rs_slots_run(slot);
    }
    UNIT_EQ(rs_slots_top(), LAST - 1);
    UNIT_EQ(rs_lost_get(RS_LOST_SLOTS), ended - RS_SLOTS_KEPT);
}

static void
test_rings(struct rs_thread *self)
{
    struct rs_ring_entry entry;

    UNIT_EQ(self->slot, LAST);
    UNIT_EQ(rs_word_creator((rs_word){self->live_word}), LAST);
    UNIT_CHECK(rs_thread_get(LAST) == self);
    UNIT_CHECK(rs_thread_get(LAST + 1) == NULL);
    UNIT_EQ(rs_thread_get(1)->acts.size, ENTRIES);
    UNIT_EQ(self->acts.size, ENTRIES / 8);
    UNIT_EQ(self->lives.size, 2 * ENTRIES / 8);
    for (uint64_t i = 0; i < 2 * ENTRIES; i++) {
        rs_ring_add(&self->acts, rs_ring_site(i, i, 0, 0));
        rs_ring_add(&self->lives, rs_ring_life(i, 2 * i, 0, 0, 0));
    }
    UNIT_CHECK(rs_ring_read(&self->acts, 2 * ENTRIES - 1, &entry));
    UNIT_EQ(entry.ticks, 2 * ENTRIES - 1);
    UNIT_CHECK(rs_ring_read(&self->lives, 2 * ENTRIES - 1, &entry));
    UNIT_EQ(entry.target, 2 * (2 * ENTRIES - 1));
}

static void
test_kept_are_last(void)
{
    for (unsigned slot = 101 - RS_SLOTS_KEPT; slot <= 100; slot++) {
        UNIT_EQ(rs_slots_claim(), slot);
        rs_slots_run(slot);
    }
    UNIT_EQ(rs_slots_claim(), 0);
}

/* All slots are taken: the next thread is told so, and counted once. It asks
 * again when one has ended. */
static void
test_beyond(struct other *beyond)
{
    UNIT_CHECK(enter(beyond) == NULL);
    UNIT_EQ(rs_lost_get(RS_LOST_THREADS), 1);
    UNIT_EQ(rs_lost_get(RS_LOST_THREAD_MEMORY), 0);
    rs_slots_end(1000);
    UNIT_CHECK(enter(beyond) == rs_thread_get(1000));
    UNIT_EQ(beyond->self->slot, 1000);
    UNIT_EQ(rs_lost_get(RS_LOST_THREADS), 1);
}

/* A slot, and no memory for its rings: the same, but the reason. */
static void
test_no_memory(struct other *poor)
{
    const struct rlimit none = {0, RLIM_INFINITY};
    struct rlimit before;

    getrlimit(RLIMIT_AS, &before);
    rs_slots_end(2000);
    setrlimit(RLIMIT_AS, &none);
    UNIT_CHECK(enter(poor) == NULL);
    setrlimit(RLIMIT_AS, &before);
    UNIT_EQ(rs_lost_get(RS_LOST_THREAD_MEMORY), 1);
    UNIT_CHECK(enter(poor) == NULL);
    UNIT_EQ(rs_lost_get(RS_LOST_THREAD_MEMORY), 1);
    rs_slots_end(3000);
    UNIT_CHECK(enter(poor) == rs_thread_get(3000));
    UNIT_EQ(rs_lost_get(RS_LOST_THREADS), 1);
}

int
main(void)
{
    static struct other last, beyond, poor;

    rs_thread_start(ENTRIES, 2 * ENTRIES);
    UNIT_EQ(rs_thread_enter()->slot, 1);
    test_few_first();
    test_recent_are_kept();
    start(&last);
    test_rings(enter(&last));
    test_kept_are_last();
    start(&beyond);
    test_beyond(&beyond);
    start(&poor);
    test_no_memory(&poor);
    return unit_result();
}
