/* SPDX-License-Identifier: MIT */
/* dealloc_locks.h -- the locks that deallocs take, by type: of objects that
 * PyUnstable_EnableTryIncRef was called on. Whoever finds such an object in a
 * registry must hold the lock under which its dealloc takes it out.
 *
 * A small table, direct mapped, of types whose dealloc was seen from its
 * beginning (PyRefTracer) to the release of the memory.
 *
 * Wrong when: the dealloc takes a lock that has nothing to do with the
 * registry, and the registry's own is none that refsan sees (locks.h). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "event/step.h"

#define RS_DEALLOC_LOCKS_LOCKS 2

bool rs_dealloc_locks_start(void);

/* The dealloc of an object begins, or its memory was released. */
void rs_dealloc_locks_begin(uintptr_t object, uintptr_t type, unsigned slot,
                            rs_stack stack);
void rs_dealloc_locks_end(uintptr_t object);

/* Has the calling thread's dealloc of the object taken a lock, or does it hold
 * one? False when it is not known. */
bool rs_dealloc_locks_has_taken(uintptr_t object);

/* About a TryIncRef of an object of the type; and its locks are remembered. */
void rs_dealloc_locks_describe(uintptr_t type, struct rs_step *step);
