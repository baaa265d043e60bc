/* SPDX-License-Identifier: MIT */
/* sys_thread.h -- what a report asks about another thread of the process, and
 * how it interrupts one without harm. Promises what sys.h does.
 *
 * Wrong when: the program begins to use the same signal at the same moment. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Would the thread not notice a signal that is caught with SA_RESTART? So it
 * is where the thread runs, or waits for a lock without a time limit: the
 * kernel restarts that call. Others (poll, nanosleep …) would fail with EINTR.
 * False when the kernel does not say.
 *
 * Wrong when: the thread runs now, and begins such a call a moment later. */
bool rs_sys_thread_may_be_interrupted(int tid);

/* … or does its call begin again, as one that reads from a pipe or a socket
 * does? */
bool rs_sys_thread_call_restarts(int tid);

/* A real-time signal that the program does nothing with, and that the thread
 * would get: not blocked, not pending. 0 when there is none. */
int rs_sys_thread_spare_signal(int tid);

/* Where a signal interrupted the thread, from its handler's context. */
struct rs_sys_place {
    uintptr_t pc;
    uintptr_t stack; /* the stack pointer */
    uintptr_t frame; /* the frame pointer, if the code keeps one */
};
struct rs_sys_place rs_sys_thread_place(const void *context);

/* The threads of the process, at most `max`; returns how many. */
unsigned rs_sys_thread_list(int *tids, unsigned max);

/* Installs the handler, which gets a ucontext_t. False, and nothing is
 * changed, when the program uses the signal after all. */
bool rs_sys_thread_catch(int signal,
                         void (*handler)(int, void *info, void *context));

/* Restores the signal's default action, and discards it first if it may still
 * be pending. */
void rs_sys_thread_let_go(int signal, bool may_be_pending);

/* Sends the signal to the thread; false when that failed. */
bool rs_sys_thread_interrupt(int tid, int signal);

void rs_sys_thread_wait_us(unsigned microseconds);
void rs_sys_thread_yield(void);
