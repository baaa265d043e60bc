/* SPDX-License-Identifier: MIT */
/* record.c -- the table of records. See record.h for what races and why that
 * is right. Runs anywhere an event does. */
#include "shadow/record.h"

#include <stddef.h>

#include "base/bits.h"
#include "base/check.h"
#include "base/core_note.h"
#include "base/lost.h"
#include "os/sys.h"
#include "shadow/record_private.h"

#define PROBES  16
#define ENTRIES 1024 /* at the least */

static struct {
    struct rs_record_entry *table;
    uint32_t mask;
} records;

RS_CORE_ROWS(record) = {
    RS_CORE_VARIABLE("records.table", records.table),
    RS_CORE_VARIABLE("records.mask", records.mask),
};

bool
rs_record_start(uint32_t entries)
{
    uint32_t size = rs_power_of_two(entries < ENTRIES ? ENTRIES : entries);

    records.table = rs_sys_map((size_t)size * sizeof(*records.table));
    records.mask = size - 1;
    return records.table != NULL;
}

static struct rs_record_entry *
probe(uintptr_t object, unsigned step)
{
    uint64_t hash = (object >> 4) * UINT64_C(0x9e3779b97f4a7c15);

    return &records.table[((hash >> 32) + step) & records.mask];
}

/* The address's entry, of whichever generation. */
static struct rs_record_place
find(uintptr_t object)
{
    RS_DCHECK(object >> RS_RECORD_TAG_SHIFT == 0);
    for (unsigned i = 0; i < PROBES && records.table != NULL; i++) {
        struct rs_record_entry *entry = probe(object, i);
        uint64_t key = rs_record_get(&entry->key);

        if (rs_record_object_of(key) == object)
            return (struct rs_record_place){entry, key};
        if (key == 0)
            break;
    }
    return (struct rs_record_place){NULL, 0};
}

/* What was written under older tags counts for nothing already; it goes before
 * its tag comes around again. */
static void
sweep(struct rs_record_entry *entry, uint64_t key)
{
    for (unsigned i = 0; i < RS_RECORD_FACTS; i++) {
        uint64_t fact = rs_record_get(&entry->facts[i]);

        if (fact != 0 && rs_record_tag_of(fact) != rs_record_tag_of(key))
            (void)rs_record_change(&entry->facts[i], &fact, 0);
    }
    uint64_t state = rs_record_get(&entry->type_state);
    if ((state & RS_RECORD_TYPE_STATES) == RS_RECORD_TYPE_WRITTEN &&
        rs_record_tag_of(state) != rs_record_tag_of(key))
        (void)rs_record_change(&entry->type_state, &state,
                               RS_RECORD_TYPE_NONE);
}

static bool
is_of(uint64_t key, uintptr_t object, unsigned generation)
{
    return rs_record_object_of(key) == object &&
           rs_record_generation_of(key) == generation;
}

/* How many objects had the address before this one, by the entry of an earlier
 * one. */
static uint64_t
count_before(struct rs_record_place old, unsigned generation)
{
    uint64_t before = 0;

    (void)rs_record_read_fact(old, RS_RECORD_GENERATION, &before);
    return (before + ((generation - rs_record_generation_of(old.key)) &
                      (RS_WORD_GENERATIONS - 1))) &
           UINT32_MAX;
}

/* No entry when another object has got it meanwhile. */
static struct rs_record_place
claim(struct rs_record_entry *entry, uint64_t key, uintptr_t object,
      unsigned generation)
{
    struct rs_record_place old = {entry, key};
    struct rs_record_place new = {
        entry, (uint64_t)object | (uint64_t)generation << RS_RECORD_TAG_SHIFT |
                   ((key & ~(RS_RECORD_CLAIM - 1)) + RS_RECORD_CLAIM)};
    bool is_later = rs_record_object_of(key) == object;
    uint64_t before = is_later ? count_before(old, generation) : 0;

    if (!rs_record_change(&entry->key, &key, new.key))
        return is_of(key, object, generation)
                   ? (struct rs_record_place){entry, key}
                   : (struct rs_record_place){NULL, 0};
    sweep(entry, new.key);
    if (is_later)
        rs_record_say(new, RS_RECORD_GENERATION, before);
    return new;
}

/* The first entry in reach that is free, or worth `most` at the most. */
static struct rs_record_place
take_over(uintptr_t object, unsigned generation, enum rs_record_worth most,
          enum rs_record_worth (*judge)(uintptr_t other))
{
    struct rs_record_place found = {NULL, 0};

    for (unsigned i = 0; i < PROBES && found.entry == NULL; i++) {
        struct rs_record_entry *entry = probe(object, i);
        uint64_t key = rs_record_get(&entry->key);

        if (is_of(key, object, generation))
            found = (struct rs_record_place){entry, key};
        else if (key == 0 || rs_record_object_of(key) == object ||
                 judge(rs_record_object_of(key)) <= most)
            found = claim(entry, key, object, generation);
    }
    return found;
}

struct rs_record_place
rs_record_put(uintptr_t object, unsigned generation,
              enum rs_record_worth (*judge)(uintptr_t other))
{
    struct rs_record_place found = find(object);

    RS_DCHECK(generation < RS_WORD_GENERATIONS);
    if (records.table == NULL)
        return found;
    if (found.entry != NULL && !is_of(found.key, object, generation))
        found = claim(found.entry, found.key, object, generation);
    if (found.entry == NULL)
        found = take_over(object, generation, RS_RECORD_FORGOTTEN, judge);
    if (found.entry != NULL)
        return found;
    found = take_over(object, generation, RS_RECORD_DEAD, judge);
    rs_lost_count(found.entry != NULL ? RS_LOST_RECORDS_DEAD
                                      : RS_LOST_RECORDS);
    return found;
}

bool
rs_record_read(uintptr_t object, unsigned generation, struct rs_record *record)
{
    struct rs_record_place place = find(object);
    uint64_t value;

    *record = (struct rs_record){.object = 0, .interpreter = -1};
    if (place.entry == NULL || !is_of(place.key, object, generation))
        return false;
    record->object = object;
    record->generation = 1;
    if (rs_record_read_fact(place, RS_RECORD_GENERATION, &value))
        record->generation += (uint32_t)value;
    if (rs_record_read_fact(place, RS_RECORD_INTERPRETER, &value))
        record->interpreter = (int64_t)value;
    if (rs_record_read_fact(place, RS_RECORD_DESTROYER, &value))
        record->destroyer = (unsigned)value;
    if (rs_record_read_fact(place, RS_RECORD_FOREIGN, &value)) {
        record->foreign_stack = (rs_stack){(uint32_t)value};
        record->foreign = (unsigned)(value >> 32) & (RS_WORD_CREATORS - 1);
        record->foreign_op = (unsigned)(value >> 44);
    }
    if (rs_record_read_fact(place, RS_RECORD_IMMORTAL_STACK, &value))
        record->immortal_stack = (rs_stack){(uint32_t)value};
    record->is_drift_known =
        rs_record_read_fact(place, RS_RECORD_DRIFT, &value);
    rs_record_read_type(place, record->type);
    return true;
}
