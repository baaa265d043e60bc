/* SPDX-License-Identifier: MIT */
/* owned_slot_test.c -- two threads take references out of one field: what says
 * that they do not do so at once? */
#include "track/owned_slot.h"

#include "second_thread.h"
#include "shadow/shadow.h"
#include "thread/happens_before.h"
#include "track/locks.h"
#include "unit.h"

#define LOCK    0x10
#define CHANNEL 0x20

static struct rs_thread *me;
static struct rs_owned_slot field = {.address = 0x10000};

static struct rs_owned_slot_facts
take(struct rs_thread *self)
{
    struct rs_owned_slot_facts facts;
    struct rs_event ev = {
        .op = RS_EV_TAKE, .object = 0x20000, .pc = 0x1000, .self = self};

    rs_owned_slot_take(&ev, &field, &facts);
    return facts;
}

static void
take_there(struct rs_thread *self, void *unused)
{
    (void)unused;
    (void)take(self);
}

static void
take_and_send(struct rs_thread *self, void *unused)
{
    take_there(self, unused);
    rs_locks_send(CHANNEL);
}

static void
lock(struct rs_thread *self, void *unused)
{
    (void)self;
    (void)unused;
    rs_locks_take(LOCK);
}

static void
unlock(struct rs_thread *self, void *unused)
{
    (void)self;
    (void)unused;
    rs_locks_release(LOCK);
}

static void
lock_too_many(struct rs_thread *self, void *unused)
{
    (void)self;
    (void)unused;
    for (uintptr_t i = 1; i <= RS_LOCKS_MAX + 1; i++)
        rs_locks_take(0x1000 * i);
}

/* A field of its own for each test. */
static void
start(struct second_thread *other)
{
    field.address += 64;
    second_thread_start(other);
}

static void
test_contended(void)
{
    struct second_thread other;

    start(&other);
    UNIT_CHECK(!take(me).is_contended);
    second_thread_do(&other, take_there, NULL);
    UNIT_CHECK(take(me).is_contended);
    UNIT_CHECK(take(me).is_again);
    second_thread_end(&other);
}

static void
test_handed_over(void)
{
    struct second_thread other;

    start(&other);
    second_thread_do(&other, take_and_send, NULL);
    rs_locks_receive(CHANNEL);
    UNIT_CHECK(!take(me).is_contended);
    second_thread_end(&other);
}

static void
test_ended(void)
{
    struct second_thread other;

    start(&other);
    (void)take(me);
    second_thread_do(&other, take_there, NULL);
    second_thread_end(&other);
    UNIT_CHECK(!take(me).is_contended);
}

/* Both hold it at once, as the readers of a lock do: no release of it orders
 * what they did. */
static void
test_common_lock(void)
{
    struct second_thread other;

    start(&other);
    rs_locks_take(LOCK);
    second_thread_do(&other, lock, NULL);
    second_thread_do(&other, take_there, NULL);
    UNIT_CHECK(!take(me).is_contended);
    second_thread_do(&other, unlock, NULL);
    rs_locks_release(LOCK);
    second_thread_end(&other);
}

/* One of those that were not remembered may be the same. */
static void
test_many_locks(void)
{
    struct second_thread other;

    start(&other);
    rs_locks_take(LOCK);
    second_thread_do(&other, lock_too_many, NULL);
    second_thread_do(&other, take_there, NULL);
    UNIT_CHECK(!take(me).is_contended);
    rs_locks_release(LOCK);
    second_thread_end(&other);
}

/* Where the locks of Python code are not seen, nobody knows. */
static void
test_unseen_locks(void)
{
    struct second_thread other;

    start(&other);
    atomic_store(&rs_locks_sees_python, false);
    second_thread_do(&other, take_there, NULL);
    UNIT_CHECK(!take(me).is_contended);
    atomic_store(&rs_locks_sees_python, true);
    UNIT_CHECK(take(me).is_contended);
    second_thread_end(&other);
}

int
main(void)
{
    rs_thread_start(256, 256);
    rs_happens_before_start();
    rs_shadow_start(16);
    rs_owned_slot_start();
    atomic_store(&rs_locks_sees_python, true);
    me = rs_thread_enter();
    test_contended();
    test_handed_over();
    test_ended();
    test_common_lock();
    test_many_locks();
    test_unseen_locks();
    rs_thread_leave(me);
    return unit_result();
}
