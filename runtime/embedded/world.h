/* SPDX-License-Identifier: MIT */
/* world.h -- the threads of the embedded runtime: attached, suspended, or
 * stopped for the collector. */
#pragma once

#include <stdbool.h>

#include "../refcount/queue.h"

enum rs_world_state {
    RS_WORLD_DETACHED,
    RS_WORLD_ATTACHED, /* 1, as in CPython: tools look at it */
    RS_WORLD_SUSPENDED,
};

struct rs_world_thread {
    const void *interpreter; /* there is one */
    int state;               /* written by the thread alone */
    int nesting;
    struct rs_owner owner;
    struct rs_world_thread *next;
};

/* The calling thread's, or NULL when it is not attached. */
struct rs_world_thread *rs_world_self(void);

bool rs_world_attach(const void *interpreter);
void rs_world_detach(void);
void rs_world_suspend(void);
void rs_world_resume(void);
void rs_world_safepoint(void);

/* All other attached threads are at a safepoint from the one call to the
 * other. Two threads that want this take turns. */
void rs_world_stop(void);
void rs_world_start(void);

/* World stopped: merges everything that waits in any queue. The references are
 * the caller's then, to be dropped when the world runs (rs_queue_pop). */
struct rs_words *rs_world_adopt_queues(void);

/* In the child of a fork: the other threads have ended, and what waited for
 * them is merged. */
void rs_world_after_fork(void);
