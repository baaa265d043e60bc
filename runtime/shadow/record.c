/* SPDX-License-Identifier: MIT */
/* record.c -- the table of records. See record.h for what races and why that
 * is right. Runs anywhere an event does. */
#include "shadow/record.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/bits.h"
#include "base/check.h"
#include "base/lost.h"
#include "os/sys.h"

#define PROBES  16
#define ENTRIES 1024 /* at the least */

#define TAG_SHIFT  51 /* the generation is the tag's low 9 bits … */
#define CLAIM      (UINT64_C(1) << 60) /* … and claims are counted above it */
#define FACT_IS    UINT64_C(1)         /* there is one; above it are 50 bits */
#define FACT_BITS  50
#define TYPE_WORDS (RS_TYPE_NAME_BYTES / 8)

/* The name of a type is more than a word: its state says who may read it. */
enum type_state {
    TYPE_NONE,
    TYPE_WRITING,
    TYPE_WRITTEN,
};
#define TYPE_STATES UINT64_C(3)

struct rs_record_entry {
    _Atomic uint64_t key; /* the object, and the tag above it; 0 is free */
    _Atomic uint64_t facts[RS_RECORD_FACTS];
    _Atomic uint64_t type_state; /* enum type_state, and the tag */
    _Atomic uint64_t type[TYPE_WORDS];
};
static_assert(sizeof(struct rs_record_entry) == 128,
              "options.def says how much memory a record takes");

static_assert(RS_WORD_GENERATIONS << (TAG_SHIFT - 32) == CLAIM >> 32,
              "claims are counted above the generation");
static_assert(RS_EV_COUNT <= 0x40, "rs_record_foreign() has six bits");

static struct {
    struct rs_record_entry *table;
    uint32_t mask;
} records;

bool
rs_record_start(uint32_t entries)
{
    uint32_t size = rs_power_of_two(entries < ENTRIES ? ENTRIES : entries);

    records.table = rs_sys_map((size_t)size * sizeof(*records.table));
    records.mask = size - 1;
    return records.table != NULL;
}

static uintptr_t
object_of(uint64_t key)
{
    return (uintptr_t)(key & ((UINT64_C(1) << TAG_SHIFT) - 1));
}

static uint64_t
tag_of(uint64_t word)
{
    return word >> TAG_SHIFT;
}

static uint64_t
generation_of(uint64_t word)
{
    return tag_of(word) & (RS_WORD_GENERATIONS - 1);
}

static struct rs_record_entry *
probe(uintptr_t object, unsigned step)
{
    uint64_t hash = (object >> 4) * UINT64_C(0x9e3779b97f4a7c15);

    return &records.table[((hash >> 32) + step) & records.mask];
}

/* Acquire, for keys and for facts: who sees a new key sees the word of the
 * object that it is for, and who sees a fact sees the key it belongs to. Pairs
 * with the releases in claim() and say(). */
static uint64_t
get(_Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_acquire);
}

static bool
change(_Atomic uint64_t *word, uint64_t *from, uint64_t to)
{
    return atomic_compare_exchange_strong_explicit(
        word, from, to, memory_order_acq_rel, memory_order_acquire);
}

/* The address's entry, of whichever generation. */
static struct rs_record_place
find(uintptr_t object)
{
    RS_DCHECK(object >> TAG_SHIFT == 0);
    for (unsigned i = 0; i < PROBES && records.table != NULL; i++) {
        struct rs_record_entry *entry = probe(object, i);
        uint64_t key = get(&entry->key);

        if (object_of(key) == object)
            return (struct rs_record_place){entry, key};
        if (key == 0)
            break;
    }
    return (struct rs_record_place){NULL, 0};
}

/* True when there is such a fact. */
static bool
read_fact(struct rs_record_place place, enum rs_record_fact fact,
          uint64_t *value)
{
    uint64_t word = get(&place.entry->facts[fact]);

    *value = word << (64 - TAG_SHIFT) >> (64 - FACT_BITS);
    return (word & FACT_IS) != 0 && tag_of(word) == tag_of(place.key);
}

/* What was written under older tags counts for nothing already; it goes before
 * its tag comes around again. */
static void
sweep(struct rs_record_entry *entry, uint64_t key)
{
    for (unsigned i = 0; i < RS_RECORD_FACTS; i++) {
        uint64_t fact = get(&entry->facts[i]);

        if (fact != 0 && tag_of(fact) != tag_of(key))
            (void)change(&entry->facts[i], &fact, 0);
    }
    uint64_t state = get(&entry->type_state);
    if ((state & TYPE_STATES) == TYPE_WRITTEN && tag_of(state) != tag_of(key))
        (void)change(&entry->type_state, &state, TYPE_NONE);
}

static bool
is_of(uint64_t key, uintptr_t object, unsigned generation)
{
    return object_of(key) == object && generation_of(key) == generation;
}

/* How many objects had the address before this one, by the entry of an earlier
 * one. */
static uint64_t
count_before(struct rs_record_place old, unsigned generation)
{
    uint64_t before = 0;

    (void)read_fact(old, RS_RECORD_GENERATION, &before);
    return (before + ((generation - generation_of(old.key)) &
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
        entry, (uint64_t)object | (uint64_t)generation << TAG_SHIFT |
                   ((key & ~(CLAIM - 1)) + CLAIM)};
    bool is_later = object_of(key) == object;
    uint64_t before = is_later ? count_before(old, generation) : 0;

    if (!change(&entry->key, &key, new.key))
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
        uint64_t key = get(&entry->key);

        if (is_of(key, object, generation))
            found = (struct rs_record_place){entry, key};
        else if (key == 0 || object_of(key) == object ||
                 judge(object_of(key)) <= most)
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

/* The key is looked at after the fact was: so one that a later claimant said
 * is never overwritten. */
static void
say(struct rs_record_place place, enum rs_record_fact fact, uint64_t value,
    bool is_first)
{
    _Atomic uint64_t *word = &place.entry->facts[fact];
    uint64_t seen = get(word);
    uint64_t said = tag_of(place.key) << TAG_SHIFT | value << 1 | FACT_IS;

    RS_DCHECK(value >> FACT_BITS == 0);
    do {
        bool is_said = (seen & FACT_IS) && tag_of(seen) == tag_of(place.key);

        if ((is_said && is_first) || get(&place.entry->key) != place.key)
            return;
    } while (!change(word, &seen, said));
}

void
rs_record_say_first(struct rs_record_place place, enum rs_record_fact fact,
                    uint64_t value)
{
    say(place, fact, value, true);
}

void
rs_record_say(struct rs_record_place place, enum rs_record_fact fact,
              uint64_t value)
{
    say(place, fact, value, false);
}

bool
rs_record_has_type(struct rs_record_place place)
{
    uint64_t state = get(&place.entry->type_state);

    return (state & TYPE_STATES) == TYPE_WRITING ||
           ((state & TYPE_STATES) == TYPE_WRITTEN &&
            tag_of(state) == tag_of(place.key));
}

/* Missed: the name of an object whose entry was claimed while somebody wrote
 * that of the object before. */
void
rs_record_say_type(struct rs_record_place place,
                   const char name[RS_TYPE_NAME_BYTES])
{
    struct rs_record_entry *entry = place.entry;
    uint64_t tag = tag_of(place.key) << TAG_SHIFT;
    uint64_t state = get(&entry->type_state);
    uint64_t words[TYPE_WORDS];

    if (rs_record_has_type(place) || get(&entry->key) != place.key ||
        (state & TYPE_STATES) == TYPE_WRITING ||
        !change(&entry->type_state, &state, tag | TYPE_WRITING))
        return;
    memcpy(words, name, sizeof(words));
    /* Release: pairs with the acquire fence in read_type(). */
    atomic_thread_fence(memory_order_release);
    for (unsigned i = 0; i < TYPE_WORDS; i++)
        atomic_store_explicit(&entry->type[i], words[i], memory_order_relaxed);
    atomic_store_explicit(&entry->type_state, tag | TYPE_WRITTEN,
                          memory_order_release);
}

/* "" unless it is there, and whole. */
static void
read_type(struct rs_record_place place, char name[RS_TYPE_NAME_BYTES])
{
    struct rs_record_entry *entry = place.entry;
    uint64_t wanted = tag_of(place.key) << TAG_SHIFT | TYPE_WRITTEN;
    uint64_t words[TYPE_WORDS];

    name[0] = '\0';
    if (get(&entry->type_state) != wanted)
        return;
    for (unsigned i = 0; i < TYPE_WORDS; i++)
        words[i] = atomic_load_explicit(&entry->type[i], memory_order_relaxed);
    atomic_thread_fence(memory_order_acquire);
    if (atomic_load_explicit(&entry->type_state, memory_order_relaxed) ==
        wanted)
        memcpy(name, words, sizeof(words));
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
    if (read_fact(place, RS_RECORD_GENERATION, &value))
        record->generation += (uint32_t)value;
    if (read_fact(place, RS_RECORD_INTERPRETER, &value))
        record->interpreter = (int64_t)value;
    if (read_fact(place, RS_RECORD_DESTROYER, &value))
        record->destroyer = (unsigned)value;
    if (read_fact(place, RS_RECORD_FOREIGN, &value)) {
        record->foreign_stack = (rs_stack){(uint32_t)value};
        record->foreign = (unsigned)(value >> 32) & (RS_WORD_CREATORS - 1);
        record->foreign_op = (unsigned)(value >> 44);
    }
    if (read_fact(place, RS_RECORD_IMMORTAL_STACK, &value))
        record->immortal_stack = (rs_stack){(uint32_t)value};
    record->is_drift_known = read_fact(place, RS_RECORD_DRIFT, &value);
    read_type(place, record->type);
    return true;
}
