/* SPDX-License-Identifier: MIT */
/* pyframe_test.c -- Python frames as ids: kept after their code has died, told
 * apart when another code object has the address. */
#include "stack/pyframe.h"

#include "unit.h"

#include "fake_cpython.h"
#include "base/lost.h"

static struct rs_position
position_of(void *code, uint32_t lasti)
{
    return (struct rs_position){.code = (uintptr_t)code,
                                .lasti = lasti,
                                .stamp =
                                    rs_host_position_stamp((uintptr_t)code)};
}

static void
test_kept(void)
{
    void *code = fake_code(fake_text("f"), fake_text("a.py"), 10);
    rs_frame first = rs_pyframe_put(position_of(code, 0));
    rs_frame second = rs_pyframe_put(position_of(code, 4));

    UNIT_CHECK(rs_frame_is_python(first) && rs_frame_is_python(second));
    UNIT_CHECK(first != second);
    UNIT_EQ(rs_pyframe_put(position_of(code, 0)), first);
    memset(code, 0xa5, 256);
    UNIT_STR_EQ(rs_pyframe_get(first).function, "f");
    UNIT_STR_EQ(rs_pyframe_get(first).file, "a.py");
    UNIT_EQ(rs_pyframe_get(first).line, 10);
    UNIT_EQ(rs_pyframe_get(second).line, 11);
}

static void
test_address_used_again(void)
{
    void *code = fake_code(fake_text("old"), fake_text("a.py"), 1);
    rs_frame old = rs_pyframe_put(position_of(code, 0)), new;
    void *other = fake_code(fake_text("new"), fake_text("b.py"), 1);

    memcpy(code, other, 256);
    new = rs_pyframe_put(position_of(code, 0));
    UNIT_CHECK(new != old);
    UNIT_STR_EQ(rs_pyframe_get(old).function, "old");
    UNIT_STR_EQ(rs_pyframe_get(new).function, "new");
    UNIT_STR_EQ(rs_pyframe_get(new).file, "b.py");
}

/* Out of a ring, without a stamp: what the code says now. */
static void
test_without_stamp(void)
{
    void *code = fake_code(fake_text("first"), fake_text("a.py"), 1);
    struct rs_position position = {.code = (uintptr_t)code};
    rs_frame first = rs_pyframe_put(position), second;

    UNIT_STR_EQ(rs_pyframe_get(first).function, "first");
    UNIT_EQ(rs_pyframe_put(position), first);
    memcpy(code, fake_code(fake_text("then"), fake_text("a.py"), 1), 256);
    second = rs_pyframe_put(position);
    UNIT_CHECK(second != first);
    UNIT_STR_EQ(rs_pyframe_get(second).function, "then");
}

static void
test_nothing(void)
{
    uint64_t lost = rs_lost_get(RS_LOST_PYFRAMES);
    struct rs_position nowhere = {.code = 4096};

    UNIT_EQ(rs_pyframe_put(nowhere), 0);
    UNIT_EQ(rs_lost_get(RS_LOST_PYFRAMES) - lost, 1);
    UNIT_STR_EQ(rs_pyframe_get(0).function, "");
    UNIT_STR_EQ(rs_pyframe_get(RS_FRAME_PYTHON).file, "");
    UNIT_STR_EQ(rs_pyframe_get(RS_FRAME_PYTHON | 0xfffffff).function, "");
    UNIT_EQ(rs_pyframe_get(0).line, 0);
}

static void
test_full(void)
{
    void *code = fake_code(fake_text("f"), fake_text("a.py"), 10);
    uint64_t lost = rs_lost_get(RS_LOST_PYFRAMES);
    unsigned put = 0;

    rs_pyframe_start(1024);
    for (uint32_t i = 0; i < 100; i++)
        put += rs_pyframe_put(position_of(code, i)) != 0;
    UNIT_CHECK(put > 4 && put < 20);
    UNIT_EQ(rs_lost_get(RS_LOST_PYFRAMES) - lost, 100 - put);
}

int
main(void)
{
    fake_start(0x030f02f0);
    UNIT_CHECK(rs_host_find());
    rs_pyframe_start(1 << 20);
    test_kept();
    test_address_used_again();
    test_without_stamp();
    test_nothing();
    test_full();
    return unit_result();
}
