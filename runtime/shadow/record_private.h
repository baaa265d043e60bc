/* SPDX-License-Identifier: MIT */
/* record_private.h -- an entry of the table of records, word by word: what
 * record.c and record_facts.c share. */
#pragma once

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "shadow/record.h"
#include "os/atomics.h"

#define RS_RECORD_TAG_SHIFT 51 /* the generation is the tag's low 9 bits … */
#define RS_RECORD_CLAIM                                                       \
    (UINT64_C(1) << 60) /* … and claims are counted above it */
#define RS_RECORD_FACT_IS    UINT64_C(1) /* there is one; above it are 50 bits */
#define RS_RECORD_FACT_BITS  50
#define RS_RECORD_TYPE_WORDS (RS_TYPE_NAME_BYTES / 8)

/* The name of a type is more than a word: its state says who may read it. */
enum rs_record_type_state {
    RS_RECORD_TYPE_NONE,
    RS_RECORD_TYPE_WRITING,
    RS_RECORD_TYPE_WRITTEN,
};
#define RS_RECORD_TYPE_STATES UINT64_C(3)

struct rs_record_entry {
    _Atomic uint64_t key; /* the object, and the tag above it; 0 is free */
    _Atomic uint64_t facts[RS_RECORD_FACTS];
    _Atomic uint64_t type_state; /* enum rs_record_type_state, and the tag */
    _Atomic uint64_t type[RS_RECORD_TYPE_WORDS];
};
static_assert(sizeof(struct rs_record_entry) == 128,
              "options.def says how much memory a record takes");

static_assert(RS_WORD_GENERATIONS << (RS_RECORD_TAG_SHIFT - 32) ==
                  RS_RECORD_CLAIM >> 32,
              "claims are counted above the generation");
static_assert(RS_EV_COUNT <= 0x40, "rs_record_foreign() has six bits");

static inline uintptr_t
rs_record_object_of(uint64_t key)
{
    return (uintptr_t)(key & ((UINT64_C(1) << RS_RECORD_TAG_SHIFT) - 1));
}

static inline uint64_t
rs_record_tag_of(uint64_t word)
{
    return word >> RS_RECORD_TAG_SHIFT;
}

static inline uint64_t
rs_record_generation_of(uint64_t word)
{
    return rs_record_tag_of(word) & (RS_WORD_GENERATIONS - 1);
}

/* Acquire, for keys and for facts: who sees a new key sees the word of the
 * object that it is for, and who sees a fact sees the key it belongs to. Pairs
 * with the releases in claim() and say() of record.c and record_facts.c. */
static inline uint64_t
rs_record_get(_Atomic uint64_t *word)
{
    return rs_load_acquire(word);
}

static inline bool
rs_record_change(_Atomic uint64_t *word, uint64_t *from, uint64_t to)
{
    return atomic_compare_exchange_strong_explicit(
        word, from, to, memory_order_acq_rel, memory_order_acquire);
}

/* True when there is such a fact. */
bool rs_record_read_fact(struct rs_record_place place,
                         enum rs_record_fact fact, uint64_t *value);

/* The name of the type, "" unless it is there, and whole. */
void rs_record_read_type(struct rs_record_place place,
                         char name[RS_TYPE_NAME_BYTES]);
