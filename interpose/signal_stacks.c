/* SPDX-License-Identifier: MIT */
/* signal_stacks.c -- see signal_stacks.h.
 *
 * Missed: a thread that was there before the start, or while STACKS others
 * run. */
#include "signal_stacks.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "../runtime/os/atomics.h"
#include "../runtime/os/sys.h"
#include "../runtime/os/sys_signal.h"

#define STACK_BYTES ((size_t)64 << 10)
#define STACKS      256 /* threads that have one at a time */

static struct {
    _Atomic(char *) stacks; /* NULL: not started, or no memory */
    _Atomic uint64_t used[STACKS / 64];
} state;

static char first_stack[STACK_BYTES]; /* of the thread that starts */

/* Release: pairs with the acquire in rs_signal_stacks_run(). */
void
rs_signal_stacks_start(void)
{
    rs_store_release(&state.stacks, rs_sys_map(STACKS * STACK_BYTES));
    if (!rs_sys_has_signal_stack())
        rs_sys_signal_stack(first_stack, sizeof(first_stack));
}

/* Not on the thread's own stack: the C library gives the pages of a thread that
 * ended back but for the first, and deeper frames would have to have theirs
 * anew in each thread. -1 when all are in use. */
static int
take_stack(void)
{
    for (int word = 0; word < STACKS / 64; word++) {
        uint64_t used = rs_load(&state.used[word]);

        while (~used != 0) {
            int bit = __builtin_ctzll(~used);

            if (rs_swap_if(&state.used[word], &used,
                           used | UINT64_C(1) << bit))
                return word * 64 + bit;
        }
    }
    return -1;
}

/* What runs on the thread from now on has none. */
static void
give_back(void *which)
{
    uint64_t at = (uintptr_t)which;

    rs_sys_signal_stack(NULL, 0);
    /* Release: the next one's handler comes after. */
    atomic_fetch_and_explicit(&state.used[at / 64], ~(UINT64_C(1) << at % 64),
                              memory_order_release);
}

void *
rs_signal_stacks_run(void *(*start)(void *), void *argument)
{
    int at = rs_load_acquire(&state.stacks) != NULL ? take_stack() : -1;
    void *result;

    if (at < 0)
        return start(argument);
    rs_sys_signal_stack(rs_load(&state.stacks) + (size_t)at * STACK_BYTES,
                        STACK_BYTES);
    pthread_cleanup_push(give_back, (void *)(uintptr_t)at);
    result = start(argument);
    pthread_cleanup_pop(1);
    return result;
}
