/* SPDX-License-Identifier: MIT */
/* arch.h -- what refsan needs of a processor, in one file for each:
 * arch_x86_64.h is complete; arch_aarch64.h builds. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The thread pointer as CPython's _Py_ThreadId() reads it: what free-threaded
 * builds keep in ob_tid. Not pthread_self() on every architecture. */
static inline uintptr_t rs_arch_thread_pointer(void);

/* A clock that only grows on one thread and is close enough between threads to
 * order a history for a reader. Not a unit of time. */
static inline uint64_t rs_arch_ticks(void);

/* Of a function that only returns a thread-local pointer: the offset of that
 * pointer from the thread pointer. Its machine code is compared byte by byte;
 * 0 when it does anything else. */
static inline int64_t rs_arch_thread_local_offset(const void *function);

/* Of a function that does nothing, and has room behind it: the code of a jump
 * to another one, RS_ARCH_JUMP_BYTES to be put in its place. False when it does
 * anything, or there is no room. Its machine code is compared byte by byte. */
static inline bool rs_arch_make_jump(unsigned char *code, const void *function,
                                     const void *to);

/* The calling thread's pointer at that offset. */
static inline void *rs_arch_thread_local(int64_t offset);

#if defined(__x86_64__)
#include "os/arch_x86_64.h"
#elif defined(__aarch64__)
#include "os/arch_aarch64.h"
#else
#error "refsan knows x86-64 and aarch64"
#endif
