/* SPDX-License-Identifier: MIT */
/* owned_slot_stress.c -- threads that take references out of the same fields.
 * Of two that take out of one field at the same time, at least one is told of
 * the other; and what it is told was done by that thread, out of that field. */
#include "track/owned_slot.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/lost.h"
#include "host/modules.h"
#include "shadow/shadow.h"
#include "thread/thread.h"
#include "track/access.h"
#include "track/locks.h"
#include "unit.h"

#define THREADS 4
#define ROUNDS  8000
#define CROWD   6 /* fields in one place of the table */

static struct rs_host host = {
    .kind = RS_HOST_EMBEDDED, .version = 0x030f02f0, .layout = RS_LAYOUT_WIDE};
static _Alignas(16) char arena[1 << 21];
static uintptr_t fields[CROWD];
static pthread_barrier_t barrier;
static unsigned slots[THREADS];
static _Atomic unsigned told; /* who was told of another, in this round */

static unsigned
thread_of(unsigned slot)
{
    unsigned me = 0;

    while (me < THREADS && slots[me] != slot)
        me++;
    return me;
}

/* The object says the field, the place says the thread. */
static struct rs_owned_slot_facts
take(struct rs_thread *self, unsigned which)
{
    struct rs_event ev = {.op = RS_EV_TAKE,
                          .object = fields[which] + 0x1000000,
                          .pc = 0x1000 + self->slot,
                          .self = self};
    struct rs_owned_slot field = {.address = fields[which]};
    struct rs_owned_slot_facts facts;

    rs_owned_slot_take(&ev, &field, &facts);
    if (!facts.is_contended)
        return facts;
    UNIT_CHECK(facts.other.slot != self->slot && facts.is_same);
    UNIT_EQ(facts.other.object, fields[which] + 0x1000000);
    UNIT_EQ(facts.other.place, 0x1000 + facts.other.slot);
    return facts;
}

/* Two threads have a field together, out of which they take once a round. */
static void
take_together(struct rs_thread *self, unsigned me)
{
    struct rs_owned_slot_facts facts;

    atomic_store(&told, 0);
    pthread_barrier_wait(&barrier);
    facts = take(self, me / 2);
    if (facts.is_contended) {
        atomic_fetch_or(&told, 1u << me / 2);
        UNIT_EQ(thread_of(facts.other.slot), me ^ 1);
    }
    pthread_barrier_wait(&barrier);
    UNIT_EQ(atomic_load(&told), 3);
    pthread_barrier_wait(&barrier);
}

/* Each with a lock that all have, or by itself. */
static void
take_in_turn(struct rs_thread *self, unsigned me, unsigned round)
{
    if (round % THREADS == me) {
        rs_locks_take_once(0x5000, RS_LOCK_MUTEX);
        UNIT_CHECK(!take(self, CROWD - 1).is_contended);
        rs_locks_release_all(0x5000);
    }
    pthread_barrier_wait(&barrier);
}

static void *
work(void *number)
{
    unsigned me = (unsigned)(uintptr_t)number;
    struct rs_thread *self = rs_thread_enter();

    slots[me] = self->slot;
    pthread_barrier_wait(&barrier);
    for (int round = 0; round < ROUNDS; round++)
        take_together(self, me);
    UNIT_EQ(rs_lost_get(RS_LOST_OWNED_SLOTS), 0);
    pthread_barrier_wait(&barrier);
    for (unsigned round = 0; round < 10 * ROUNDS; round++)
        (void)take(self, round / 256 % (CROWD - 1));
    pthread_barrier_wait(&barrier);
    for (unsigned round = 0; round < ROUNDS; round++)
        take_in_turn(self, me, round);
    pthread_barrier_wait(&barrier);
    rs_thread_leave(self);
    return NULL;
}

/* As static variables of a module that announces what it does. */
static void
find_fields(void)
{
    uintptr_t first = (uintptr_t)arena, next = first;

    rs_modules_add(first, first + sizeof(arena), RS_MODULES_ANNOUNCING);
    for (int i = 0; i < CROWD; i++, next += sizeof(void *)) {
        while (rs_access_index(next) != rs_access_index(first))
            next += sizeof(void *);
        fields[i] = next;
    }
    UNIT_CHECK(next <= first + sizeof(arena));
}

int
main(void)
{
    pthread_t threads[THREADS];

    rs_host_set(&host);
    rs_happens_before_start();
    rs_thread_start(256, 256);
    rs_shadow_start(1024);
    rs_owned_slot_start();
    atomic_store(&rs_locks_sees_python, true);
    find_fields();
    pthread_barrier_init(&barrier, NULL, THREADS);
    for (uintptr_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    UNIT_CHECK(rs_lost_get(RS_LOST_OWNED_SLOTS) > 0);
    return unit_result();
}
