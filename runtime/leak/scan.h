/* SPDX-License-Identifier: MIT */
/* scan.h -- all that the process may still refer to things from: its
 * writable memory, in copies, without what is certainly free in it.
 *
 * Static storage, thread-locals, stacks and the heaps of all allocators; not
 * refsan's own memory, not the calling thread's stack below `frame`. Where it
 * cannot be told what is free, all counts as used. For the end of the process;
 * other threads may run. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `words` are a copy of what is at `address`, which is a multiple of a page. */
typedef void rs_scan_visit(void *context, uintptr_t address,
                           const uintptr_t *words, size_t count);

/* False when the kernel does not say what memory there is. */
bool rs_scan_each(uintptr_t frame, rs_scan_visit *visit, void *context);
