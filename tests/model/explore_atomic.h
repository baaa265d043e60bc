/* SPDX-License-Identifier: MIT */
/* explore_atomic.h -- runtime/refcount/atomic.h for the explorer: every access
 * is a step before which another thread may run. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "explore.h"

#define RS_RELAXED EXPLORE_RELAXED
#define RS_ACQUIRE EXPLORE_ACQUIRE
#define RS_RELEASE EXPLORE_RELEASE
#define RS_ACQ_REL EXPLORE_ACQ_REL

#define EXPLORE_AS(at, value) ((__typeof__(*(at) + 0))(uintptr_t)(value))

#define rs_atomic_load(at, order)                                             \
    EXPLORE_AS(at, explore_load((at), sizeof *(at), (order)))
#define rs_atomic_store(at, value, order)                                     \
    explore_store((at), sizeof *(at), (uint64_t)(uintptr_t)(value), (order))
/* Their old values are of no use to the protocol. */
#define rs_atomic_add(at, value, order)                                       \
    explore_add((at), sizeof *(at), (uint64_t)(uintptr_t)(value), (order))
#define rs_atomic_or(at, value, order)                                        \
    explore_or((at), sizeof *(at), (uint64_t)(uintptr_t)(value), (order))
#define rs_atomic_swap_if(at, seen, value, order)                             \
    explore_swap_if((at), sizeof *(at), (seen), (uint64_t)(uintptr_t)(value), \
                    (order))

typedef struct explore_lock rs_lock;
#define RS_LOCK_INIT                                                          \
    {                                                                         \
        0                                                                     \
    }
#define rs_lock_init(lock)  ((lock)->holder = 0)
#define rs_lock_enter(lock) explore_lock_enter(lock)
#define rs_lock_leave(lock) explore_lock_leave(lock)
