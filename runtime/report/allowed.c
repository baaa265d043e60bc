/* SPDX-License-Identifier: MIT */
/* allowed.c -- see allowed.h. */
#include "report/allowed.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "os/atomics.h"

static _Atomic uint64_t allowed; /* a bit for each kind */

static_assert(RS_BUG_COUNT <= 64, "a bit for each kind");

/* 0 when it is no kind. */
static uint64_t
parse(const char *word, size_t length)
{
    if (length == 1 && word[0] == '*')
        return UINT64_MAX;
    for (int kind = 0; kind < RS_BUG_COUNT; kind++) {
        const char *slug = rs_bug_words((enum rs_bug)kind)->slug;

        if (strlen(slug) == length && memcmp(slug, word, length) == 0)
            return UINT64_C(1) << kind;
    }
    return 0;
}

bool
rs_allowed_set(const char *kinds)
{
    uint64_t wanted = 0;

    while (*kinds != '\0') {
        size_t length = strcspn(kinds, ",");
        uint64_t kind = parse(kinds, length);

        if (kind == 0)
            return false;
        wanted |= kind;
        kinds += length;
        kinds += *kinds == ',';
    }
    rs_store(&allowed, wanted);
    return true;
}

bool
rs_allowed_has(enum rs_bug kind)
{
    return (rs_load(&allowed) >> kind & 1) != 0;
}
