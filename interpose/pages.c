/* SPDX-License-Identifier: MIT */
/* pages.c -- RELRO pages: what they are now, and a moment of writing to them.
 *
 * Runs under the loader's lock; one thread at a time. The kernel's own list is
 * the only witness of a page's protection, so it is read, once for each image
 * that has a protected slot to patch. Without /proc nothing is opened. */
#include "pages.h"

#include <string.h>
#include <sys/mman.h>

/* A range is covered when the read-only maps join from its beginning to its
 * end. */
void
rs_pages_cover(void *covered, const struct rs_sys_map *map)
{
    uintptr_t *end = covered;

    if (memcmp(map->protection, "r--p", 4) == 0 && map->low <= *end &&
        map->high > *end)
        *end = map->high;
}

static bool
are_read_only(uintptr_t low, uintptr_t high)
{
    uintptr_t covered = low;

    return rs_sys_each_map(rs_pages_cover, &covered) && covered >= high;
}

bool
rs_pages_open(uintptr_t low, uintptr_t high)
{
    return are_read_only(low, high) &&
           mprotect((void *)low, high - low, PROT_READ | PROT_WRITE) == 0;
}

void
rs_pages_close(uintptr_t low, uintptr_t high)
{
    mprotect((void *)low, high - low, PROT_READ);
}
