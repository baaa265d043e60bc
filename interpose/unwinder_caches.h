/* SPDX-License-Identifier: MIT */
/* unwinder_caches.h -- the memory that libunwind remembers code in, for each
 * thread: handed on from thread to thread, and bounded.
 *
 * libunwind maps such a cache at a thread's first walk, fills all of it, and
 * unmaps it when the thread ends. That costs more than the thread. Here, those
 * of ended threads are kept for the next ones, which get them as they are.
 * RS_UNWINDER_CACHES are in use at most; a thread beyond is refused, and
 * libunwind then steps without a cache: right, and slow.
 *
 * Missed: the caches of a libunwind that are of another size, or that grew. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#define RS_UNWINDER_CACHE_BYTES ((size_t)256 << 10)
#define RS_UNWINDER_CACHES      256

/* In place of libunwind's mmap() and munmap(). */
void *rs_unwinder_caches_map(void *address, size_t bytes, int protection,
                             int flags, int fd, off_t offset);
int rs_unwinder_caches_unmap(void *address, size_t bytes);

void rs_unwinder_caches_after_fork(void);
