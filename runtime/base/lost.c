/* SPDX-License-Identifier: MIT */
/* lost.c -- lost.def as counters. A loss is rare, so one shared line is
 * cheap. */
#include "base/lost.h"

#include <stdatomic.h>

#include "base/check.h"
#include "base/core_note.h"

static _Atomic uint64_t counts[RS_LOST_COUNT];

RS_CORE_ROWS(lost) = {
    RS_CORE_VARIABLE("lost", counts),
#define RS_LOST(id, slug, meaning, sentence, cure)                            \
    RS_CORE_NUMBER_AS("lost:" slug, RS_LOST_##id),
#include "lost.def"
};

static const struct rs_lost_words words[] = {
#define RS_LOST(id, slug, meaning, sentence, cure)                            \
    {slug, RS_LOST_MEANS_##meaning, sentence, cure},
#include "lost.def"
};

static const char *const meanings[] = {
#define RS_LOST_MEANING(id, words) words,
#include "lost.def"
#include "os/atomics.h"
};

void
rs_lost_count(enum rs_lost what)
{
    RS_CHECK(what < RS_LOST_COUNT);
    rs_add(&counts[what], 1);
}

uint64_t
rs_lost_get(enum rs_lost what)
{
    RS_CHECK(what < RS_LOST_COUNT);
    return rs_load(&counts[what]);
}

uint64_t
rs_lost_total(void)
{
    uint64_t total = 0;

    for (int i = 0; i < RS_LOST_COUNT; i++)
        total += rs_lost_get((enum rs_lost)i);
    return total;
}

const struct rs_lost_words *
rs_lost_words(enum rs_lost what)
{
    RS_CHECK(what < RS_LOST_COUNT);
    return &words[what];
}

const char *
rs_lost_meaning_words(enum rs_lost_meaning meaning)
{
    RS_CHECK(meaning < RS_LOST_MEANINGS);
    return meanings[meaning];
}
