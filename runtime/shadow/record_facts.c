/* SPDX-License-Identifier: MIT */
/* record_facts.c -- what an entry says: each fact a word of its own, which
 * carries the tag of the life it belongs to. See record.h. */
#include "shadow/record_private.h"

#include <string.h>

#include "base/check.h"
#include "os/atomics.h"

bool
rs_record_read_fact(struct rs_record_place place, enum rs_record_fact fact,
                    uint64_t *value)
{
    uint64_t word = rs_record_get(&place.entry->facts[fact]);

    *value = word << (64 - RS_RECORD_TAG_SHIFT) >> (64 - RS_RECORD_FACT_BITS);
    return (word & RS_RECORD_FACT_IS) != 0 &&
           rs_record_tag_of(word) == rs_record_tag_of(place.key);
}

/* The key is looked at after the fact was: so one that a later claimant said
 * is never overwritten. */
static void
say(struct rs_record_place place, enum rs_record_fact fact, uint64_t value,
    bool is_first)
{
    _Atomic uint64_t *word = &place.entry->facts[fact];
    uint64_t seen = rs_record_get(word);
    uint64_t said = rs_record_tag_of(place.key) << RS_RECORD_TAG_SHIFT |
                    value << 1 | RS_RECORD_FACT_IS;

    RS_DCHECK(value >> RS_RECORD_FACT_BITS == 0);
    do {
        bool is_said = (seen & RS_RECORD_FACT_IS) &&
                       rs_record_tag_of(seen) == rs_record_tag_of(place.key);

        if ((is_said && is_first) ||
            rs_record_get(&place.entry->key) != place.key)
            return;
    } while (!rs_record_change(word, &seen, said));
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
    uint64_t state = rs_record_get(&place.entry->type_state);

    return (state & RS_RECORD_TYPE_STATES) == RS_RECORD_TYPE_WRITING ||
           ((state & RS_RECORD_TYPE_STATES) == RS_RECORD_TYPE_WRITTEN &&
            rs_record_tag_of(state) == rs_record_tag_of(place.key));
}

/* Missed: the name of an object whose entry was claimed while somebody wrote
 * that of the object before. */
void
rs_record_say_type(struct rs_record_place place,
                   const char name[RS_TYPE_NAME_BYTES])
{
    struct rs_record_entry *entry = place.entry;
    uint64_t tag = rs_record_tag_of(place.key) << RS_RECORD_TAG_SHIFT;
    uint64_t state = rs_record_get(&entry->type_state);
    uint64_t words[RS_RECORD_TYPE_WORDS];

    if (rs_record_has_type(place) || rs_record_get(&entry->key) != place.key ||
        (state & RS_RECORD_TYPE_STATES) == RS_RECORD_TYPE_WRITING ||
        !rs_record_change(&entry->type_state, &state,
                          tag | RS_RECORD_TYPE_WRITING))
        return;
    memcpy(words, name, sizeof(words));
    /* Release: pairs with the acquire fence in rs_record_read_type(). */
    atomic_thread_fence(memory_order_release);
    for (unsigned i = 0; i < RS_RECORD_TYPE_WORDS; i++)
        rs_store(&entry->type[i], words[i]);
    rs_store_release(&entry->type_state, tag | RS_RECORD_TYPE_WRITTEN);
}

void
rs_record_read_type(struct rs_record_place place,
                    char name[RS_TYPE_NAME_BYTES])
{
    struct rs_record_entry *entry = place.entry;
    uint64_t wanted = rs_record_tag_of(place.key) << RS_RECORD_TAG_SHIFT |
                      RS_RECORD_TYPE_WRITTEN;
    uint64_t words[RS_RECORD_TYPE_WORDS];

    name[0] = '\0';
    if (rs_record_get(&entry->type_state) != wanted)
        return;
    for (unsigned i = 0; i < RS_RECORD_TYPE_WORDS; i++)
        words[i] = rs_load(&entry->type[i]);
    atomic_thread_fence(memory_order_acquire);
    if (rs_load(&entry->type_state) == wanted)
        memcpy(name, words, sizeof(words));
}
