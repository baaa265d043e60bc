/* SPDX-License-Identifier: MIT */
/* pattern_fuzz.c -- a pattern, and behind the first line end the string: the same
 * answer as from a matcher that tries everything. */
#include "fuzz.h"

#include "base/pattern.h"

#define LETTERS_MAX 160

/* reach[i]: what was read of the pattern may end before string[i]. */
static bool
matches_slowly(struct rs_pattern pattern, const char *string)
{
    size_t length = strlen(string);
    bool reach[LETTERS_MAX + 1] = {false};
    bool is_any = false;

    for (size_t i = 0; i <= length; i++)
        reach[i] = i == 0 || !pattern.is_at_start;
    for (size_t at = 0; at < pattern.length; at++) {
        bool before = false;

        for (size_t i = 0; i <= length; i++) {
            bool now = reach[i];

            if (pattern.at[at] == '*')
                reach[i] = before = before || now;
            else
                reach[i] = i > 0 && before && string[i - 1] == pattern.at[at];
            if (pattern.at[at] != '*')
                before = now;
        }
    }
    for (size_t i = 0; i <= length; i++)
        is_any |= reach[i];
    return pattern.is_at_end ? reach[length] : is_any;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t length = end != NULL ? (size_t)(end - data) : size;
    size_t rest = end != NULL ? size - length - 1 : 0;
    char *bytes, *string;
    struct rs_pattern pattern;

    if (rest > LETTERS_MAX)
        rest = LETTERS_MAX;
    bytes = malloc(length + (length == 0)); /* no zero at its end */
    memcpy(bytes, data, length);
    string = fuzz_string(data + size - rest, rest);
    pattern = rs_pattern_make(bytes, length);
    FUZZ_CHECK(rs_pattern_matches(pattern, string) ==
               matches_slowly(pattern, string));
    FUZZ_CHECK(!rs_pattern_is_any(pattern) ||
               rs_pattern_matches(pattern, string));
    free(bytes);
    free(string);
    return 0;
}
