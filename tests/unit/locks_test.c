/* SPDX-License-Identifier: MIT */
/* locks_test.c -- what a thread holds, after it took and released. */
#include "../../runtime/base/lost.h"
#include "../../runtime/track/locks.h"
#include "../../runtime/shadow/shadow.h"

#include "unit.h"

#define ONE           0x10
#define TWO           0x20
#define SECTION       0x30
#define OTHER_SECTION 0x40

static void
test_recursive(void)
{
    rs_locks_take(ONE);
    rs_locks_take(ONE);
    rs_locks_release(ONE);
    UNIT_CHECK(rs_locks_has(ONE));
    rs_locks_release(ONE);
    UNIT_CHECK(!rs_locks_has(ONE));
    rs_locks_release(ONE); /* taken by another thread */
    UNIT_EQ(rs_locks.count, 0);
}

/* An announcement and the hook of the same call. */
static void
test_announced_twice(void)
{
    rs_locks_take_once(ONE, RS_LOCK_MUTEX);
    rs_locks_take_once(ONE, RS_LOCK_MUTEX);
    rs_locks_release_all(ONE);
    UNIT_CHECK(!rs_locks_has(ONE));
    rs_locks_release_all(ONE);
    UNIT_EQ(rs_locks.count, 0);
}

static void
test_sections(void)
{
    rs_locks_begin(SECTION, ONE, TWO);
    rs_locks_begin(OTHER_SECTION, ONE, ONE);
    UNIT_EQ(rs_locks.count, 3);
    rs_locks_end(OTHER_SECTION);
    UNIT_CHECK(rs_locks_has(ONE) && rs_locks_has(TWO));
    rs_locks_end(SECTION);
    UNIT_EQ(rs_locks.count, 0);
}

/* More than fit: then every lock may be held, until all are released. */
static void
test_overflow(void)
{
    uint64_t lost = rs_lost_get(RS_LOST_LOCKS);

    for (uintptr_t i = 1; i <= RS_LOCKS_MAX + 3; i++)
        rs_locks_take(i);
    UNIT_EQ(rs_lost_get(RS_LOST_LOCKS), lost + 1);
    UNIT_CHECK(rs_locks_has(0x1000));
    for (uintptr_t i = RS_LOCKS_MAX + 3; i >= 1; i--)
        rs_locks_release(i);
    UNIT_CHECK(!rs_locks_has(1) && !rs_locks_has(0x1000));
}

/* What a dealloc took, and what was held all the time. */
static void
test_taken_since(void)
{
    uint32_t taken;

    rs_locks_take(ONE);
    taken = rs_locks.taken;
    UNIT_EQ(rs_locks_taken_since(taken, 0), ONE);
    UNIT_EQ(rs_locks_taken_since(taken, 1), 0);
    rs_locks_take(TWO);
    rs_locks_release(TWO);
    UNIT_EQ(rs_locks_taken_since(taken, 0), TWO);
    UNIT_EQ(rs_locks_taken_since(taken, 1), ONE);
    UNIT_CHECK(rs_locks_was_taken(taken, ONE));
    UNIT_CHECK(rs_locks_was_taken(taken, TWO));
    UNIT_CHECK(!rs_locks_was_taken(taken, SECTION));
    rs_locks_release(ONE);
    UNIT_CHECK(!rs_locks_was_taken(rs_locks.taken, TWO));
}

/* A wait gives it back, however often it was taken. */
static void
test_suspended(void)
{
    uintptr_t locks[RS_ORDER_LOCKS];

    rs_locks_take_object(ONE);
    rs_locks_take_object(ONE);
    rs_locks_take(TWO);
    rs_locks_innermost(locks);
    UNIT_CHECK(locks[0] == TWO && locks[1] == ONE);
    rs_locks_suspend(ONE);
    UNIT_CHECK(!rs_locks_has(ONE));
    rs_locks_innermost(locks);
    UNIT_CHECK(locks[0] == TWO && locks[1] == 0);
    rs_locks_resume(ONE);
    rs_locks_release(ONE);
    UNIT_CHECK(rs_locks_has(ONE));
    rs_locks_release(ONE);
    UNIT_CHECK(!rs_locks_has(ONE));
    rs_locks_release(TWO);
    UNIT_EQ(rs_locks.count, 0);
}

int
main(void)
{
    rs_shadow_start(16);
    test_suspended();
    test_taken_since();
    test_recursive();
    test_announced_twice();
    test_sections();
    test_overflow();
    return unit_result();
}
