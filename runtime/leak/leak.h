/* SPDX-License-Identifier: MIT */
/* leak.h -- at the end of the runtime: which objects that watched modules made
 * are still alive, although nothing refers to them (leaks=1).
 *
 * As LeakSanitizer does it, conservatively: what looks like a pointer to an
 * object, or into it, anywhere in the memory of the process is a reference, be
 * it in static storage, a block of malloc(), a thread's stack, or
 * another object that is alive. An object that only leaked objects keep alive
 * is not reported; of several that keep each other alive, one is.
 *
 * Missed: an object that an old pointer in memory in use happens to point to;
 * one that memory of a leaked object outside the object itself refers to, as a
 * list's items or an instance's dict; types, modules and functions, which
 * free-threaded builds may lose by themselves; what allocator.h knows nothing
 * of. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "refcount/header.h"
#include "stack/stack.h"

/* Leaked objects that were made on one call path within native code. */
struct rs_leak {
    uintptr_t object; /* one of them */
    struct rs_header header;
    rs_stack stack;   /* where that one was made */
    unsigned objects; /* how many, without … */
    unsigned held;    /* … those that one of them holds */
};

/* Searches, once for a process. `frame` is the caller's frame address. False
 * when the search could not be made. */
bool rs_leak_search(uintptr_t frame);

/* The leaks found, one call path after the other; false behind the last. */
bool rs_leak_next(struct rs_leak *leak);
