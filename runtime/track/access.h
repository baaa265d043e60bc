/* SPDX-License-Identifier: MIT */
/* access.h -- which threads lately did something to a thing that they share: a
 * container or a field. What it was, when, and under which locks.
 *
 * A fixed table, direct mapped: things that have one place share a few
 * accesses, each of which says whose it is, and is read whole or not at all.
 * The last access of each thread to each thing is known; where there is no
 * room, that of a thread that has ended is forgotten first. Any other that is
 * forgotten while its thing lives is counted.
 *
 * Private to container.c and owned_slot.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/lost.h"
#include "event/step.h"

/* How many one place has room for. */
#define RS_ACCESSES 4

struct rs_access_table {
    struct rs_access_place *places;
    enum rs_lost lost;              /* counts what was forgotten */
    bool (*is_alive)(uint64_t key); /* … while this was so */
};

/* A thing: an address below 2^48, and in the high bits one life of it. */
static inline uint64_t
rs_access_key(uintptr_t address, unsigned generation)
{
    return (uint64_t)address | (uint64_t)generation << 48;
}

static inline uintptr_t
rs_access_address(uint64_t key)
{
    return key & ~(UINT64_C(0xffff) << 48);
}

/* The place of an address, from 0 on; and how many there are. */
#define RS_ACCESS_PLACES 4096
unsigned rs_access_index(uintptr_t address);

/* False without memory. */
bool rs_access_start(struct rs_access_table *table);

/* The last access of the thread in `slot`; false without one. */
bool rs_access_find(struct rs_access_table *table, uint64_t key, unsigned slot,
                    struct rs_access *access);

/* It is the last one of its thread from now on. Of two threads that note, and
 * then ask for others', at least one sees the other. */
void rs_access_note(struct rs_access_table *table, uint64_t key,
                    const struct rs_access *access);

/* Those of threads other than `slot` that still run. Returns how many. */
unsigned rs_access_others(struct rs_access_table *table, uint64_t key,
                          unsigned slot, struct rs_access others[RS_ACCESSES]);
