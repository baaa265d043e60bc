/* SPDX-License-Identifier: MIT */
/* depot.h -- a store that gives each entry a 32-bit id and never removes it.
 *
 * stack.h and pyframe.h are made of it: one mapping of fixed size, filled from
 * the front, and a hash table over it. An entry is found again by its key,
 * the first key_bytes of its data, so the same key gets the same id.
 *
 * Insert-only, no lock, no waiting: safe on any thread, in a signal handler
 * that interrupts an insertion, and in the child of a fork. */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* In memory of static duration; all zero before rs_depot_start. */
struct rs_depot {
    _Atomic uint32_t *buckets; /* id of the newest entry of each chain */
    uint32_t buckets_mask;
    unsigned char *memory; /* an id is an offset in it, in units of 8 bytes */
    size_t bytes;
    _Atomic size_t used;
};

/* `bytes` in all, table included; at most 32 GiB. Without memory the depot
 * stays empty and every put fails. */
void rs_depot_start(struct rs_depot *depot, size_t bytes);

/* The id of the entry with this key, or 0. Key and data are whole 8-byte
 * words. */
uint32_t rs_depot_find(const struct rs_depot *depot, const uint64_t *key,
                       size_t key_bytes);

/* Finds or inserts. 0 when the depot is full. Two threads that insert the same
 * key at the same moment may get two ids. */
uint32_t rs_depot_put(struct rs_depot *depot, const uint64_t *data,
                      size_t bytes, size_t key_bytes);

/* The entry's data, never changed or moved again; sets *bytes. NULL for id 0,
 * and for an id whose entry this thread cannot see yet. */
const uint64_t *rs_depot_get(const struct rs_depot *depot, uint32_t id,
                             size_t *bytes);

size_t rs_depot_used_bytes(const struct rs_depot *depot);
