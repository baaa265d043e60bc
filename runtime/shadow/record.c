/* SPDX-License-Identifier: MIT */
/* record.c -- the table of records. See record.h for what races and why that
 * is right. Runs anywhere an event does. */
#include "shadow/record.h"

#include <stddef.h>

#include "base/lost.h"
#include "os/sys.h"

#define PROBES 16

static struct {
    struct rs_record *table;
    uint32_t mask;
} records;

void
rs_record_start(uint32_t entries)
{
    uint32_t size = 1024;

    while (size < entries)
        size *= 2;
    records.table = rs_sys_map((size_t)size * sizeof(*records.table));
    records.mask = size - 1;
}

static struct rs_record *
probe(uintptr_t object, unsigned step)
{
    uint64_t hash = (object >> 4) * UINT64_C(0x9e3779b97f4a7c15);

    return &records.table[((hash >> 32) + step) & records.mask];
}

struct rs_record *
rs_record_find(uintptr_t object)
{
    if (records.table == NULL)
        return NULL;
    for (unsigned i = 0; i < PROBES; i++) {
        struct rs_record *record = probe(object, i);
        uint64_t key =
            atomic_load_explicit(&record->object, memory_order_relaxed);

        if (key == object)
            return record;
        if (key == 0)
            return NULL;
    }
    return NULL;
}

static void
clear(struct rs_record *record)
{
    record->epoch = 0;
    record->interpreter = -1;
    record->creator = record->destroyer = 0;
    record->foreign = record->foreign_op = 0;
    record->foreign_stack = record->death_stack = RS_STACK_NONE;
    record->immortal_stack = record->enable_stack = RS_STACK_NONE;
    record->type[0] = '\0';
}

static struct rs_record *
claim(struct rs_record *record, uint64_t key, uintptr_t object)
{
    if (!atomic_compare_exchange_strong_explicit(&record->object, &key, object,
                                                 memory_order_relaxed,
                                                 memory_order_relaxed))
        return key == object ? record : NULL;
    clear(record);
    atomic_store_explicit(&record->generation, 1, memory_order_relaxed);
    return record;
}

/* The first entry in reach that is free, or worth `most` at the most. */
static struct rs_record *
take_over(uintptr_t object, enum rs_record_worth most,
          enum rs_record_worth (*judge)(uintptr_t other))
{
    struct rs_record *found = NULL;

    for (unsigned i = 0; i < PROBES && found == NULL; i++) {
        struct rs_record *record = probe(object, i);
        uint64_t key =
            atomic_load_explicit(&record->object, memory_order_relaxed);

        if (key == 0 || judge((uintptr_t)key) <= most)
            found = claim(record, key, object);
    }
    return found;
}

struct rs_record *
rs_record_put(uintptr_t object, enum rs_record_worth (*judge)(uintptr_t other))
{
    struct rs_record *found = rs_record_find(object);

    if (found != NULL || records.table == NULL)
        return found;
    found = take_over(object, RS_RECORD_FORGOTTEN, judge);
    if (found == NULL)
        found = take_over(object, RS_RECORD_DEAD, judge);
    if (found == NULL)
        rs_lost_count(RS_LOST_RECORDS);
    return found;
}

void
rs_record_renew(uintptr_t object)
{
    struct rs_record *record = rs_record_find(object);

    if (record == NULL)
        return;
    clear(record);
    atomic_fetch_add_explicit(&record->generation, 1, memory_order_relaxed);
}
