/* SPDX-License-Identifier: MIT */
/* borrow_test.c -- which borrow is remembered, and which is counted as lost. */
#include "../../runtime/track/borrow.h"

#include "../../runtime/base/lost.h"
#include "../../runtime/shadow/shadow.h"
#include "unit.h"

#define CONTAINER 0x1000
#define FRAME     0x7000

static void
borrow(uintptr_t object, uintptr_t pc, uintptr_t frame)
{
    struct rs_event ev = {
        .op = RS_EV_BORROW, .object = object, .pc = pc, .frame = frame};

    rs_borrow_note(&ev, CONTAINER, RS_BORROW_LENT);
}

/* One more than are kept, each by code of its own, in one call. */
static void
test_too_many_in_one_call(void)
{
    uint64_t lost = rs_lost_get(RS_LOST_BORROWS);

    for (uintptr_t i = 1; i <= RS_BORROWS_MAX; i++)
        borrow(0x10 * i, 0x4000 + i, FRAME);
    UNIT_EQ(rs_lost_get(RS_LOST_BORROWS), lost);
    borrow(0x10 * (RS_BORROWS_MAX + 1), 0x5000, FRAME);
    UNIT_EQ(rs_lost_get(RS_LOST_BORROWS), lost + 1);
}

/* In a loop, the variable has the next one. */
static void
test_loop(void)
{
    uint64_t lost = rs_lost_get(RS_LOST_BORROWS);

    for (uintptr_t i = 1; i <= 10 * RS_BORROWS_MAX; i++)
        borrow(0x10 * i, 0x4000 + i % 2, FRAME + 0x100);
    UNIT_EQ(rs_lost_get(RS_LOST_BORROWS), lost);
}

/* What other calls borrowed is of no use to this one. */
static void
test_other_calls(void)
{
    uint64_t lost = rs_lost_get(RS_LOST_BORROWS);

    for (uintptr_t i = 1; i <= 10 * RS_BORROWS_MAX; i++)
        borrow(0x10 * i, 0x4000 + i, FRAME + 0x1000 * i);
    UNIT_EQ(rs_lost_get(RS_LOST_BORROWS), lost);
}

int
main(void)
{
    rs_shadow_start(16);
    test_too_many_in_one_call();
    test_loop();
    test_other_calls();
    return unit_result();
}
