/* SPDX-License-Identifier: MIT */
/* depot.c -- a hash table whose entries are never changed or removed.
 *
 * An entry is written, then published by one compare-and-swap of its bucket's
 * head. Its `bytes` field is published on its own, because an id can reach a
 * reader by a relaxed path (a ring, a shadow record) before the head does. */
#include "base/depot.h"

#include "base/check.h"
#include "base/core_note.h"
#include "os/sys.h"
#include "os/atomics.h"

#include <string.h>

#define UNIT           8
#define BYTES_A_BUCKET 512
/* Each failed swap is another thread's success, so one retry is rare and many
 * in a row do not happen; the bound makes "no waiting" literally true. */
#define TRIES_MAX   64
#define PIECE_SHIFT 20 /* of the smallest pieces */

struct entry {
    uint32_t next; /* id; written before the entry is published */
    uint32_t hash;
    _Atomic uint32_t bytes; /* of data; 0 until the data is there */
    uint32_t key_bytes;
    uint64_t data[];
};

RS_CORE_ROWS(depot) = {
    RS_CORE_MEMBER(rs_depot, piece_shift),
    RS_CORE_MEMBER(rs_depot, used),
    RS_CORE_MEMBER(rs_depot, pieces),
    RS_CORE_MEMBER_AS("depot_entry.bytes", struct entry, bytes),
    RS_CORE_NUMBER_AS("depot_entry.data", offsetof(struct entry, data)),
};

static size_t
piece_bytes(const struct rs_depot *depot)
{
    return (size_t)1 << depot->piece_shift;
}

/* Relaxed: a piece is zero pages, and whoever has an id got it after the piece
 * was there; an id that is none leads to a NULL. */
static unsigned char *
piece_of(const struct rs_depot *depot, size_t offset)
{
    return rs_load((_Atomic(unsigned char *) *)&depot
                       ->pieces[offset >> depot->piece_shift]);
}

static struct entry *
entry_at(const struct rs_depot *depot, uint32_t id)
{
    size_t offset = (size_t)id * UNIT;

    return (struct entry *)(piece_of(depot, offset) +
                            (offset & (piece_bytes(depot) - 1)));
}

/* Makes sure of the piece that has this offset. */
static bool
map_piece(struct rs_depot *depot, size_t offset)
{
    size_t begin = offset & ~(piece_bytes(depot) - 1);
    size_t bytes = depot->bytes - begin;
    unsigned char *none = NULL;
    void *piece;

    if (rs_likely(piece_of(depot, offset) != NULL))
        return true;
    if (bytes > piece_bytes(depot))
        bytes = piece_bytes(depot);
    piece = rs_sys_map(bytes);
    if (piece == NULL)
        return false;
    if (!rs_swap_if(&depot->pieces[offset >> depot->piece_shift], &none,
                    piece))
        rs_sys_unmap(piece, bytes);
    return true;
}

static uint32_t
hash_words(const uint64_t *words, size_t bytes)
{
    uint64_t hash = UINT64_C(0x9e3779b97f4a7c15) ^ bytes;

    for (size_t i = 0; i < bytes / UNIT; i++) {
        hash = (hash ^ words[i]) * UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 32;
    }
    return (uint32_t)hash;
}

bool
rs_depot_start(struct rs_depot *depot, size_t bytes)
{
    size_t buckets = 64;

    if (bytes > (size_t)UINT32_MAX * UNIT)
        bytes = (size_t)UINT32_MAX * UNIT;
    while (buckets < bytes / BYTES_A_BUCKET)
        buckets *= 2;
    depot->piece_shift = PIECE_SHIFT;
    while (bytes >> depot->piece_shift >= RS_DEPOT_PIECES)
        depot->piece_shift++;
    depot->bytes = bytes & ~7ul;
    if (!map_piece(depot, 0))
        return false;
    depot->buckets_mask = (uint32_t)buckets - 1;
    /* Offset 0 stays empty: id 0 is nobody. */
    rs_store(&depot->used, UNIT);
    depot->buckets = rs_sys_map(buckets * sizeof(depot->buckets[0]));
    return depot->buckets != NULL;
}

static bool
has_key(const struct entry *entry, uint32_t hash, const uint64_t *key,
        size_t key_bytes)
{
    return entry->hash == hash && entry->key_bytes == key_bytes &&
           memcmp(entry->data, key, key_bytes) == 0;
}

/* Walks a chain from `id` to `end`, which is not looked at. */
static uint32_t
find_in_chain(const struct rs_depot *depot, uint32_t id, uint32_t end,
              const struct entry *like, const uint64_t *key)
{
    while (id != end && id != 0) {
        const struct entry *entry = entry_at(depot, id);

        if (has_key(entry, like->hash, key, like->key_bytes))
            return id;
        id = entry->next;
    }
    return 0;
}

uint32_t
rs_depot_find(const struct rs_depot *depot, const uint64_t *key,
              size_t key_bytes)
{
    struct entry like = {.hash = hash_words(key, key_bytes),
                         .key_bytes = (uint32_t)key_bytes};

    if (depot->buckets == NULL)
        return 0;
    /* Acquire: pairs with the swap in publish(), so that all entries behind
     * the head are whole. */
    return find_in_chain(
        depot,
        rs_load_acquire(&depot->buckets[like.hash & depot->buckets_mask]), 0,
        &like, key);
}

/* Where an entry goes that finds `at` bytes used: it lies in one piece. */
static size_t
place_for(const struct rs_depot *depot, size_t at, size_t need)
{
    size_t left = piece_bytes(depot) - (at & (piece_bytes(depot) - 1));

    return need <= left ? at : at + left;
}

/* Takes room for an entry; 0 when there is none. Room taken by a thread that
 * then loses its race is not given back: it is one entry. */
static uint32_t
take_room(struct rs_depot *depot, size_t bytes)
{
    size_t need = sizeof(struct entry) + bytes;
    size_t used = rs_load(&depot->used);

    if (need > piece_bytes(depot))
        return 0;
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        size_t at = place_for(depot, used, need);

        if (at + need > depot->bytes || !map_piece(depot, at))
            return 0;
        /* Relaxed: the counter hands out disjoint parts and orders nothing. */
        if (rs_swap_if(&depot->used, &used, at + need))
            return (uint32_t)(at / UNIT);
    }
    return 0;
}

/* Links the entry in front of its chain. Returns the id that has the key then:
 * another one when somebody was faster. */
static uint32_t
publish(struct rs_depot *depot, uint32_t id, uint32_t head)
{
    struct entry *entry = entry_at(depot, id);
    _Atomic uint32_t *bucket =
        &depot->buckets[entry->hash & depot->buckets_mask];

    for (int tries = 0; tries < TRIES_MAX; tries++) {
        uint32_t seen = head;
        uint32_t other;

        entry->next = head;
        /* Release: publishes the entry. Pairs with the acquires of heads here
         * and in rs_depot_find(). */
        if (atomic_compare_exchange_strong_explicit(
                bucket, &head, id, memory_order_release, memory_order_acquire))
            return id;
        other = find_in_chain(depot, head, seen, entry, entry->data);
        if (other != 0)
            return other;
    }
    /* Not in its chain, but whole: the id works, and is not found again. */
    return id;
}

uint32_t
rs_depot_put(struct rs_depot *depot, const uint64_t *data, size_t bytes,
             size_t key_bytes)
{
    struct entry like = {.hash = hash_words(data, key_bytes),
                         .key_bytes = (uint32_t)key_bytes};
    struct entry *entry;
    uint32_t head, id;

    RS_DCHECK(bytes % UNIT == 0 && bytes != 0);
    RS_DCHECK(key_bytes % UNIT == 0 && key_bytes <= bytes);
    if (depot->buckets == NULL)
        return 0;
    /* Acquire: pairs with the swap in publish(). */
    head = rs_load_acquire(&depot->buckets[like.hash & depot->buckets_mask]);
    id = find_in_chain(depot, head, 0, &like, data);
    if (id != 0)
        return id;
    id = take_room(depot, bytes);
    if (id == 0)
        return 0;
    entry = entry_at(depot, id);
    entry->hash = like.hash;
    entry->key_bytes = like.key_bytes;
    memcpy(entry->data, data, bytes);
    /* Release: publishes the data to rs_depot_get(). */
    rs_store_release(&entry->bytes, (uint32_t)bytes);
    return publish(depot, id, head);
}

const uint64_t *
rs_depot_get(const struct rs_depot *depot, uint32_t id, size_t *bytes)
{
    struct entry *entry;

    *bytes = 0;
    if (id == 0 || depot->buckets == NULL ||
        ((size_t)id * UNIT) + sizeof(*entry) > depot->bytes ||
        piece_of(depot, (size_t)id * UNIT) == NULL)
        return NULL;
    entry = entry_at(depot, id);
    /* Acquire: pairs with the release in rs_depot_put(). */
    *bytes = rs_load_acquire(&entry->bytes);
    return *bytes != 0 ? entry->data : NULL;
}

size_t
rs_depot_used_bytes(const struct rs_depot *depot)
{
    size_t used = rs_load(&((struct rs_depot *)depot)->used);

    return used < depot->bytes ? used : depot->bytes;
}
