/* SPDX-License-Identifier: MIT */
/* capture_test.c -- stacks of this program's own calls, under Python frames
 * laid out by hand: remembered where they repeat, new where they differ, and
 * wrong in the one way that capture.h owns up to. */
#include "thread/capture.h"
#include "thread/native_walk.h"

#include "unit.h"

#include <stdlib.h>

#include "fake_cpython.h"
#include "host/host.h"
#include "stack/pyframe.h"

#define NOINLINE       __attribute__((noinline))
#define NO_TAIL_CALL() __asm__ volatile("" ::: "memory")

static struct rs_memo memo[RS_THREAD_MEMO_SIZE];
static struct rs_thread self = {.memo = memo};
static void *tstate;
static uintptr_t last_pc;

/* The hook: its caller is frame 0. */
NOINLINE static rs_stack
hook(void)
{
    rs_stack stack;

    last_pc = (uintptr_t)__builtin_return_address(0);
    stack = rs_capture(&self, last_pc, (uintptr_t)__builtin_frame_address(0),
                       tstate);
    NO_TAIL_CALL();
    return stack;
}

#define FORWARD(name, next)                                                   \
    NOINLINE static rs_stack name(void)                                       \
    {                                                                         \
        rs_stack stack = next();                                              \
                                                                              \
        NO_TAIL_CALL();                                                       \
        return stack;                                                         \
    }

FORWARD(near, hook)
FORWARD(near_twin, hook)
FORWARD(middle, near)
FORWARD(middle_twin, near)
FORWARD(outer, middle)
FORWARD(outer_twin, middle)
FORWARD(far, outer)
FORWARD(far_twin, outer)

typedef rs_stack (*chain)(void);

NOINLINE static rs_stack
run(chain function)
{
    rs_stack stack = function();

    NO_TAIL_CALL();
    return stack;
}

static void
start(const char *unwinder, unsigned native, unsigned python)
{
    memset(memo, 0, sizeof(memo));
    rs_unwind_bounds_read(&self.bounds);
    rs_capture_start(unwinder, native, python);
    UNIT_STR_EQ(rs_native_walk_unwinder(), unwinder);
}

static void
test_unwinder(const char *unwinder)
{
    bool is_none = strcmp(unwinder, "none") == 0;
    rs_frame frames[RS_STACK_FRAMES_MAX];
    rs_stack stacks[4];
    unsigned count;

    UNIT_ROW(unwinder);
    start(unwinder, 24, 0);
    /* Volatile: one loop, so one call site. */
    for (volatile int i = 0; i < 4; i++) {
        stacks[i] = run(far);
        if (i > 0) /* unwound, remembered, and twice unwound again */
            memset(memo, 0, sizeof(memo));
    }
    UNIT_CHECK(stacks[0].id != 0);
    for (int i = 1; i < 4; i++)
        UNIT_EQ(stacks[i].id, stacks[0].id);
    count = rs_stack_get(stacks[0], frames, RS_STACK_FRAMES_MAX);
    UNIT_EQ(frames[0], last_pc);
    UNIT_CHECK(is_none ? count == 1 : count > 5 && count <= 24);
    UNIT_EQ(run(near).id == stacks[0].id, is_none);
    UNIT_CHECK(run(near_twin).id != stacks[0].id);
    start(unwinder, 3, 0);
    UNIT_EQ(rs_stack_get(run(far), frames, RS_STACK_FRAMES_MAX),
            is_none ? 1 : 3);
    UNIT_EQ(frames[0], last_pc);
    UNIT_ROW(NULL);
}

/* libunwind and both-at-once agree, the second time too, when frame pointers
 * alone are believed: but for the C library's own start. */
static void
test_agreement(void)
{
    rs_frame full[64], both[64];
    unsigned full_count, both_count = 0;

    start("libunwind", 48, 0);
    full_count = rs_stack_get(run(far), full, 64);
    start("auto", 48, 0);
    for (volatile int i = 0; i < 2; i++) {
        both_count = rs_stack_get(run(far), both, 64);
        memset(memo, 0, sizeof(memo));
    }
    UNIT_CHECK(both_count <= full_count && both_count + 2 >= full_count);
    /* run() was called from two places here. */
    for (unsigned i = 0; i < 5; i++)
        UNIT_EQ(both[i], full[i]);
    for (unsigned i = 7; i < both_count; i++)
        UNIT_EQ(both[i], full[i]);
}

/* hook(), its caller and the next two are told apart; one further out is not,
 * when it stands at the same depth: the memo then answers for both. */
static void
test_memo(void)
{
    start("libunwind", 24, 0);
    UNIT_CHECK(run(near).id != run(near_twin).id);
    UNIT_CHECK(run(middle).id != run(middle_twin).id);
    UNIT_CHECK(run(outer).id != run(outer_twin).id);
    UNIT_EQ(run(far).id, run(far_twin).id);
    start("libunwind", 24, 0);
    {
        rs_stack one = run(far);

        memset(memo, 0, sizeof(memo));
        UNIT_CHECK(run(far_twin).id != one.id);
    }
}

static void
test_python(void)
{
    void *code = fake_code(fake_text("f"), fake_text("a.py"), 10);
    void *outer_frame = fake_frame(NULL, code, 8, 0);
    void *frame = fake_frame(outer_frame, code, 0, 0);
    rs_frame frames[RS_STACK_FRAMES_MAX];
    rs_stack one, two;
    unsigned count;

    start("libunwind", 4, 16);
    tstate = fake_thread(frame, 0);
    one = run(near);
    count = rs_stack_get(one, frames, RS_STACK_FRAMES_MAX);
    UNIT_EQ(count, 4 + 2);
    UNIT_CHECK(!rs_frame_is_python(frames[3]));
    UNIT_EQ(rs_pyframe_get(frames[4]).line, 10);
    UNIT_EQ(rs_pyframe_get(frames[5]).line, 12);
    /* The same calls on another line are another stack. */
    fake_put(frame, FAKE_INSTRUCTION,
             (uint64_t)(uintptr_t)code + FAKE_BYTECODE + 4);
    two = run(near);
    UNIT_CHECK(two.id != one.id);
    rs_stack_get(two, frames, RS_STACK_FRAMES_MAX);
    UNIT_EQ(rs_pyframe_get(frames[4]).line, 11);
    start("libunwind", 4, 1);
    UNIT_EQ(rs_stack_get(run(near), frames, RS_STACK_FRAMES_MAX), 4 + 1);
    tstate = NULL;
    UNIT_EQ(rs_stack_get(run(near), frames, RS_STACK_FRAMES_MAX), 4);
}

int
main(void)
{
    rs_stack_start((size_t)1 << 20);
    rs_pyframe_start((size_t)1 << 20);
    fake_start(0x030f02f0);
    UNIT_CHECK(rs_host_find());
    test_unwinder("none");
    test_unwinder("fp");
    test_unwinder("libunwind");
    test_unwinder("auto");
    test_agreement();
    test_memo();
    test_python();
    return unit_result();
}
