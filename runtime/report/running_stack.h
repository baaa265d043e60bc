/* SPDX-License-Identifier: MIT */
/* running_stack.h -- where another thread is at this very moment: its native frames, for
 * the report of an object that it is deallocating.
 *
 * A thread's stack is its own: only the thread can be asked, by a signal. One
 * that nobody uses is caught for as long as that takes, a tenth of a second at
 * most, and then does again what it did. No Python frames: those a handler
 * could meet half made.
 *
 * Not asked, rather than disturbed (sys_thread.h): a thread in a system call
 * that a signal would end. And at most RS_LIVE_ASKS times in a process, one at
 * a time. Report time; never on the event path: it waits. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "stack/stack.h"

#define RS_LIVE_ASKS 64

struct rs_running_stack_found {
    rs_stack stack;
    uintptr_t pointer; /* its stack pointer */
};

/* False when it was not asked (live_stack=0), or did not answer in time. */
bool rs_running_stack_ask(unsigned slot, struct rs_running_stack_found *found);

/* In the child of a fork: nobody is being asked. */
void rs_running_stack_after_fork(void);
