/* SPDX-License-Identifier: MIT */
/* site_test.c -- places in instrumented code: found again, cut where they are
 * too long, and missed without harm. */
#include "../../runtime/stack/site.h"

#include <string.h>

#include "unit.h"

static void
test_same_call_same_site(void)
{
    struct rs_site_key key = {0x401000, "a.c", "work", 12};
    rs_frame frame = rs_site_put(&key, false);
    struct rs_site site = rs_site_get(frame);

    UNIT_CHECK(rs_frame_is_site(frame));
    UNIT_CHECK(!rs_frame_is_python(frame));
    UNIT_EQ(site.pc, 0x401000);
    UNIT_EQ(site.line, 12);
    UNIT_STR_EQ(site.file, "a.c");
    UNIT_STR_EQ(site.function, "work");
    UNIT_CHECK(rs_site_put(&key, false) == frame);
    UNIT_CHECK(rs_site_find(0x401000) == frame);
    UNIT_EQ(rs_site_pc(frame), 0x401000);
}

static void
test_words_outlive_the_module(void)
{
    char file[] = "gone.c";
    struct rs_site_key key = {0x402000, file, NULL, 1};
    rs_frame frame = rs_site_put(&key, false);

    memset(file, 'x', sizeof(file) - 1);
    UNIT_STR_EQ(rs_site_get(frame).file, "gone.c");
    UNIT_STR_EQ(rs_site_get(frame).function, "");
}

static void
test_a_long_path_keeps_its_end(void)
{
    char path[4096];
    struct rs_site_key key = {0x403000, path, path, 70000};
    struct rs_site site;

    memset(path, 'd', sizeof(path));
    strcpy(path + sizeof(path) - sizeof("/end.c"), "/end.c");
    site = rs_site_get(rs_site_put(&key, false));
    UNIT_CHECK(strlen(site.file) < 600);
    UNIT_STR_EQ(site.file + strlen(site.file) - 6, "/end.c");
    UNIT_STR_EQ(site.function + strlen(site.function) - 6, "/end.c");
    UNIT_EQ(site.line, 70000);
}

static void
test_unknown(void)
{
    UNIT_CHECK(!rs_site_is_known(0x404000));
    UNIT_CHECK(rs_site_find(0x404000) == 0x404000);
    UNIT_EQ(rs_site_pc(0x404000), 0x404000);
    UNIT_STR_EQ(rs_site_get(RS_FRAME_SITE | 0x7fffffff).file, "");
}

/* Two ways: a third site of one place sends the oldest the long way again. */
static void
test_known_has_two_ways(void)
{
    uintptr_t apart = (uintptr_t)RS_SITE_WAYS << 3;
    struct rs_site_key keys[3] = {{0x500000, "a.c", "f", 1},
                                  {0x500000 + apart, "a.c", "f", 2},
                                  {0x500000 + 2 * apart, "a.c", "f", 3}};

    for (int i = 0; i < 2; i++)
        (void)rs_site_put(&keys[i], false);
    UNIT_CHECK(rs_site_is_known(keys[0].pc));
    UNIT_CHECK(rs_site_is_known(keys[1].pc));
    (void)rs_site_put(&keys[2], false);
    UNIT_CHECK(!rs_site_is_known(keys[0].pc));
    UNIT_CHECK(rs_site_is_known(keys[1].pc));
    UNIT_CHECK(rs_site_is_known(keys[2].pc));
    UNIT_EQ(rs_site_get(rs_site_find(keys[0].pc)).line, 1);
}

static void
test_full_table(void)
{
    struct rs_site_key key = {0x600000, "a.c", "f", 1};
    rs_frame frame = RS_FRAME_SITE;

    for (int i = 0; i < 1 << 16 && frame != 0; i++, key.pc += 8)
        frame = rs_site_put(&key, false);
    UNIT_EQ(frame, 0);
    UNIT_CHECK(rs_site_find(key.pc - 8) == key.pc - 8);
}

int
main(void)
{
    rs_site_start(1 << 18);
    test_same_call_same_site();
    test_words_outlive_the_module();
    test_a_long_path_keeps_its_end();
    test_unknown();
    test_known_has_two_ways();
    test_full_table();
    return unit_result();
}
