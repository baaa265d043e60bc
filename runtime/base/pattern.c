/* SPDX-License-Identifier: MIT */
/* pattern.c -- see pattern.h. Linear but for a bad pattern on a bad string,
 * both of which are short. */
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

/* Does it match a beginning of `string`, or all of it? "*" takes as little as
 * it can, and one more when the rest does not follow. */
static bool
matches_here(struct rs_pattern pattern, const char *string)
{
    size_t at = 0;
    size_t star = 0;          /* behind the last "*", and … */
    const char *retry = NULL; /* … where it stops taking */

    for (;;) {
        if (at < pattern.length && pattern.at[at] == '*') {
            star = ++at;
            retry = string;
        }
        else if (at < pattern.length && *string == pattern.at[at]) {
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

bool
rs_pattern_matches(struct rs_pattern pattern, const char *string)
{
    if (matches_here(pattern, string))
        return true;
    while (!pattern.is_at_start && *string != 0)
        if (matches_here(pattern, ++string))
            return true;
    return false;
}
