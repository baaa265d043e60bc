/* SPDX-License-Identifier: MIT */
/* allowed_test.c -- kinds that are allowed, and words that are no kind. */
#include "report/allowed.h"

#include "unit.h"

static void
test_allowed(void)
{
    UNIT_CHECK(!rs_allowed_has(RS_BUG_LEAK));
    UNIT_CHECK(rs_allowed_set("count-underflow,leak"));
    UNIT_CHECK(rs_allowed_has(RS_BUG_LEAK));
    UNIT_CHECK(rs_allowed_has(RS_BUG_COUNT_UNDERFLOW));
    UNIT_CHECK(!rs_allowed_has(RS_BUG_SLOT_RACE));
    UNIT_CHECK(!rs_allowed_set("leak,no-such-kind"));
    UNIT_CHECK(!rs_allowed_set("leak,,leak"));
    UNIT_CHECK(rs_allowed_has(RS_BUG_COUNT_UNDERFLOW));
    UNIT_CHECK(rs_allowed_set("*"));
    UNIT_CHECK(rs_allowed_has(RS_BUG_SLOT_RACE));
    UNIT_CHECK(rs_allowed_set(""));
    UNIT_CHECK(!rs_allowed_has(RS_BUG_LEAK));
}

int
main(void)
{
    test_allowed();
    return unit_result();
}
