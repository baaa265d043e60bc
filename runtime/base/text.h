/* SPDX-License-Identifier: MIT */
/* text.h -- formats text into a fixed buffer: no malloc, no stdio, no locale.
 * What does not fit is cut (`is_cut`). Always ends in a zero byte. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/check.h"

struct rs_text {
    char *bytes;
    size_t size;
    size_t used; /* without the zero */
    bool is_cut;
};

struct rs_text rs_text_make(char *bytes, size_t size);

void rs_text_add(struct rs_text *text, const char *string);
void rs_text_add_bytes(struct rs_text *text, const char *bytes, size_t count);

/* printf's %s %.*s %c %d %u %x, %ld %lu %lx, and %%; nothing else. */
void rs_text_format(struct rs_text *text, const char *format, ...)
    RS_PRINTF(2, 3);

/* Adds spaces up to `column` bytes after `from`. */
void rs_text_pad(struct rs_text *text, size_t from, size_t column);

/* The number of single-letter changes between two words, to suggest the nearest
 * of several; RS_TEXT_WORD_MAX where one of them is longer than that. */
#define RS_TEXT_WORD_MAX 40
unsigned rs_text_distance(const char *a, const char *b);
