/* SPDX-License-Identifier: MIT */
/* locks.h -- the locks the calling thread holds, as far as they are seen:
 * those that watched modules take (PyMutex, critical sections, pthread mutexes
 * and rwlocks, PyThread locks). A small fixed array of the thread's own;
 * nothing is shared, and nothing waits.
 *
 * Missed: locks of the program that no watched module takes by one of these
 * functions, such as a spin lock, or threading.Lock around the call. Whoever
 * judges by the absence of a lock says so where he does. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "check.h"

#define RS_LOCKS_MAX    16
#define RS_LOCKS_RECENT 8

struct rs_lock_held {
    uintptr_t lock;
    uintptr_t section; /* of a critical section: by which it ends; or 0 */
    uint32_t depth;    /* how often, for those that may be taken again */
};

struct rs_locks {
    unsigned count;
    uint32_t taken; /* ever; of the last ones `recent` knows which */
    uintptr_t recent[RS_LOCKS_RECENT];
    bool has_overflown; /* more were held: what is not here may be held */
    struct rs_lock_held held[RS_LOCKS_MAX];
};
extern RS_THREAD_LOCAL struct rs_locks rs_locks;

/* A lock was taken, and is about to be released. */
void rs_locks_take(uintptr_t lock);
void rs_locks_release(uintptr_t lock);

/* One that is not taken twice, and may be announced twice. */
void rs_locks_take_once(uintptr_t lock);
void rs_locks_release_all(uintptr_t lock);

/* A critical section began for one object or mutex, or two; or is to end. */
void rs_locks_begin(uintptr_t section, uintptr_t first, uintptr_t second);
void rs_locks_end(uintptr_t section);

/* The locks taken since `taken` was so much, released again or not: number
 * `index` of them, or 0; and whether one was. Those held then count, too. */
uintptr_t rs_locks_taken_since(uint32_t taken, unsigned index);
bool rs_locks_was_taken(uint32_t taken, uintptr_t lock);

/* Is it held, or may it be? */
bool rs_locks_has(uintptr_t lock);
