/* SPDX-License-Identifier: MIT */
/* locks.h -- the locks the calling thread holds, as far as they are seen:
 * those that watched modules take (PyMutex, critical sections, pthread mutexes
 * and rwlocks, PyThread locks), and those of Python code (threading.Lock and
 * RLock). A small fixed array of the thread's own; nothing waits. What is
 * taken and released also orders threads (happens_before.h).
 *
 * Missed: locks of the program that no watched module takes by one of these
 *         functions, such as a spin lock, or a lock of another process.
 *         A rule that relies on the absence of a lock says so. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "thread/happens_before.h"

#define RS_LOCKS_MAX    16
#define RS_LOCKS_RECENT 8

struct rs_lock_held {
    uintptr_t lock;
    uintptr_t section; /* of a critical section: by which it ends; or 0 */
    uint32_t depth;    /* how often, for those that may be taken again */
    enum rs_lock_kind kind;
    bool is_object; /* it dies with a Python object of this generation */
    bool is_away;   /* given back for a while, in a wait */
    uint16_t generation;
};

struct rs_locks {
    unsigned count;
    uint32_t taken; /* ever; of the last ones `recent` knows which */
    uintptr_t recent[RS_LOCKS_RECENT];
    uintptr_t wanted;   /* waited for at present, or 0 */
    bool has_overflown; /* more were held: what is not here may be held */
    struct rs_lock_held held[RS_LOCKS_MAX];
};
extern RS_THREAD_LOCAL struct rs_locks rs_locks;

/* The thread is about to wait for the lock; then what it waited for before is
 * restored: a signal handler may have come in between. */
static inline uintptr_t
rs_locks_want(uintptr_t lock)
{
    uintptr_t before = rs_locks.wanted;

    rs_locks.wanted = lock;
    return before;
}

static inline void
rs_locks_want_no_more(uintptr_t before)
{
    rs_locks.wanted = before;
}

/* A lock was taken, and is about to be released. */
void rs_locks_take(uintptr_t lock);
void rs_locks_release(uintptr_t lock);

/* For locks that no thread takes twice, where instrumented code and the hook
 * may both tell of it. */
void rs_locks_take_once(uintptr_t lock, enum rs_lock_kind kind);
void rs_locks_release_all(uintptr_t lock);

/* A lock of Python code. It may be released by another thread than took it,
 * and die while it is locked: then it is forgotten. */
void rs_locks_take_object(uintptr_t lock);

/* A wait releases the lock, however often it was taken, and takes it again. */
void rs_locks_suspend(uintptr_t lock);
void rs_locks_resume(uintptr_t lock);

/* The thread sent something through a channel, or received something. A queue
 * is no lock, but it orders threads. */
void rs_locks_send(uintptr_t channel);
void rs_locks_receive(uintptr_t channel);

/* A critical section began for one object or mutex, or two; or is to end. */
void rs_locks_begin(uintptr_t section, uintptr_t first, uintptr_t second);
void rs_locks_end(uintptr_t section);

/* The locks taken since rs_locks.taken had this value, released again or not,
 * and those held then: number `index` of them, or 0; and whether `lock` is
 * one. / */
uintptr_t rs_locks_taken_since(uint32_t taken, unsigned index);
bool rs_locks_was_taken(uint32_t taken, uintptr_t lock);

/* Is it held, or may it be? */
bool rs_locks_has(uintptr_t lock);

/* Is any, of those that have not died? */
bool rs_locks_has_any(void);

/* The innermost two that are held, 0 for none. */
void rs_locks_innermost(uintptr_t locks[RS_ORDER_LOCKS]);
struct rs_held rs_locks_held(void);        /* … and what they are */
struct rs_order_locks rs_locks_tags(void); /* … by rs_happens_before_tag() */

/* Are the locks of Python code seen in this process? Written at start. */
extern _Atomic bool rs_locks_sees_python;
