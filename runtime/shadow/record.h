/* SPDX-License-Identifier: MIT */
/* record.h -- more than 32 bits about the few objects that became interesting:
 * a second thread touched them, or a special API.
 *
 * A fixed open-addressed table, keyed by address. A key is claimed with one
 * compare-and-swap; the fields are filled afterwards, each once per life of
 * the object, by whoever comes first, so a reader may see one still empty: a
 * report then says less. An entry whose object is gone and forgotten is
 * claimed for another. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "stack/stack.h"

#define RS_TYPE_NAME_BYTES 64

struct rs_record {
    _Atomic uint64_t object;     /* the key; 0 is a free entry */
    _Atomic uint32_t generation; /* how many objects had this address */
    uint32_t epoch;
    int64_t interpreter; /* of its creator when known, -1 otherwise */
    uint8_t creator;     /* slots (thread.h) */
    uint8_t destroyer;
    uint8_t foreign;     /* the first thread that was not the creator … */
    uint8_t foreign_op;  /* … and what it did (enum rs_ev) */
    bool is_drift_known; /* its immortal header changed, and that was seen */
    rs_stack foreign_stack;
    rs_stack death_stack;
    rs_stack immortal_stack;
    rs_stack enable_stack;
    char type[RS_TYPE_NAME_BYTES];
};

void rs_record_start(uint32_t entries);

struct rs_record *rs_record_find(uintptr_t object);

/* What the entry of another address is worth, when there is no room. */
enum rs_record_worth {
    RS_RECORD_FORGOTTEN, /* a new object has the address, without a record */
    RS_RECORD_DEAD,
    RS_RECORD_LIVE, /* never taken over */
};

/* Finds or makes one, at the cost of the one that is worth least. NULL when
 * there is no room (counted). */
struct rs_record *
rs_record_put(uintptr_t object,
              enum rs_record_worth (*judge)(uintptr_t other));

/* A new object begins at the address: its record starts empty, one generation
 * on. */
void rs_record_renew(uintptr_t object);
