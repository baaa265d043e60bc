/* SPDX-License-Identifier: MIT */
/* depot.h -- a store that gives each entry a 32-bit id and never removes it.
 *
 * stack.h and pyframe.h are made of it: memory that is mapped piece by piece as
 * it fills, and a hash table over it. An entry is found again by its key,
 * the first key_bytes of its data, so the same key gets the same id.
 *
 * Insert-only, no lock, no waiting: safe on any thread, in a signal handler
 * that interrupts an insertion, and in the child of a fork. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RS_DEPOT_PIECES 64

/* In memory of static duration; all zero before rs_depot_start. */
struct rs_depot {
    _Atomic uint32_t *buckets; /* id of the newest entry of each chain */
    uint32_t buckets_mask;
    unsigned piece_shift; /* all pieces but the last are 1 << this bytes */
    size_t bytes;
    _Atomic size_t used;
    /* An id is an offset in all of them, in units of 8 bytes. */
    _Atomic(unsigned char *) pieces[RS_DEPOT_PIECES];
};

/* Up to `bytes`, and a table; at most 32 GiB. False without memory for the
 * first piece: the depot stays empty then, and every put fails. */
bool rs_depot_start(struct rs_depot *depot, size_t bytes);

/* The id of the entry with this key, or 0. Key and data are whole 8-byte
 * words. */
uint32_t rs_depot_find(const struct rs_depot *depot, const uint64_t *key,
                       size_t key_bytes);

/* Finds or inserts. 0 when the depot is full, or there is no memory. Two threads that insert the same
 * key at the same moment may get two ids. */
uint32_t rs_depot_put(struct rs_depot *depot, const uint64_t *data,
                      size_t bytes, size_t key_bytes);

/* The entry's data, never changed or moved again; sets *bytes. NULL for id 0,
 * and for an id whose entry this thread cannot see yet. */
const uint64_t *rs_depot_get(const struct rs_depot *depot, uint32_t id,
                             size_t *bytes);

size_t rs_depot_used_bytes(const struct rs_depot *depot);
