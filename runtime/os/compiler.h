/* SPDX-License-Identifier: MIT */
/* compiler.h -- what refsan uses of gcc and clang beyond C11. */
#pragma once

#define RS_EXPORT   __attribute__((visibility("default")))
#define RS_NOINLINE __attribute__((noinline))
#define RS_INLINE   static inline __attribute__((always_inline))
/* A function that ends in a tail call, without a frame of its own. Only
 * optimized builds make one: RS_CAN_JUMP_ON. */
#ifdef __clang__
#define RS_JUMPS_ON
#else
#define RS_JUMPS_ON __attribute__((optimize("omit-frame-pointer")))
#endif
#ifdef __OPTIMIZE__
#define RS_CAN_JUMP_ON 1
#else
#define RS_CAN_JUMP_ON 0
#endif
#define RS_PRINTF(words, first) __attribute__((format(printf, words, first)))
#define rs_likely(condition)    __builtin_expect(!!(condition), 1)
#define rs_unlikely(condition)  __builtin_expect(!!(condition), 0)

/* Initial-exec: no call of __tls_get_addr(), which may allocate. A preloaded
 * library always gets a place in the static block. */
#define RS_THREAD_LOCAL                                                       \
    _Thread_local __attribute__((tls_model("initial-exec")))
