/* SPDX-License-Identifier: MIT */
/* only_test.c -- which files are of which packages. */
#include "report/only.h"

#include "base/options.h"
#include "fake_symbols.h"
#include "unit.h"

static void
test_names(void)
{
    static const struct {
        const char *packages;
        const char *path;
        int is_named;
    } rows[] = {
        {"a", "/v/site-packages/a/core.cpython-315t-x86_64-linux-gnu.so", 1},
        {"a", "/v/site-packages/a.cpython-315-x86_64-linux-gnu.so", 1},
        {"a", "/v/site-packages/a.abi3.so", 1},
        {"a", "/v/site-packages/a.libs/libx-1234.so.1", 1},
        {"a", "/v/site-packages/a.py", 1},
        {"a", "/v/dist-packages/a/__init__.py", 1},
        {"a", "/v/site-packages/ab/core.so", 0},
        {"ab", "/v/site-packages/a/core.so", 0},
        {"a", "/v/site-packages/b/a.so", 0},
        {"a", "/home/a/site-packages/b/core.so", 0},
        {"site-packages", "/v/site-packages/b/core.so", 0},
        {"a.core", "/v/site-packages/a/core.cpython-315.so", 1},
        {"a.core", "/v/site-packages/a/core/fast.so", 1},
        {"a.core", "/v/site-packages/a/corer.so", 0},
        {"a.core", "/v/site-packages/a/other.so", 0},
        {"a", "/src/a/build/core.so", 1}, /* not installed */
        {"a", "/src/build/a.cpython-315.so", 1},
        {"a", "a.so", 1},
        {"a", "/src/ba/core.so", 0},
        {"b,a", "/src/a.so", 1},
        {"b a", "/src/a.so", 1},
        {" ,b,, a,", "/src/a.so", 1},
        {"b,c", "/src/a.so", 0},
        {"a", "", 0},
        {",", "/src/a.so", 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        UNIT_ROW(rows[i].path);
        UNIT_EQ(rs_only_names(rows[i].packages, rows[i].path),
                rows[i].is_named);
    }
    UNIT_ROW(NULL);
}

/* demo.so makes a dict for a caller in other.so. */
static void
test_guilty_frame(void)
{
    struct rs_finding found = fake_finding();
    rs_stack stack =
        FAKE_STACK(FAKE_CALL(FAKE_HOST, 0), FAKE_CALL(FAKE_EXTENSION, 0),
                   FAKE_CALL(FAKE_STRIPPED, 1), FAKE_PYTHON | 1);

    found.stacks_count = 0;
    rs_options_start("only=demo", NULL);
    UNIT_CHECK(!rs_only_excludes(&found)); /* nobody knows */
    fake_add_stack(&found, RS_ROLE_ACT, RS_EV_BORN, 1, stack);
    UNIT_CHECK(!rs_only_excludes(&found));
    rs_options_start("only=other", NULL);
    UNIT_CHECK(rs_only_excludes(&found));
    found.kind = RS_BUG_LEAK;
    UNIT_CHECK(!rs_only_excludes(&found));
    rs_options_start("only=app", NULL);
    UNIT_CHECK(rs_only_excludes(&found));
    rs_options_start("only=", NULL);
    UNIT_CHECK(!rs_only_excludes(&found));
}

int
main(void)
{
    fake_host(RS_LAYOUT_FREE_THREADED);
    UNIT_CHECK(rs_stack_start(1 << 20));
    test_names();
    test_guilty_frame();
    return unit_result();
}
