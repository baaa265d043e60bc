/* SPDX-License-Identifier: MIT */
/* unwinder_caches_test.c -- libunwind's caches are used again as they are, and bounded. */
#include "../../interpose/unwinder_caches.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "unit.h"

static void *
map(size_t bytes)
{
    return rs_unwinder_caches_map(NULL, bytes, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void
test_used_again(void)
{
    char *cache = map(RS_UNWINDER_CACHE_BYTES);

    UNIT_CHECK(cache != MAP_FAILED);
    memset(cache, 1, RS_UNWINDER_CACHE_BYTES);
    UNIT_EQ(rs_unwinder_caches_unmap(cache, RS_UNWINDER_CACHE_BYTES), 0);
    UNIT_CHECK(map(RS_UNWINDER_CACHE_BYTES) == cache);
    UNIT_EQ(cache[0], 1); /* not written, which libunwind does */
    UNIT_EQ(rs_unwinder_caches_unmap(cache, RS_UNWINDER_CACHE_BYTES), 0);
}

static void
test_other_sizes(void)
{
    char *memory = map(4096);

    UNIT_CHECK(memory != MAP_FAILED);
    memory[0] = 1;
    UNIT_EQ(rs_unwinder_caches_unmap(memory, 4096), 0);
    UNIT_CHECK(mprotect(memory, 4096, PROT_READ) != 0); /* it is gone */
}

static void
test_bounded(void)
{
    static void *all[RS_UNWINDER_CACHES];

    for (unsigned i = 0; i < RS_UNWINDER_CACHES; i++)
        UNIT_CHECK((all[i] = map(RS_UNWINDER_CACHE_BYTES)) != MAP_FAILED);
    errno = 0;
    UNIT_CHECK(map(RS_UNWINDER_CACHE_BYTES) == MAP_FAILED);
    UNIT_EQ(errno, ENOMEM);
    rs_unwinder_caches_unmap(all[7], RS_UNWINDER_CACHE_BYTES);
    UNIT_CHECK(map(RS_UNWINDER_CACHE_BYTES) == all[7]);
    UNIT_CHECK(map(RS_UNWINDER_CACHE_BYTES) == MAP_FAILED);
    rs_unwinder_caches_after_fork();
    UNIT_CHECK(map(RS_UNWINDER_CACHE_BYTES) != MAP_FAILED);
}

int
main(void)
{
    test_used_again();
    test_other_sizes();
    test_bounded();
    return unit_result();
}
