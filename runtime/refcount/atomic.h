/* SPDX-License-Identifier: MIT */
/* atomic.h -- the atomic accesses and the lock the protocol is made of.
 *
 * They are in one place so that the model can replace them: compiled with
 * REFSAN_EXPLORE, every access is a step at which tests/model/explore.c may
 * switch to another thread. It runs refcount.c and queue.c as they are.
 *
 * The compiler's builtins, not <stdatomic.h>: the words belong to objects that
 * CPython, or a program, declared without _Atomic. */
#pragma once

#ifdef REFSAN_EXPLORE
#include "explore_atomic.h"
#else

#include <pthread.h>
#include <stdbool.h>

#define RS_RELAXED __ATOMIC_RELAXED
#define RS_ACQUIRE __ATOMIC_ACQUIRE
#define RS_RELEASE __ATOMIC_RELEASE
#define RS_ACQ_REL __ATOMIC_ACQ_REL

#define rs_atomic_load(at, order) __atomic_load_n((at), (order))
#define rs_atomic_store(at, value, order)                                     \
    __atomic_store_n((at), (value), (order))
#define rs_atomic_add(at, value, order)                                       \
    __atomic_fetch_add((at), (value), (order))
#define rs_atomic_or(at, value, order)                                        \
    __atomic_fetch_or((at), (value), (order))
/* True when it was `*seen`; otherwise `*seen` gets the value that it has. */
#define rs_atomic_swap_if(at, seen, value, order)                             \
    __atomic_compare_exchange_n((at), (seen), (value), false, (order),        \
                                __ATOMIC_RELAXED)

typedef pthread_mutex_t rs_lock;
#define RS_LOCK_INIT        PTHREAD_MUTEX_INITIALIZER
#define rs_lock_init(lock)  pthread_mutex_init((lock), NULL)
#define rs_lock_enter(lock) pthread_mutex_lock(lock)
#define rs_lock_leave(lock) pthread_mutex_unlock(lock)

#endif
