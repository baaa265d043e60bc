/* SPDX-License-Identifier: MIT */
/* pattern.h -- the sanitizers' patterns: "*" matches anything, "^" anchors at
 * the start and "$" at the end; without them a pattern matches anywhere. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct rs_pattern {
    const char *at; /* without its anchors; no zero at the end */
    size_t length;
    bool is_at_start;
    bool is_at_end;
};

struct rs_pattern rs_pattern_make(const char *at, size_t length);
bool rs_pattern_matches(struct rs_pattern pattern, const char *string);

/* Is it "*", which matches every string? */
bool rs_pattern_is_any(struct rs_pattern pattern);
