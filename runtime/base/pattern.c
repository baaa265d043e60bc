/* SPDX-License-Identifier: MIT */
/* pattern.c -- see pattern.h. At worst the product of both lengths, for a bad
 * pattern on a bad string. */
#include "base/pattern.h"

#include <stdint.h>

struct rs_pattern
rs_pattern_make(const char *at, size_t length)
{
    struct rs_pattern pattern = {.at = at, .length = length};

    if (length > 0 && pattern.at[0] == '^') {
        pattern.is_at_start = true;
        pattern.at++, pattern.length--;
    }
    if (pattern.length > 0 && pattern.at[pattern.length - 1] == '$') {
        pattern.is_at_end = true;
        pattern.length--;
    }
    return pattern;
}

bool
rs_pattern_is_any(struct rs_pattern pattern)
{
    return pattern.length == 1 && pattern.at[0] == '*';
}

/* Every "*" takes as little as it can, and one more when the rest does not
 * follow; so does one in front of a pattern that may match anywhere. A file of
 * suppressions can have zeros, which end no pattern and match nothing. */
bool
rs_pattern_matches(struct rs_pattern pattern, const char *string)
{
    size_t at = 0;
    size_t star = 0; /* behind the last "*", and … */
    /* … where it stops taking. */
    const char *retry = pattern.is_at_start ? NULL : string;

    for (;;) {
        if (at < pattern.length && pattern.at[at] == '*') {
            star = ++at;
            retry = string;
        }
        else if (at < pattern.length && *string != 0 &&
                 *string == pattern.at[at]) {
            at++, string++;
        }
        else if (at == pattern.length &&
                 (!pattern.is_at_end || *string == 0)) {
            return true;
        }
        else if (retry != NULL && *retry != 0) {
            at = star;
            string = ++retry;
        }
        else {
            return false;
        }
    }
}
