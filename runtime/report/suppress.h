/* SPDX-License-Identifier: MIT */
/* suppress.h -- is a finding suppressed by a line of the user's file?
 *
 * A line is kind:pattern. `kind` is a slug of bugs.def or "*". `pattern`
 * (pattern.h) is matched against the functions, files and modules of all
 * frames of all stacks, Python's too. A qualifier narrows it:
 *   top:  only the innermost native and the innermost Python frame of a stack
 *   py:   only Python frames
 *   lib:  only modules
 *   type: the object's type
 * "top:py:" is both. "#" at the start or after a space begins a comment. A
 * broken line is a warning that names it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct rs_finding;

void rs_suppress_start(const char *path, void (*warn)(const char *sentence));

/* The same of the file that refsan has with it: the user's lines go before its
 * own, which are listed by their numbers, and only when they match. NULL: there
 * is none. */
void rs_suppress_start_known(const char *path,
                             void (*warn)(const char *sentence));
bool rs_suppress_matches(const struct rs_finding *found);

/* "N kind:pattern" per line, "N known.supp:12 kind:pattern" of known ones, then the unused ones, for the summary. Returns
 * the bytes written; 0 when there were no suppressions. */
size_t rs_suppress_print(char *text, size_t bytes);
