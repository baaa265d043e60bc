/* SPDX-License-Identifier: MIT */
/* text_parts.h -- the parts of a text report: the thread, the object, and the
 * evidence. */
#pragma once

#include <stdbool.h>

#include "detect/finding.h"
#include "base/text.h"

struct rs_text_parts {
    struct rs_text text;
    const struct rs_finding *found;
    bool is_coloured;
};

#define RS_COLOUR_ERROR   "\033[1;31m"
#define RS_COLOUR_WARNING "\033[1;33m"
#define RS_COLOUR_HEAD    "\033[1m"
#define RS_COLOUR_NONE    "\033[0m"

void rs_text_parts_paint(struct rs_text_parts *page, const char *colour);

/* "T2 'worker'" */
void rs_text_parts_thread(struct rs_text_parts *page, unsigned slot);

/* "T2 'worker' (created by T1 'python', ended)" */
void rs_text_parts_whole_thread(struct rs_text_parts *page, unsigned slot);

/* The line "object": address, type, count and its parts, state. */
void rs_text_parts_object(struct rs_text_parts *page);

/* The line "test": which one runs, and in which worker. Nothing without. */
void rs_text_parts_test(struct rs_text_parts *page);

/* The facts the finding rests on, one a line. */
void rs_text_parts_evidence(struct rs_text_parts *page);
