/* SPDX-License-Identifier: MIT */
/* unwind.h -- the native frames of a stack, by one of two unwinders.
 *
 * unwind_fp.c follows frame pointers, which CPython 3.15 and what is built
 * with its flags have (PEP 831), and which code without them silently breaks.
 * unwind_libunwind.c asks libunwind's cached unw_backtrace(), which is right
 * for all code and slower. capture.c decides which one to use.
 *
 * Called from hooks. Bounded by `max`. No malloc, after
 * rs_unwind_libunwind_start(). */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* A thread's stack. All of [stack_low, stack_high) is mapped; the low end
 * follows the stack down as deeper frames are seen. */
struct rs_unwind_bounds {
    uintptr_t stack_low;
    uintptr_t stack_high;
};

/* The calling thread's. Does not allocate. Both 0 when they cannot be told. */
void rs_unwind_bounds_read(struct rs_unwind_bounds *bounds);

/* … those of its stack that has the address: where it was before a signal. */
void rs_unwind_bounds_at(struct rs_unwind_bounds *bounds, uintptr_t address);

/* True when `bytes` at `address` lie in the stack. Lowers the low end for an
 * address of the calling thread's own stack that is deeper than any before. */
bool rs_unwind_bounds_have(struct rs_unwind_bounds *bounds, uintptr_t address,
                           uintptr_t bytes);

/* Return addresses, innermost first, starting with the caller of the function
 * whose frame address (__builtin_frame_address(0)) is `frame`. Ends where the
 * chain leaves the stack, does not grow, or is not aligned. */
unsigned rs_unwind_fp(uintptr_t frame, struct rs_unwind_bounds *bounds,
                      uintptr_t *pcs, unsigned max);

/* The same from here, by libunwind; frames before the one whose return address
 * is `pc` are dropped (all are kept when it is not found). May wait for a
 * dl_iterate_phdr() of another thread when it meets code for the first time;
 * inside itself (a hook in a callback of dl_iterate_phdr) it returns 0. */
unsigned rs_unwind_libunwind(uintptr_t pc, uintptr_t *pcs, unsigned max);

/* From now on libunwind is not asked: it would crash on the tables of an image
 * (unwind_tables.h). For the whole process, because it reads those of every
 * image that has a frame on a stack. */
void rs_unwind_libunwind_distrust(void);

/* In place of libunwind's sigprocmask(): within a walk of refsan signals are
 * held back once, until its end; else it is the C library's. */
int rs_unwind_libunwind_mask(int how, const sigset_t *mask, sigset_t *before);

/* Lets libunwind do its slow initialization. False when it finds no frames
 * here. Call it before the first hook. */
bool rs_unwind_libunwind_start(void);

/* Where the code of the function that has `pc` begins and ends. False without
 * an unwind table for it. Not for the event path: it asks the loader. */
bool rs_unwind_function(uintptr_t pc, uintptr_t *low, uintptr_t *high);
