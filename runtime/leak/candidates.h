/* SPDX-License-Identifier: MIT */
/* candidates.h -- the objects that watched modules made and that are alive
 * at the end; private to leak.c. */
#pragma once

#include <stdint.h>

struct rs_candidate {
    uintptr_t object;
    uint32_t bytes;
    uint32_t stack;
    uint32_t path;    /* of the call path, within the native code */
    uint32_t pending; /* the next one to look into */
    uint8_t marks;
};

/* Entries 1 to *count, by address; NULL without memory. Overwrites the cells
 * of allocation_site.h: from now on they say which candidate has the address.
 * Those without room are counted as lost. */
struct rs_candidate *rs_leak_collect(uint32_t *count);

/* The number of the candidate that has the address; 0 when none has. */
uint32_t rs_leak_find_candidate(uintptr_t address);
