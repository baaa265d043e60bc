/* SPDX-License-Identifier: MIT */
/* unwinder_caches.c -- see unwinder_caches.h. Runs wherever stacks are walked,
 * and where threads end: no lock, no allocation. */
#include "unwinder_caches.h"
#include "../runtime/os/atomics.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

static struct {
    _Atomic(void *) kept[RS_UNWINDER_CACHES]; /* of ended threads */
    _Atomic int in_use; /* below 0: some were there before refsan */
} caches;

static void *
take(void)
{
    for (unsigned i = 0; i < RS_UNWINDER_CACHES; i++) {
        void *cache = rs_load(&caches.kept[i]);

        /* Acquire: pairs with the release in keep(). */
        if (cache != NULL && atomic_compare_exchange_strong_explicit(
                                 &caches.kept[i], &cache, NULL,
                                 memory_order_acquire, memory_order_relaxed))
            return cache;
    }
    return NULL;
}

static bool
keep(void *cache)
{
    for (unsigned i = 0; i < RS_UNWINDER_CACHES; i++) {
        void *none = NULL;

        if (atomic_compare_exchange_strong_explicit(
                &caches.kept[i], &none, cache, memory_order_release,
                memory_order_relaxed))
            return true;
    }
    return false;
}

void *
rs_unwinder_caches_map(void *address, size_t bytes, int protection, int flags,
                       int fd, off_t offset)
{
    void *cache;

    if (bytes != RS_UNWINDER_CACHE_BYTES || (flags & MAP_ANONYMOUS) == 0)
        return mmap(address, bytes, protection, flags, fd, offset);
    if (rs_add(&caches.in_use, 1) >= RS_UNWINDER_CACHES) {
        rs_subtract(&caches.in_use, 1);
        errno = ENOMEM;
        return MAP_FAILED;
    }
    cache = take();
    if (cache != NULL)
        return cache;
    cache = mmap(address, bytes, protection, flags, fd, offset);
    if (cache == MAP_FAILED)
        rs_subtract(&caches.in_use, 1);
    return cache;
}

/* The other threads are gone, and cannot say that they used one. */
void
rs_unwinder_caches_after_fork(void)
{
    rs_store(&caches.in_use, 1);
}

int
rs_unwinder_caches_unmap(void *address, size_t bytes)
{
    if (bytes == RS_UNWINDER_CACHE_BYTES) {
        rs_subtract(&caches.in_use, 1);
        if (keep(address))
            return 0;
    }
    return munmap(address, bytes);
}
