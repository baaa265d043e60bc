/* SPDX-License-Identifier: MIT */
/* happens_before_test.c -- which of two acts came first, and by what. Slots
 * stand for threads; one thread does everything. */
#include "../../runtime/base/lost.h"
#include "../../runtime/thread/happens_before.h"

#include <stddef.h>
#include <sys/resource.h>

#include "unit.h"

/* In three blocks of a clock. */
#define ONE   1
#define TWO   257
#define THREE 4095
#define FOUR  2000
#define LOCK  0x1000
#define QUEUE 0x2000
#define START 0x3000

static const struct rs_order_locks none = {{0}};

static struct rs_order_locks
lock(void)
{
    return (struct rs_order_locks){{rs_happens_before_tag(LOCK)}};
}

static enum rs_order
order_of(unsigned slot, unsigned other, uint32_t when,
         struct rs_order_locks common)
{
    return rs_happens_before_of(slot, other, when, &common);
}

/* Threads that have just begun, and know of no act of each other. */
static void
begin_all(void)
{
    rs_happens_before_begin(ONE, 0);
    rs_happens_before_begin(TWO, 0);
    rs_happens_before_begin(THREE, 0);
}

static void
test_unordered(void)
{
    uint32_t when;

    begin_all();
    when = rs_happens_before_act(TWO);
    UNIT_EQ(order_of(ONE, TWO, when, none), RS_ORDER_NONE);
    rs_happens_before_release(TWO, LOCK);
    UNIT_EQ(order_of(ONE, TWO, when, none), RS_ORDER_NONE);
    rs_happens_before_acquire(ONE, LOCK);
    UNIT_EQ(order_of(ONE, TWO, when, none), RS_ORDER_BEFORE);
    when = rs_happens_before_act(TWO);
    UNIT_EQ(order_of(ONE, TWO, when, none), RS_ORDER_NONE);
    UNIT_EQ(order_of(ONE, TWO, 0, none), RS_ORDER_BEFORE);
}

static void
test_common_lock(void)
{
    uint32_t when;

    begin_all();
    when = rs_happens_before_act(TWO);
    rs_happens_before_release(TWO, LOCK);
    rs_happens_before_acquire(ONE, LOCK);
    UNIT_EQ(order_of(ONE, TWO, when, lock()), RS_ORDER_BY_LOCK);
    rs_happens_before_release(ONE, LOCK);
    rs_happens_before_acquire(ONE, LOCK);
    UNIT_EQ(order_of(ONE, TWO, when, lock()), RS_ORDER_BY_LOCK);
    /* Through a third thread, by the same lock. */
    rs_happens_before_acquire(THREE, LOCK);
    UNIT_EQ(order_of(THREE, TWO, when, lock()), RS_ORDER_BY_LOCK);
}

/* The queue says so, whatever the lock says before or after. */
static void
test_handed_over(void)
{
    uint32_t when;

    begin_all();
    when = rs_happens_before_act(TWO);
    rs_happens_before_release(TWO, LOCK);
    rs_happens_before_release(TWO, QUEUE);
    rs_happens_before_acquire(ONE, QUEUE);
    (void)rs_happens_before_act(TWO);
    rs_happens_before_release(TWO, LOCK);
    rs_happens_before_acquire(ONE, LOCK);
    UNIT_EQ(order_of(ONE, TWO, when, lock()), RS_ORDER_BEFORE);

    begin_all();
    when = rs_happens_before_act(TWO);
    rs_happens_before_release(TWO, LOCK);
    rs_happens_before_acquire(THREE, LOCK);
    rs_happens_before_release(THREE, QUEUE);
    rs_happens_before_acquire(ONE, QUEUE);
    UNIT_EQ(order_of(ONE, TWO, when, lock()), RS_ORDER_BEFORE);
}

/* Two send; and the one who sent last receives what the other sent. */
static void
test_sent_by_two(void)
{
    uint32_t when;

    begin_all();
    when = rs_happens_before_act(TWO);
    rs_happens_before_release(TWO, QUEUE + 0x100);
    rs_happens_before_release(ONE, QUEUE + 0x100);
    rs_happens_before_acquire(ONE, QUEUE + 0x100);
    UNIT_EQ(order_of(ONE, TWO, when, none), RS_ORDER_BEFORE);
}

static void
test_start(void)
{
    uint32_t before, after;

    begin_all();
    before = rs_happens_before_act(ONE);
    rs_happens_before_release(ONE, START);
    after = rs_happens_before_act(ONE);
    rs_happens_before_begin(TWO, START);
    UNIT_EQ(order_of(TWO, ONE, before, none), RS_ORDER_BEFORE);
    UNIT_EQ(order_of(TWO, ONE, after, none), RS_ORDER_NONE);
    rs_happens_before_begin(THREE,
                            0); /* a child of nobody: all that is past */
    UNIT_EQ(order_of(THREE, ONE, after, none), RS_ORDER_BEFORE);
    /* What another thread did in the same slot is over. */
    rs_happens_before_begin(ONE, 0);
    UNIT_EQ(order_of(TWO, ONE, after, none), RS_ORDER_BEFORE);
}

/* A thread without a slot released it: who takes it knows all. */
static void
test_torn(void)
{
    uint32_t when;

    begin_all();
    when = rs_happens_before_act(TWO);
    rs_happens_before_release(0, LOCK + 0x100);
    rs_happens_before_acquire(0, LOCK + 0x100);
    rs_happens_before_acquire(ONE, LOCK + 0x100);
    UNIT_EQ(order_of(ONE, TWO, when, none), RS_ORDER_BEFORE);
}

/* It is over with the next acquire: what comes later is told apart again. */
static void
test_torn_is_mended(void)
{
    uint32_t when;

    begin_all();
    rs_happens_before_release(0, LOCK + 0x200);
    rs_happens_before_acquire(ONE, LOCK + 0x200);
    rs_happens_before_release(TWO, QUEUE);
    when = rs_happens_before_act(TWO);
    rs_happens_before_acquire(ONE, LOCK + 0x200);
    UNIT_EQ(order_of(ONE, TWO, when, none), RS_ORDER_NONE);
}

#define MANY 10000
#define FEW  500

/* Addresses as an allocator gives them: in no order that a hash could know. */
static uintptr_t
lock_number(uint32_t i)
{
    i = (i + 1) * 2654435761u;
    i = (i ^ i >> 15) * 2246822519u;
    return 0x7f0000000000 + ((uintptr_t)(i ^ i >> 13) << 4);
}

/* Locks as a program with a critical section per object releases them. */
static void
use_many(unsigned slot)
{
    for (uint32_t i = 0; i < MANY; i++)
        rs_happens_before_release(slot, lock_number(i));
}

/* However many there were before: locks that two threads have nothing in
 * common by order nothing, and one that they have orders them. */
static void
test_after_many_locks(void)
{
    uint64_t lost = rs_lost_get(RS_LOST_LOCK_CLOCKS);
    uint32_t when, later;

    begin_all();
    use_many(THREE);
    UNIT_CHECK(rs_lost_get(RS_LOST_LOCK_CLOCKS) > lost);
    when = rs_happens_before_act(TWO);
    for (uint32_t i = 0; i < FEW; i++)
        rs_happens_before_release(TWO, lock_number(MANY + i));
    for (uint32_t i = 0; i < FEW; i++)
        rs_happens_before_acquire(ONE, lock_number(2 * MANY + i));
    UNIT_EQ(order_of(ONE, TWO, when, none), RS_ORDER_NONE);
    later = rs_happens_before_act(TWO);
    rs_happens_before_acquire(ONE, lock_number(MANY));
    UNIT_EQ(order_of(ONE, TWO, when, none), RS_ORDER_BEFORE);
    UNIT_EQ(order_of(ONE, TWO, later, none), RS_ORDER_NONE);
}

/* What it knew when it had to make room is not forgotten, nor more learnt. */
static void
test_forgotten_lock(void)
{
    uint32_t when, later;

    begin_all();
    when = rs_happens_before_act(TWO);
    rs_happens_before_release(TWO, LOCK + 0x300);
    use_many(THREE);
    later = rs_happens_before_act(TWO);
    rs_happens_before_acquire(ONE, LOCK + 0x300);
    UNIT_EQ(order_of(ONE, TWO, when, none), RS_ORDER_BEFORE);
    UNIT_EQ(order_of(ONE, TWO, later, none), RS_ORDER_NONE);
}

/* A channel that is sent to again after it was forgotten. */
static void
test_forgotten_channel(void)
{
    uint32_t when;

    begin_all();
    when = rs_happens_before_act(TWO);
    rs_happens_before_release(TWO, QUEUE + 0x300);
    use_many(THREE);
    rs_happens_before_begin(THREE + 1, START + 0x300);
    rs_happens_before_release(THREE + 1, QUEUE + 0x300);
    rs_happens_before_acquire(ONE, QUEUE + 0x300);
    UNIT_EQ(order_of(ONE, TWO, when, none), RS_ORDER_BEFORE);
}

/* One that is used all the time does not make room. */
static void
test_lock_in_use_stays(void)
{
    uint32_t when;

    begin_all();
    when = rs_happens_before_act(TWO);
    rs_happens_before_release(TWO, LOCK);
    for (uint32_t i = 0; i < MANY; i++) {
        rs_happens_before_release(THREE, lock_number(i));
        rs_happens_before_acquire(THREE, LOCK);
        rs_happens_before_release(THREE, LOCK);
    }
    rs_happens_before_acquire(ONE, LOCK);
    UNIT_EQ(order_of(ONE, TWO, when, lock()), RS_ORDER_BY_LOCK);
}

/* Released without a slot while it was forgotten: the same as any torn one. */
static void
test_forgotten_and_torn(void)
{
    uint32_t when;

    begin_all();
    rs_happens_before_release(THREE, LOCK + 0x400);
    use_many(THREE);
    when = rs_happens_before_act(TWO);
    rs_happens_before_release(0, LOCK + 0x400);
    rs_happens_before_release(THREE, LOCK + 0x400);
    rs_happens_before_acquire(ONE, LOCK + 0x400);
    UNIT_EQ(order_of(ONE, TWO, when, none), RS_ORDER_BEFORE);
}

/* Nobody needs to know when it came, and a thread that gets its slot begins
 * anew. */
static void
test_ended(void)
{
    uint32_t when;

    begin_all();
    when = rs_happens_before_act(TWO);
    UNIT_EQ(order_of(ONE, TWO, when, none), RS_ORDER_NONE);
    rs_happens_before_end(TWO);
    UNIT_EQ(order_of(ONE, TWO, when, none), RS_ORDER_BEFORE);
    rs_happens_before_begin(TWO, 0);
    UNIT_EQ(order_of(ONE, TWO, when, none), RS_ORDER_BEFORE);
    when = rs_happens_before_act(TWO);
    UNIT_EQ(order_of(ONE, TWO, when, none), RS_ORDER_NONE);
}

/* Then there is no order, and nothing is accused. The last test. */
static void
test_no_memory(void)
{
    const struct rlimit none_left = {0, RLIM_INFINITY};
    struct rlimit before;
    uint32_t when;

    begin_all();
    when = rs_happens_before_act(TWO);
    UNIT_EQ(order_of(ONE, TWO, when, none), RS_ORDER_NONE);
    getrlimit(RLIMIT_AS, &before);
    setrlimit(RLIMIT_AS, &none_left);
    rs_happens_before_begin(FOUR, 0);
    setrlimit(RLIMIT_AS, &before);
    UNIT_EQ(rs_lost_get(RS_LOST_ORDER), 1);
    UNIT_EQ(order_of(ONE, TWO, when, none), RS_ORDER_BEFORE);
    UNIT_EQ(rs_happens_before_act(ONE), 0);
}

int
main(void)
{
    UNIT_EQ(order_of(ONE, TWO, 1, none), RS_ORDER_BEFORE);
    rs_happens_before_release(ONE, LOCK);
    rs_happens_before_start();
    test_unordered();
    test_common_lock();
    test_handed_over();
    test_sent_by_two();
    test_start();
    test_torn();
    test_torn_is_mended();
    test_after_many_locks();
    test_forgotten_lock();
    test_forgotten_channel();
    test_lock_in_use_stays();
    test_forgotten_and_torn();
    test_ended();
    test_no_memory();
    return unit_result();
}
