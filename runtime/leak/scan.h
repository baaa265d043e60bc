/* SPDX-License-Identifier: MIT */
/* scan.h -- all memory from which the process may still refer to objects: its
 * writable memory, in copies, without what is certainly free in it.
 *
 * That is static storage, thread-locals, stacks and the heaps of all
 * allocators. It is not refsan's own memory, nor the calling thread's stack
 * below `frame`. Where it cannot be told what is free, all counts as used. For
 * the end of the process; other threads may run. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `words` are a copy of what is at `address`, which is a multiple of a page.
 */
typedef void rs_scan_visit(void *context, uintptr_t address,
                           const uintptr_t *words, size_t count);

/* False when the kernel does not say what memory there is. */
bool rs_scan_each(uintptr_t frame, rs_scan_visit *visit, void *context);
