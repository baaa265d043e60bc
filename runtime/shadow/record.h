/* SPDX-License-Identifier: MIT */
/* record.h -- more than 32 bits about the few objects that became interesting:
 * a second thread touched them, or a special API.
 *
 * A fixed open-addressed table, keyed by address and generation: a record is of
 * one life (word.h), and a birth leaves it behind. An entry that is claimed gets
 * a new tag with its key, by one compare-and-swap. Each fact is one word that
 * carries the tag it was written under, and counts only under the same. So a
 * fact is whole, of this object, and never of the one before; a reader may see
 * one that is not there yet, and a report then says less.
 *
 * Wrong when: an entry is claimed 16 times, and then for the same generation,
 * while one thread writes one fact. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "event/step.h"
#include "stack/stack.h"

/* The facts that an entry keeps, one word each. */
enum rs_record_fact {
    RS_RECORD_INTERPRETER,
    RS_RECORD_DESTROYER,
    RS_RECORD_FOREIGN, /* rs_record_foreign() */
    RS_RECORD_IMMORTAL_STACK,
    RS_RECORD_DRIFT,
    RS_RECORD_GENERATION, /* objects at the address before this one */
    RS_RECORD_FACTS,
};

/* An entry, as long as its object has it. */
struct rs_record_entry;
struct rs_record_place {
    struct rs_record_entry *entry; /* NULL: none */
    uint64_t key;
};

bool rs_record_start(uint32_t entries);

/* Copies the record of the object that is the address's number `generation`.
 * False, and a record that says nothing, when it has none. */
bool rs_record_read(uintptr_t object, unsigned generation,
                    struct rs_record *record);

/* What the entry of another address is worth, when there is no room. */
enum rs_record_worth {
    RS_RECORD_FORGOTTEN, /* a new object has the address, without a record */
    RS_RECORD_DEAD,
    RS_RECORD_LIVE, /* never taken over */
};

/* Finds or makes one, at the cost of that of the address's object before, or
 * else of the one that is worth least. No entry when there is no room
 * (counted). */
struct rs_record_place
rs_record_put(uintptr_t object, unsigned generation,
              enum rs_record_worth (*judge)(uintptr_t other));

/* Says one fact, of at most 50 bits: the first time, or each time. */
void rs_record_say_first(struct rs_record_place place,
                         enum rs_record_fact fact, uint64_t value);
void rs_record_say(struct rs_record_place place, enum rs_record_fact fact,
                   uint64_t value);

/* The first foreign thread, what it did, and where, in one word. */
static inline uint64_t
rs_record_foreign(unsigned slot, unsigned op, rs_stack stack)
{
    return (uint64_t)stack.id |
           (uint64_t)(slot & (RS_WORD_CREATORS - 1)) << 32 |
           (uint64_t)(op & 0x3f) << 44;
}

/* Says the type's name, unless somebody did or does so. */
void rs_record_say_type(struct rs_record_place place,
                        const char name[RS_TYPE_NAME_BYTES]);
bool rs_record_has_type(struct rs_record_place place);
