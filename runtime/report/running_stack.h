/* SPDX-License-Identifier: MIT */
/* running_stack.h -- where another thread is at this moment: its native
 * frames, for the report of an object that it is deallocating.
 *
 * Only the thread itself can walk its stack, so it is asked by a signal. A
 * signal that the program does not use gets a handler for as long as that
 * takes, half a second at most or so, and then its default action again. No
 * Python frames: the handler may interrupt a thread that is just changing
 * them.
 *
 * A thread in a system call that a signal would end is not asked
 * (sys_thread.h). At most RS_LIVE_ASKS times in a process, one at a time.
 * Report time; never on the event path: it waits. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "os/unwind.h"
#include "stack/stack.h"
#include "track/locks.h"

#define RS_LIVE_ASKS 64

struct rs_running_stack_found {
    rs_stack stack;
    uintptr_t pointer;     /* its stack pointer */
    struct rs_locks locks; /* that it holds, and waits for */
};

/* False when it was not asked (live_stack=0), or did not answer in time. */
bool rs_running_stack_ask(unsigned slot, struct rs_running_stack_found *found);

/* The same of any thread of the process, known or not, as often as wanted; if
 * the process `ends`, also of one whose system call that ends. */
bool rs_running_stack_ask_any(int tid, bool ends,
                              struct rs_running_stack_found *found);

/* The native frames of a thread that a signal interrupted at `place`, from its
 * handler. Room for RS_RUNNING_STACK_MAX; returns how many. */
#define RS_RUNNING_STACK_MAX 48
struct rs_sys_place;
unsigned rs_running_stack_walk(struct rs_unwind_bounds *bounds,
                               const struct rs_sys_place *place,
                               uintptr_t pcs[RS_RUNNING_STACK_MAX]);

/* In the child of a fork: nobody is being asked. */
void rs_running_stack_after_fork(void);
