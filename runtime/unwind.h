/* SPDX-License-Identifier: MIT */
/* unwind.h -- "give me the native frames": one question, two answers.
 *
 * unwind_fp.c follows frame pointers, which CPython 3.15 and what is built with
 * its flags have (PEP 831). unwind_libunwind.c asks libunwind's cached
 * unw_backtrace(). Which one is decided at start, by trying (rs_unwind_start),
 * or by the option unwind=fp|libunwind.
 *
 * Never called under the loader's lock or inside an allocation; the caller
 * (capture.h) sees to that. Bounded by `max`. No malloc. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct rs_unwind_bounds {
    uintptr_t stack_low; /* the thread's stack: frames lie in between */
    uintptr_t stack_high;
};

/* The calling thread's stack, without malloc; a conservative guess will do. */
void rs_unwind_bounds_read(struct rs_unwind_bounds *bounds);

/* Return addresses, innermost first, starting with the caller of the function
 * whose frame address (__builtin_frame_address(0)) is `frame`. */
unsigned rs_unwind_fp(uintptr_t frame, const struct rs_unwind_bounds *bounds,
                      uintptr_t *pcs, unsigned max);

/* The same from here, by libunwind; frames before the one whose return address
 * is `pc` are dropped (all are kept when it is not found). */
unsigned rs_unwind_libunwind(uintptr_t pc, uintptr_t *pcs, unsigned max);
