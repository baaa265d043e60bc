/* SPDX-License-Identifier: MIT */
/* word_test.c -- each field of a word keeps its own, and no other's. */
#include "event/word.h"

#include "unit.h"

static const unsigned slots[] = {0, 1, 255, 256, 257, 2048, 4095};
#define SLOTS (sizeof(slots) / sizeof(slots[0]))

static const enum rs_mark marks[] = {RS_MARK_SHARED, RS_MARK_TRY_ENABLED,
                                     RS_MARK_DEFERRED, RS_MARK_RECORDED};
#define MARKS (sizeof(marks) / sizeof(marks[0]))

static void
check(rs_word word, enum rs_state state, unsigned slot, unsigned interpreter,
      unsigned generation)
{
    UNIT_EQ(rs_word_state(word), state);
    UNIT_EQ(rs_word_creator(word), slot);
    UNIT_EQ(rs_word_interpreter(word), interpreter);
    UNIT_EQ(rs_word_generation(word), generation);
}

static void
test_fields(unsigned slot)
{
    rs_word word = rs_word_make(RS_STATE_LIVE, slot);

    check(word, RS_STATE_LIVE, slot, 0, 0);
    UNIT_EQ(word.bits & RS_WORD_CREATOR, word.bits & ~RS_WORD_STATE);
    word = rs_word_with_interpreter(word, RS_WORD_INTERPRETERS - 1);
    check(word, RS_STATE_LIVE, slot, RS_WORD_INTERPRETERS - 1, 0);
    for (size_t i = 0; i < MARKS; i++) {
        UNIT_CHECK(!rs_word_has(word, marks[i]));
        check(rs_word_with_mark(word, marks[i]), RS_STATE_LIVE, slot,
              RS_WORD_INTERPRETERS - 1, 0);
    }
    word = rs_word_with_interpreter(word, 1);
    word = rs_word_with_state(word, RS_STATE_DEAD);
    check(word, RS_STATE_DEAD, slot, 1, 0);
}

/* They come around, and leave the rest alone. */
static void
test_generations(unsigned slot)
{
    const rs_word first = rs_word_with_interpreter(
        rs_word_make(RS_STATE_IMMORTAL, slot), RS_WORD_INTERPRETERS - 1);
    rs_word word = first;

    for (unsigned i = 1; i < RS_WORD_GENERATIONS; i++) {
        word = rs_word_next(word, first.bits);
        check(word, RS_STATE_IMMORTAL, slot, RS_WORD_INTERPRETERS - 1, i);
    }
    UNIT_EQ(rs_word_next(word, first.bits).bits, first.bits);
    UNIT_CHECK(RS_WORD_GENERATIONS >= 256); /* a ring entry's byte */
}

int
main(void)
{
    for (size_t i = 0; i < SLOTS; i++) {
        test_fields(slots[i]);
        test_generations(slots[i]);
    }
    return unit_result();
}
