/* SPDX-License-Identifier: MIT */
/* unwind_test.c -- both ways of walking, over real calls of known depth, and
 * the frame pointer walk over chains that somebody broke. */
#include "os/unwind.h"

#include "unit.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>

#define DEPTH    12
#define NOINLINE __attribute__((noinline))

static struct {
    uintptr_t returns[DEPTH]; /* what each level saw as its return address */
    uintptr_t fp[64], libunwind[64];
    unsigned fp_count, libunwind_count;
    struct rs_unwind_bounds bounds;
} seen;

/* Not the same call site twice: the address tells the level. */
NOINLINE static int
level(int depth)
{
    int result;

    seen.returns[depth] = (uintptr_t)__builtin_return_address(0);
    if (depth == 0) {
        uintptr_t frame = (uintptr_t)__builtin_frame_address(0);

        seen.fp_count = rs_unwind_fp(frame, &seen.bounds, seen.fp, 64);
        seen.libunwind_count =
            rs_unwind_libunwind(seen.returns[0], seen.libunwind, 64);
        return 1;
    }
    result = depth % 2 ? level(depth - 1) : level(depth - 1) + 1;
    __asm__ volatile("" ::: "memory"); /* no tail call */
    return result;
}

static void
check_walks(void)
{
    UNIT_CHECK(seen.fp_count >= DEPTH);
    UNIT_CHECK(seen.libunwind_count >= DEPTH);
    for (int i = 0; i < DEPTH; i++) {
        UNIT_EQ(seen.fp[i], seen.returns[i]);
        UNIT_EQ(seen.libunwind[i], seen.returns[i]);
    }
}

static void *
walk(void *argument)
{
    (void)argument;
    rs_unwind_bounds_read(&seen.bounds);
    UNIT_CHECK(seen.bounds.stack_low != 0);
    memset(seen.returns, 0, sizeof(seen.returns));
    level(DEPTH - 1);
    check_walks();
    return NULL;
}

static void
test_real_calls(void)
{
    pthread_t thread;
    uintptr_t few[3];

    walk(NULL);
    pthread_create(&thread, NULL, walk, NULL);
    pthread_join(thread, NULL);
    UNIT_EQ(rs_unwind_libunwind(0, few, 3), 3);
}

/* Frames that were never called, laid out by hand in the words of an array on
 * the stack: { next frame, return address }. */
static void
test_broken_chains(void)
{
    uintptr_t words[32] = {0};
    uintptr_t base = (uintptr_t)words;
    struct rs_unwind_bounds bounds = {base, base + sizeof(words)};
    const struct {
        const char *name;
        uintptr_t next; /* of the second frame, at word 4 */
        uintptr_t address;
        unsigned count;
    } rows[] = {
        {"whole", base + 8 * sizeof(uintptr_t), 0x5002, 3},
        {"loop", base + 4 * sizeof(uintptr_t), 0x5002, 2},
        {"backwards", base, 0x5002, 2},
        {"misaligned", base + 8 * sizeof(uintptr_t) + 1, 0x5002, 2},
        {"zero", 0, 0x5002, 2},
        {"out of the stack", base + sizeof(words), 0x5002, 2},
        {"half out", base + sizeof(words) - sizeof(uintptr_t), 0x5002, 2},
        {"far out", UINTPTR_MAX - 7, 0x5002, 2},
        {"no return address", base + 8 * sizeof(uintptr_t), 0, 1},
    };
    uintptr_t pcs[8];

    words[0] = base + 4 * sizeof(uintptr_t);
    words[1] = 0x5001;
    words[9] = 0x5003;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        UNIT_ROW(rows[i].name);
        words[4] = rows[i].next;
        words[5] = rows[i].address;
        UNIT_EQ(rs_unwind_fp(base, &bounds, pcs, 8), rows[i].count);
        UNIT_EQ(rs_unwind_fp(base, &bounds, pcs, 1), 1);
    }
    UNIT_ROW("outside");
    UNIT_EQ(rs_unwind_fp(base + sizeof(words), &bounds, pcs, 8), 0);
    UNIT_ROW(NULL);
}

NOINLINE static uintptr_t
go_deep(struct rs_unwind_bounds *bounds, int depth)
{
    volatile char room[65536];
    uintptr_t here = (uintptr_t)&room[0];

    room[0] = (char)depth;
    if (depth > 0)
        return go_deep(bounds, depth - 1) + (uintptr_t)room[0] * 0;
    UNIT_CHECK(rs_unwind_bounds_have(bounds, here, 8));
    UNIT_CHECK(bounds->stack_low <= here);
    return here;
}

static void
test_bounds(void)
{
    struct rs_unwind_bounds bounds, none = {0, 0};
    int here = 0;
    char *other = mmap(NULL, 65536, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *heap = malloc(64);

    rs_unwind_bounds_read(&bounds);
    UNIT_CHECK(rs_unwind_bounds_have(&bounds, (uintptr_t)&here, sizeof(here)));
    UNIT_CHECK(!rs_unwind_bounds_have(&bounds, (uintptr_t)other, 8));
    UNIT_CHECK(!rs_unwind_bounds_have(&bounds, (uintptr_t)heap, 8));
    UNIT_CHECK(!rs_unwind_bounds_have(&bounds, bounds.stack_high - 4, 8));
    UNIT_CHECK(!rs_unwind_bounds_have(&bounds, UINTPTR_MAX - 7, 8));
    UNIT_CHECK(!rs_unwind_bounds_have(&none, (uintptr_t)&here, 8));
    go_deep(&bounds, 20);
    free(heap);
    munmap(other, 65536);
}

/* A handler on a stack of its own is on another stack. */
static struct rs_unwind_bounds main_bounds;
static volatile int is_on_stack = -1;

static void
on_signal(int number)
{
    (void)number;
    is_on_stack = rs_unwind_bounds_have(
        &main_bounds, (uintptr_t)__builtin_frame_address(0), 16);
}

static void
test_signal_stack(void)
{
    stack_t stack = {.ss_size = 65536, .ss_sp = malloc(65536)};
    struct sigaction action = {.sa_handler = on_signal,
                               .sa_flags = SA_ONSTACK};

    rs_unwind_bounds_read(&main_bounds);
    sigaltstack(&stack, NULL);
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    UNIT_EQ(is_on_stack, 0);
    stack.ss_flags = SS_DISABLE;
    sigaltstack(&stack, NULL);
    free(stack.ss_sp);
}

static struct {
    unsigned asked, done;
    bool is_inside;
} masks;

/* The program's comes before the C library's, also for libunwind. */
__attribute__((visibility("default"))) int
sigprocmask(int how, const sigset_t *mask, sigset_t *before)
{
    int result;

    if (masks.is_inside) {
        masks.done++;
        return pthread_sigmask(how, mask, before);
    }
    masks.asked++;
    masks.is_inside = true;
    result = rs_unwind_libunwind_mask(how, mask, before);
    masks.is_inside = false;
    return result;
}

/* A thread's first walk, with a signal that is held back already. */
static void *
walk_masked(void *argument)
{
    sigset_t mask;

    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    UNIT_EQ(pthread_sigmask(SIG_BLOCK, &mask, NULL), 0);
    masks.asked = masks.done = 0;
    (void)level(DEPTH - 1);
    UNIT_CHECK(masks.asked > 3); /* or there is nothing to spare */
    UNIT_EQ(masks.done, 2);
    UNIT_EQ(pthread_sigmask(SIG_SETMASK, NULL, &mask), 0);
    UNIT_EQ(sigismember(&mask, SIGUSR1), 1);
    UNIT_EQ(sigismember(&mask, SIGUSR2), 0);
    return argument;
}

static void
test_signals_are_held_once(void)
{
    pthread_t thread;

    UNIT_EQ(pthread_create(&thread, NULL, walk_masked, NULL), 0);
    UNIT_EQ(pthread_join(thread, NULL), 0);
}

int
main(void)
{
    UNIT_CHECK(rs_unwind_libunwind_start());
    test_real_calls();
    test_broken_chains();
    test_bounds();
    test_signal_stack();
    test_signals_are_held_once();
    return unit_result();
}
