/* SPDX-License-Identifier: MIT */
/* lost.h -- counts what refsan could not see, by cause (lost.def). */
#pragma once

#include <stdint.h>

enum rs_lost {
#define RS_LOST(id, slug, meaning, sentence, cure) RS_LOST_##id,
#include "lost.def"
    RS_LOST_COUNT,
};

/* What a loss means for the user. The first one is always said, the others
 * with verbosity=1. */
enum rs_lost_meaning {
#define RS_LOST_MEANING(id, words) RS_LOST_MEANS_##id,
#include "lost.def"
    RS_LOST_MEANINGS,
};

struct rs_lost_words {
    const char *slug;
    enum rs_lost_meaning meaning;
    const char *sentence;
    const char *cure; /* "" when there is none */
};

void rs_lost_count(enum rs_lost what);
uint64_t rs_lost_get(enum rs_lost what);
uint64_t rs_lost_total(void);
const struct rs_lost_words *rs_lost_words(enum rs_lost what);

/* What a line of losses of that meaning begins with. */
const char *rs_lost_meaning_words(enum rs_lost_meaning meaning);
