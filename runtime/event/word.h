/* SPDX-License-Identifier: MIT */
/* word.h -- the 32 bits refsan keeps for every 16 bytes of heap.
 *
 *    31        23 22    19 18             7   6   5   4   3   2   1   0
 *   +------------+--------+----------------+---+---+---+---+-----------+
 *   | generation | interp | creator's slot | R | D | T | S |   state   |
 *   +------------+--------+----------------+---+---+---+---+-----------+
 *
 *   state       what the address holds (enum rs_state)
 *   S           shared: a thread other than the creator has operated on it
 *   T           try-enabled: PyUnstable_EnableTryIncRef was called on it
 *   D           deferred: its reference count is deferred
 *   R           recorded: record.c keeps a record with more about it
 *   creator     the slot (thread.h) of the thread that made it; 0 is unknown
 *   interp      the interpreter that made it (interpreter_number.h); 0 is the main one
 *   generation  how many objects had the address, modulo 512: ring entries of
 *               one life are told from those of another by its low byte. All
 *               that is kept by address and generation (records, borrows,
 *               accesses) is a later object's after 512 lives
 *
 * Two objects never share a granule: the smallest one has 16 bytes.
 *
 * Pure: no memory, no threads. The words are written only when something
 * changes, so objects that live quietly, and immortal ones, stay in every
 * core's cache. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define RS_GRANULE_SHIFT 4

enum rs_state {
    RS_STATE_UNKNOWN = 0, /* no birth was seen: judge nothing by it */
    RS_STATE_LIVE,
    RS_STATE_IMMORTAL, /* made immortal by a call that was seen */
    RS_STATE_DYING,    /* its deallocation began; it may still be running */
    RS_STATE_DEAD,     /* its deallocation is over, or its memory was freed */
    RS_STATE_COUNT,
};

enum rs_mark {
    RS_MARK_SHARED = 1 << 3,
    RS_MARK_TRY_ENABLED = 1 << 4,
    RS_MARK_DEFERRED = 1 << 5,
    RS_MARK_RECORDED = 1 << 6,
};

/* Where a word is kept (shadow/plane.h). */
typedef _Atomic uint32_t rs_cell;

typedef struct {
    uint32_t bits;
} rs_word;

/* All of a word but the generation. */
#define RS_WORD_STATUS 0x7fffffu
#define RS_WORD_STATE  7u

#define RS_WORD_CREATOR_SHIFT 7
#define RS_WORD_CREATORS      4096u /* slots: 0, and those of 4,095 threads */
#define RS_WORD_CREATOR                                                       \
    ((RS_WORD_CREATORS - 1) << RS_WORD_CREATOR_SHIFT) /* its bits */

static inline rs_word
rs_word_make(enum rs_state state, unsigned creator_slot)
{
    return (rs_word){(uint32_t)state | (creator_slot & (RS_WORD_CREATORS - 1))
                                           << RS_WORD_CREATOR_SHIFT};
}

static inline enum rs_state
rs_word_state(rs_word word)
{
    return (enum rs_state)(word.bits & RS_WORD_STATE);
}

static inline bool
rs_word_is_gone(rs_word word)
{
    return rs_word_state(word) == RS_STATE_DYING ||
           rs_word_state(word) == RS_STATE_DEAD;
}

static inline unsigned
rs_word_creator(rs_word word)
{
    return word.bits >> RS_WORD_CREATOR_SHIFT & (RS_WORD_CREATORS - 1);
}

static inline bool
rs_word_has(rs_word word, enum rs_mark mark)
{
    return (word.bits & mark) != 0;
}

static inline rs_word
rs_word_with_state(rs_word word, enum rs_state state)
{
    return (rs_word){(word.bits & ~RS_WORD_STATE) | (uint32_t)state};
}

static inline rs_word
rs_word_with_mark(rs_word word, enum rs_mark mark)
{
    return (rs_word){word.bits | (uint32_t)mark};
}

static inline rs_word
rs_word_without_mark(rs_word word, enum rs_mark mark)
{
    return (rs_word){word.bits & ~(uint32_t)mark};
}

#define RS_WORD_INTERPRETERS      16 /* numbers, not interpreters */
#define RS_WORD_INTERPRETER_SHIFT 19

static inline unsigned
rs_word_interpreter(rs_word word)
{
    return word.bits >> RS_WORD_INTERPRETER_SHIFT & (RS_WORD_INTERPRETERS - 1);
}

static inline rs_word
rs_word_with_interpreter(rs_word word, unsigned number)
{
    const uint32_t mask = RS_WORD_INTERPRETERS - 1;

    return (rs_word){(word.bits & ~(mask << RS_WORD_INTERPRETER_SHIFT)) |
                     (number & mask) << RS_WORD_INTERPRETER_SHIFT};
}

#define RS_WORD_GENERATION_SHIFT 23

static inline unsigned
rs_word_generation(rs_word word)
{
    return word.bits >> RS_WORD_GENERATION_SHIFT;
}

#define RS_WORD_GENERATIONS 512u

/* The word of the object that comes after: one generation on, with a status.
 */
static inline rs_word
rs_word_next(rs_word before, uint32_t status)
{
    return (rs_word){((before.bits & ~RS_WORD_STATUS) + RS_WORD_STATUS + 1) |
                     status};
}
