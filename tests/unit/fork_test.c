/* SPDX-License-Identifier: MIT */
/* fork_test.c -- in the child of a fork, where the other threads stopped
 * wherever they were: locks order threads as before. */
#include "thread/happens_before.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#define ONE   1
#define TWO   2
#define THREE 3
#define BUSY  4
#define LAST  255 /* a long clock: the busy thread is mostly inside one */
#define LOCK  0x1000
#define FORKS 20

static const struct rs_order_locks none = {{0}};
static atomic_bool is_over;
static atomic_uint rounds;

static void *
use_lock(void *unused)
{
    while (!atomic_load(&is_over)) {
        (void)rs_happens_before_act(BUSY);
        rs_happens_before_release(BUSY, LOCK);
        rs_happens_before_acquire(BUSY, LOCK);
        atomic_fetch_add(&rounds, 1);
    }
    return unused;
}

static enum rs_order
order_of(unsigned slot, unsigned other, uint32_t when)
{
    return rs_happens_before_of(slot, other, when, &none);
}

/* The status: 0 when all is well. ONE is the thread that forked. */
static int
look_in_child(uint32_t before)
{
    uint32_t when, other;

    rs_happens_before_after_fork(ONE);
    if (order_of(ONE, THREE, before) != RS_ORDER_BEFORE)
        return 1; /* what others did before the fork is past */
    rs_happens_before_begin(TWO, 0);
    rs_happens_before_begin(THREE, 0);
    when = rs_happens_before_act(TWO);
    other = rs_happens_before_act(THREE);
    if (order_of(ONE, TWO, when) != RS_ORDER_NONE)
        return 2;
    rs_happens_before_release(TWO, LOCK);
    rs_happens_before_acquire(ONE, LOCK);
    if (order_of(ONE, TWO, when) != RS_ORDER_BEFORE)
        return 3;
    /* It had nothing to do with that lock. */
    return order_of(ONE, THREE, other) == RS_ORDER_NONE ? 0 : 4;
}

int
main(void)
{
    pthread_t busy;

    rs_happens_before_start();
    for (unsigned slot = ONE; slot <= LAST; slot++)
        rs_happens_before_begin(slot, 0);
    pthread_create(&busy, NULL, use_lock, NULL);
    for (unsigned i = 0; i < FORKS; i++) {
        uint32_t before = rs_happens_before_act(THREE);
        unsigned seen = atomic_load(&rounds);
        int status = -1;
        pid_t child;

        while (atomic_load(&rounds) == seen)
            continue;
        child = fork();
        if (child == 0)
            _exit(look_in_child(before));
        waitpid(child, &status, 0);
        UNIT_EQ(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0);
    }
    atomic_store(&is_over, true);
    pthread_join(busy, NULL);
    return unit_result();
}
