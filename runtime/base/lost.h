/* SPDX-License-Identifier: MIT */
/* lost.h -- counts what refsan could not see, by cause (lost.def). */
#pragma once

#include <stdint.h>

enum rs_lost {
#define RS_LOST(id, slug, sentence) RS_LOST_##id,
#include "lost.def"
    RS_LOST_COUNT,
};

struct rs_lost_words {
    const char *slug;
    const char *sentence;
};

void rs_lost_count(enum rs_lost what);
uint64_t rs_lost_get(enum rs_lost what);
uint64_t rs_lost_total(void);
const struct rs_lost_words *rs_lost_words(enum rs_lost what);
