/* SPDX-License-Identifier: MIT */
/* allocator.h -- which blocks of the interpreter's allocators are free, by
 * their own lists: pymalloc's pools on default builds, mimalloc's pages on
 * free-threaded ones.
 *
 * Freed memory keeps the pointers that were in it, and an object whose memory
 * was freed without a dealloc still looks alive. A word in a free block is no
 * reference, and an object in one is not alive.
 *
 * Each pool or page is checked: all its numbers must fit, and its lists of
 * free blocks must lie within it and be as long as it says. Otherwise all of
 * it is taken for used, and no object in it for alive.
 *
 * Missed: blocks of the C library's malloc(), which on default builds has what
 * is larger than 512 bytes; PYTHONMALLOC=malloc. Facts: Objects/obmalloc.c and
 * Objects/mimalloc of CPython 3.14 and 3.15. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* A pool's size and alignment; a page of mimalloc has several. */
#define RS_HEAP_UNIT_BYTES 16384

/* Zeroes what is free in the copy of a unit. */
void rs_allocator_wipe_free(uintptr_t unit, unsigned char *copy);

/* Is there a block in use at this address? Sets its bounds. False also when
 * that is not known. */
bool rs_allocator_find_used(uintptr_t address, uintptr_t *low,
                            uintptr_t *high);
