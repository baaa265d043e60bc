/* SPDX-License-Identifier: MIT */
/* heap_type_refs.h -- an instance of a heap type owns a reference to its type, and
 * its tp_dealloc must release it. Watched with leaks=1, for types whose
 * tp_dealloc is in code that announces all its operations.
 *
 * An instance that begins to die waits here until its thread releases a
 * reference to the type. Its dealloc has returned when the thread's stack is
 * seen well above where it was when the death began; by then the reference
 * must have gone, if the memory has.
 *
 * Missed: deallocs that free the memory through a tp_free that is not seen
 * (hooks_types.c), and those that keep it for the next instance, which may keep the reference,
 * too; Pythons before 3.14, whose trashcan is inside tp_dealloc. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "refcount/header.h"
#include "stack/stack.h"
#include "thread/thread.h"

struct rs_heap_type_ref {
    uintptr_t object, frame;
    struct rs_header header; /* its type is in it; type 0 is a free entry */
    rs_stack stack;
    bool is_freed;
};

/* leaks=1; written at start. */
extern bool rs_heap_type_refs_is_on;
bool rs_heap_type_refs_start(bool is_on);

/* Is it an instance whose dealloc will be seen to release the type? */
bool rs_heap_type_refs_is_watched(const struct rs_header *header);

void rs_heap_type_refs_begin(const struct rs_thread *self,
                             const struct rs_heap_type_ref *instance);
void rs_heap_type_refs_freed(const struct rs_thread *self, uintptr_t object);
void rs_heap_type_refs_dropped(const struct rs_thread *self, uintptr_t type);

/* Takes out an instance whose dealloc is over by the thread's stack at `frame`
 * (UINTPTR_MAX: all are) and has not released its type. */
bool rs_heap_type_refs_take_over(const struct rs_thread *self, uintptr_t frame,
                                 struct rs_heap_type_ref *instance);
