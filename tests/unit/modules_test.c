/* SPDX-License-Identifier: MIT */
/* modules.c knows the code of modules by kind, and counts what it has no room
 * for. */
#include "host/modules.h"

#include "base/lost.h"
#include "unit.h"

#define CODE(n) ((uintptr_t)0x10000 * ((n) + 1))
#define BYTES   0x1000

static void
test_ends_and_kinds(void)
{
    rs_modules_add(CODE(0), CODE(0) + BYTES, RS_MODULES_CALLING);
    rs_modules_add(CODE(2), CODE(2) + BYTES, RS_MODULES_ANNOUNCING);
    UNIT_CHECK(!rs_modules_have(CODE(0) - 1, RS_MODULES_CALLING));
    UNIT_CHECK(rs_modules_have(CODE(0), RS_MODULES_CALLING));
    UNIT_CHECK(rs_modules_have(CODE(0) + BYTES - 1, RS_MODULES_CALLING));
    UNIT_CHECK(!rs_modules_have(CODE(0) + BYTES, RS_MODULES_CALLING));
    UNIT_CHECK(!rs_modules_have(CODE(0), RS_MODULES_ANNOUNCING));
    UNIT_CHECK(!rs_modules_have(CODE(2), RS_MODULES_CALLING));
    UNIT_CHECK(rs_modules_have(CODE(2), RS_MODULES_ANNOUNCING));
    UNIT_CHECK(!rs_modules_have(CODE(1), RS_MODULES_CALLING));
}

static void
test_kinds_add_up(void)
{
    rs_modules_add(CODE(0), CODE(0) + BYTES, RS_MODULES_ANNOUNCING);
    UNIT_CHECK(rs_modules_have(CODE(0), RS_MODULES_CALLING));
    UNIT_CHECK(rs_modules_have(CODE(0), RS_MODULES_ANNOUNCING));
}

static void
test_what_has_no_room_is_counted(void)
{
    for (int i = 2; i < RS_MODULES_MAX; i++)
        rs_modules_add(CODE(i + 1), CODE(i + 1) + BYTES, RS_MODULES_CALLING);
    UNIT_CHECK(rs_modules_have(CODE(RS_MODULES_MAX), RS_MODULES_CALLING));
    UNIT_EQ(rs_lost_get(RS_LOST_MODULE_CODE), 0);
    rs_modules_add(CODE(RS_MODULES_MAX + 1), CODE(RS_MODULES_MAX + 1) + BYTES,
                   RS_MODULES_CALLING);
    UNIT_CHECK(!rs_modules_have(CODE(RS_MODULES_MAX + 1), RS_MODULES_CALLING));
    UNIT_EQ(rs_lost_get(RS_LOST_MODULE_CODE), 1);
    rs_modules_add(CODE(5), CODE(5) + BYTES, RS_MODULES_CALLING);
    UNIT_EQ(rs_lost_get(RS_LOST_MODULE_CODE), 1);
}

int
main(void)
{
    test_ends_and_kinds();
    test_kinds_add_up();
    test_what_has_no_room_is_counted();
    return unit_result();
}
