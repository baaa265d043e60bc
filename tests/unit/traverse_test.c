/* SPDX-License-Identifier: MIT */
/* traverse_test.c -- where tp_traverse functions are, and which stacks are
 * inside one. The module is this program; the host's code is made up. */
#include "track/traverse.h"

#include "unit.h"

#include "base/check.h"
#include "fake_cpython.h"
#include "host/host.h"
#include "stack/site.h"

#define HOST    0x100000u
#define FOREIGN 0x200000u /* another module's */

static unsigned char *tstate; /* of a thread whose interpreter collects */

RS_NOINLINE static int
visit_nothing(int of)
{
    return of * 3;
}

RS_NOINLINE static int
traverse(int of)
{
    return visit_nothing(of) + visit_nothing(of + 1);
}

RS_NOINLINE static int
helper(int of)
{
    return visit_nothing(of) + 1;
}

/* Return addresses: the call is before them. */
static uintptr_t
in_traverse(void)
{
    return (uintptr_t)traverse + 1;
}

static uintptr_t
in_helper(void)
{
    return (uintptr_t)helper + 1;
}

static void
test_find(void)
{
    UNIT_CHECK(rs_traverse_find(in_traverse()) == NULL);
    UNIT_CHECK(!rs_traverse_is_near(in_traverse(), tstate));
    rs_traverse_add((uintptr_t)traverse);
    rs_traverse_add((uintptr_t)traverse);
    UNIT_EQ(rs_traverse_functions.claimed, 1);
    UNIT_CHECK(rs_traverse_is_near(in_traverse(), NULL));
    UNIT_CHECK(rs_traverse_find(in_traverse()) != NULL);
    UNIT_CHECK(rs_traverse_find(in_helper()) == NULL);
    /* The call before its first instruction is another function's. */
    UNIT_CHECK(rs_traverse_find((uintptr_t)traverse) == NULL);
    rs_traverse_add(8); /* no code */
    UNIT_EQ(rs_traverse_functions.claimed, 1);
}

static void *
interpreter_of(const unsigned char *thread)
{
    uint64_t word;

    memcpy(&word, thread + FAKE_THREAD_INTERPRETER, sizeof(word));
    return (void *)(uintptr_t)word;
}

static bool
is_inside(const rs_frame *frames, unsigned count)
{
    struct rs_traverse_facts facts;

    rs_traverse_describe((uintptr_t)frames[0], rs_stack_put(frames, count),
                         tstate, &facts);
    return facts.function != NULL;
}
#define IS_INSIDE(...)                                                        \
    is_inside((rs_frame[]){__VA_ARGS__},                                      \
              sizeof((rs_frame[]){__VA_ARGS__}) / sizeof(rs_frame))

static void
test_stacks(void)
{
    struct rs_host host = *rs_host;

    host.text_low = HOST;
    host.text_high = HOST + 0x1000;
    rs_host_set(&host);
    UNIT_CHECK(IS_INSIDE(in_helper(), in_traverse(), HOST + 8));
    UNIT_CHECK(IS_INSIDE(in_helper(), in_traverse(), HOST + 8, FOREIGN));
    UNIT_CHECK(
        IS_INSIDE(in_helper(), in_traverse(), HOST + 8, RS_FRAME_PYTHON | 1));
    UNIT_CHECK(!IS_INSIDE(in_helper(), HOST + 8));
    /* Nobody knows who called it. */
    UNIT_CHECK(!IS_INSIDE(in_helper(), in_traverse()));
    UNIT_CHECK(!IS_INSIDE(in_helper(), in_traverse(), RS_FRAME_PYTHON | 1));
    /* Another tool walks the objects; its visitor counts. */
    UNIT_CHECK(!IS_INSIDE(FOREIGN, in_traverse(), FOREIGN));
    UNIT_CHECK(!IS_INSIDE(FOREIGN, in_traverse(), HOST + 8));
    /* The module itself does. */
    UNIT_CHECK(!IS_INSIDE(in_helper(), in_traverse(), in_helper()));
    UNIT_CHECK(!IS_INSIDE(in_helper(), in_traverse(), HOST + 8, in_helper()));
    /* Whoever calls it. */
    UNIT_CHECK(IS_INSIDE(in_traverse(), in_helper()));
    fake_put(interpreter_of(tstate), FAKE_INTERPRETER_GC + FAKE_COLLECTING, 0);
    UNIT_CHECK(IS_INSIDE(in_traverse(), in_helper()));
    UNIT_CHECK(!IS_INSIDE(in_helper(), in_traverse(), HOST + 8));
}

/* A site in a tp_traverse goes the long way each time. */
static void
test_site(void)
{
    struct rs_site_key inside = {.pc = in_traverse(), .file = "a", .line = 1};
    struct rs_site_key outside = {.pc = in_helper(), .file = "a", .line = 2};

    UNIT_CHECK(
        rs_site_put(&inside, rs_traverse_find(inside.pc) != NULL) != 0 &&
        rs_site_put(&outside, rs_traverse_find(outside.pc) != NULL) != 0);
    UNIT_CHECK(!rs_site_is_known(inside.pc));
    UNIT_CHECK(rs_site_is_known(outside.pc));
}

int
main(void)
{
    rs_stack_start(1 << 20);
    rs_site_start(1 << 20);
    fake_start(0x030f02f0);
    UNIT_CHECK(rs_host_find());
    tstate = fake_thread(NULL, 0);
    fake_put(interpreter_of(tstate), FAKE_INTERPRETER_GC + FAKE_COLLECTING, 1);
    UNIT_CHECK(helper(traverse(1)) != 0);
    test_find();
    test_stacks();
    test_site();
    return unit_result();
}
