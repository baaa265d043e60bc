/* SPDX-License-Identifier: MIT */
/* heap.h -- the memory of the embedded runtime's objects, and the list of
 * those that the collector looks at. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "refsan/embedded.h"

#include "../refcount/queue.h"

/* In front of every object that was made by _PyObject_New or _GC_New. */
struct rs_heap_prefix {
    struct rs_heap_prefix *next, *prev;  /* tracked objects, in a ring */
    struct rs_heap_prefix *work, *trail; /* the collector's lists … */
    int64_t references;                  /* … and its count */
    uintptr_t spare;                     /* keeps the object aligned to 16 */
    struct rs_queue_link link;
};

static inline struct rs_heap_prefix *
rs_heap_prefix_of(const void *object)
{
    return (struct rs_heap_prefix *)object - 1;
}

static inline PyObject *
rs_heap_object(struct rs_heap_prefix *prefix)
{
    return (PyObject *)(prefix + 1);
}

static inline struct rs_words *
rs_heap_words(PyObject *object)
{
    return (struct rs_words *)object;
}

static inline bool
rs_heap_is_collected(const PyObject *object)
{
    return (object->ob_type->tp_flags & Py_TPFLAGS_HAVE_GC) != 0;
}

/* The tracked objects, in a ring that begins and ends here. Only while the
 * world is stopped. */
struct rs_heap_prefix *rs_heap_tracked(void);

/* How many objects there are. */
Py_ssize_t rs_heap_count(void);

void rs_heap_after_fork(void);
