/* SPDX-License-Identifier: MIT */
/* thread.h -- refsan's own list of the threads, and the guard that keeps
 * refsan from watching itself.
 *
 * A thread gets a slot (slots.h) the first time one of its events is seen.
 * Slots are never unmapped; that of the thread that ended longest ago is used
 * again (counted as lost: old objects then name the wrong thread). A thread
 * that finds none, or no memory, is not watched (counted), and asks again when
 * another one has ended. All functions are safe in a signal handler; none
 * waits or allocates, but the first event of a thread may map its rings. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "thread/ring.h"
#include "thread/slots.h"
#include "stack/stack.h"
#include "os/sys.h"
#include "os/unwind.h"
#include "os/atomics.h"

#define RS_THREAD_MEMO_SIZE 256

/* A stack seen before from the same place (capture.c). */
#define RS_MEMO_KEY_WORDS 6
struct rs_memo {
    uint64_t key[RS_MEMO_KEY_WORDS];
    uint32_t stack;
};

struct rs_thread {
    uint16_t slot;          /* its index; never changes */
    uint32_t live_word;     /* status of what it makes (word.h) */
    _Atomic uint32_t gate;  /* its epoch; RS_THREAD_INSIDE while refsan runs */
    _Atomic uint32_t epoch; /* the runtime's life it belongs to (thread.c) */
    uint64_t now;           /* ticks of its last act: a cheap, coarse clock */
    struct rs_ring acts;
    struct rs_ring lives;
    const void *tstate;   /* that the live word's interpreter is of */
    struct rs_memo *memo; /* RS_THREAD_MEMO_SIZE entries, direct mapped */
    struct rs_unwind_bounds bounds;

    _Atomic uintptr_t pointer; /* the thread pointer: CPython's ob_tid */
    int32_t tid;
    uint16_t created_by; /* slot of the thread that called pthread_create */
    _Atomic bool has_ended;
    char name
        [RS_SYS_NAME_BYTES]; /* filled when it ends; before, ask the kernel */
    _Atomic uint64_t events; /* not among `acts`; read racily by the summary */

    /* The last operation that was announced and will now be called
     * (pipeline.c): its object, its site, and how far `acts` was then. */
    uintptr_t announced;
    uint64_t announced_site;
    uint64_t announced_at;

    /* What `lives` got in the last call that was watched, and returned
     * (lifetimes.h). */
    uint64_t returned_from, returned_to;
};

/* Claims the guard and returns the calling thread, or NULL when refsan is
 * already running on it, has not started, has stopped, or could not get a
 * slot (counted). */
static inline struct rs_thread *rs_thread_enter(void);
static inline void rs_thread_leave(struct rs_thread *self);

/* Private to rs_thread_enter(): the calling thread, and the number of the
 * runtime's life, which is RS_THREAD_STOPPED before the start and after the
 * stop. A thread's gate is the life it belongs to, and RS_THREAD_INSIDE while
 * refsan runs on it. So one comparison tells that the runtime has started,
 * that the thread is of this life, and that refsan does not run on it. */
#define RS_THREAD_STOPPED UINT32_MAX
#define RS_THREAD_INSIDE  (UINT32_MAX - 1)
extern RS_THREAD_LOCAL struct rs_thread *rs_thread_current;
extern _Atomic uint32_t rs_thread_life;
struct rs_thread *rs_thread_enter_slow(void);

static inline struct rs_thread *
rs_thread_enter(void)
{
    struct rs_thread *self = rs_thread_current;

    /* Relaxed: a start, a stop or a new life that is seen late lets in, or
     * keeps out, an event that came at the same moment. */
    if (rs_likely(self != NULL &&
                  rs_load(&self->gate) == rs_load(&rs_thread_life))) {
        rs_store(&self->gate, RS_THREAD_INSIDE);
        return self;
    }
    return rs_thread_enter_slow();
}

static inline void
rs_thread_leave(struct rs_thread *self)
{
    rs_store(&self->gate, rs_load(&self->epoch));
}

/* An event that leaves no act. One writer, so no read-modify-write is needed.
 */
static inline void
rs_thread_count_event(struct rs_thread *self)
{
    rs_store(&self->events, rs_load(&self->events) + 1);
}

/* The entry of `slot`. NULL for slot 0, and for one beyond rs_thread_top().
 */
struct rs_thread *rs_thread_get(unsigned slot);

/* No thread has had a slot beyond. */
unsigned rs_thread_top(void);

/* The slot of the running or ended thread whose thread pointer is `pointer`;
 * running ones win, then the last one to end. 0 when unknown. */
unsigned rs_thread_find_owner(uintptr_t pointer);

/* The same by the kernel's number. */
unsigned rs_thread_find_tid(int tid);

/* Copies the thread's name as the kernel or, after its end, refsan knows it.
 */
void rs_thread_name(unsigned slot, char *name, unsigned bytes);

/* pthread_create's child calls this first, with its parent's slot, and the
 * channel by which the parent let it go (happens_before.h). */
void rs_thread_announce(unsigned created_by, uintptr_t through);

/* It went on without a slot, and may have waited for threads that refsan did
 * not see it wait for. */
void rs_thread_announce_nothing(void);

/* A new life of the runtime began (Py_Initialize after Py_Finalize): threads
 * get new slots, so that objects of the old life can be told apart. */
void rs_thread_new_epoch(void);
uint32_t rs_thread_epoch(void);

/* Takes what must be had early; events are let in by rs_thread_start(). */
void rs_thread_prepare(void);
/* Entries of each ring, rounded up to a power of two; an eighth of them where
 * the slot is RS_SLOTS_FEW or more. */
void rs_thread_start(unsigned acts_entries, unsigned lives_entries);
void rs_thread_stop(void);
/* In the child of a fork: the other threads have ended. */
void rs_thread_after_fork(void);

/* The events of all threads, racy. */
uint64_t rs_thread_events(void);
