/* SPDX-License-Identifier: MIT */
/* place.h -- the place in the user's code that a bug is called by: for
 * suppressions and fingerprints.
 *
 * The innermost function that is neither the interpreter's nor one that only
 * counts for its caller (native_name.h), or else the outermost native one that
 * may be the user's, or else the innermost Python function. */
#pragma once

#include <stdbool.h>

#include "base/text.h"
#include "detect/finding.h"
#include "stack/symbolize.h"

/* Of the stack: false when it has no frame. The function's name is "" where
 * the code has none, and where nothing but helpers is there. */
bool rs_place_find(rs_stack stack, struct rs_symbol *symbol);

/* The name of its file, without folders: of Python code, or the module. */
const char *rs_place_file(const struct rs_symbol *symbol);

/* The suppression that fits the finding: "kind:pattern". */
void rs_place_suppression(struct rs_text *text,
                          const struct rs_finding *found);
