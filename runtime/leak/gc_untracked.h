/* SPDX-License-Identifier: MIT */
/* gc_untracked.h -- objects whose count is deferred, and which the collector
 * no longer tracks: only it could have freed them.
 *
 * They wait here until they are tracked again, or until the process ends. One
 * that nobody refers to by then was leaked by PyObject_GC_UnTrack alone.
 *
 * Missed: objects that the interpreter untracks by itself, more than there are
 *         places for, and processes that end without exit(3). */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "refcount/header.h"
#include "stack/stack.h"
#include "thread/thread.h"

#define RS_UNTRACKED_MAX 256

struct rs_gc_untracked {
    _Atomic uintptr_t object; /* 0 is a free place */
    uintptr_t type;
    unsigned generation; /* rs_word_generation() */
    unsigned slot;       /* the thread that untracked it */
    rs_stack stack;
};

/* PyObject_GC_UnTrack of an object with deferred counting that is tracked. */
void rs_gc_untracked_put(const struct rs_gc_untracked *untracked);

/* PyObject_GC_Track: it is tracked again, and waits no longer. */
void rs_gc_untracked_forget(uintptr_t object);

/* Takes out one that, by its header now, nobody refers to and nobody will ever
 * free; false when there is none left. At the end of the process. */
bool rs_gc_untracked_take(struct rs_gc_untracked *untracked,
                          struct rs_header *header);

/* Is it worth a closer look? Of a live object. */
static inline bool
rs_gc_untracked_may_be(enum rs_layout layout, uintptr_t object)
{
    return layout == RS_LAYOUT_FREE_THREADED && object != 0 &&
           (*(const unsigned char *)(object + 11) & RS_GC_DEFERRED) != 0;
}
