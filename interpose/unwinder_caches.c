/* SPDX-License-Identifier: MIT */
/* unwinder_caches.c -- see unwinder_caches.h. Runs wherever stacks are walked,
 * and where threads end: no lock, no allocation. */
#include "unwinder_caches.h"

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
        void *cache =
            atomic_load_explicit(&caches.kept[i], memory_order_relaxed);

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
    if (atomic_fetch_add_explicit(&caches.in_use, 1, memory_order_relaxed) >=
        RS_UNWINDER_CACHES) {
        atomic_fetch_sub_explicit(&caches.in_use, 1, memory_order_relaxed);
        errno = ENOMEM;
        return MAP_FAILED;
    }
    cache = take();
    if (cache != NULL)
        return memset(cache, 0, bytes); /* as mmap() would */
    cache = mmap(address, bytes, protection, flags, fd, offset);
    if (cache == MAP_FAILED)
        atomic_fetch_sub_explicit(&caches.in_use, 1, memory_order_relaxed);
    return cache;
}

/* The other threads are gone, and cannot say that they used one. */
void
rs_unwinder_caches_after_fork(void)
{
    atomic_store_explicit(&caches.in_use, 1, memory_order_relaxed);
}

int
rs_unwinder_caches_unmap(void *address, size_t bytes)
{
    if (bytes == RS_UNWINDER_CACHE_BYTES) {
        atomic_fetch_sub_explicit(&caches.in_use, 1, memory_order_relaxed);
        if (keep(address))
            return 0;
    }
    return munmap(address, bytes);
}
