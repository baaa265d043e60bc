/* SPDX-License-Identifier: MIT */
/* order_test.c -- who came first, and by what. Slots are threads of the mind. */
#include "../../runtime/thread/happens_before.h"

#include <stddef.h>

#include "unit.h"

#define ONE   1
#define TWO   2
#define THREE 3
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

int
main(void)
{
    UNIT_EQ(order_of(ONE, TWO, 1, none), RS_ORDER_BEFORE);
    rs_happens_before_release(ONE, LOCK);
    rs_happens_before_start();
    test_unordered();
    test_common_lock();
    test_handed_over();
    test_start();
    test_torn();
    return unit_result();
}
