/* SPDX-License-Identifier: MIT */
/* foreign.h -- words that come from the program, and not from refsan: names of
 * types, functions, files, modules and threads, and whatever else it chose.
 *
 * They could end a line and begin another that looks like refsan's own, turn
 * the direction of writing, or speak to the terminal. All of them pass through
 * here on their way into a finding or a sentence, so that text, JSON and every
 * other format get the same, harmless words. */
#pragma once

#include <stddef.h>

#include "base/text.h"

/* Adds a word. Printable characters stay; controls, ends of lines (Unicode's,
 * too) and marks that change the direction of writing become \n, \t, \r, \x1b
 * or \u202e, bytes that are not UTF-8 \xff, and a backslash two, so that the
 * word can be had back. A sequence that the word's end cuts is left out, and
 * what does not fit is cut between characters. NULL adds nothing. */
void rs_text_add_foreign(struct rs_text *text, const char *word);

/* A word in a buffer of its own. */
void rs_foreign_copy(char *to, size_t bytes, const char *word);

/* The length of the UTF-8 sequence at `at`, 0 when it is none. Refuses what
 * RFC 3629 refuses: overlong forms, surrogates, beyond U+10FFFF. */
size_t rs_utf8_length(const char *at);
