/* SPDX-License-Identifier: MIT */
/* text_parts.h -- the parts of a text report: who, which object, and why. */
#pragma once

#include <stdbool.h>

#include "detect/finding.h"
#include "base/text.h"

struct rs_page {
    struct rs_text text;
    const struct rs_finding *found;
    bool is_coloured;
};

#define RS_COLOUR_ERROR   "\033[1;31m"
#define RS_COLOUR_WARNING "\033[1;33m"
#define RS_COLOUR_HEAD    "\033[1m"
#define RS_COLOUR_NONE    "\033[0m"

void rs_page_paint(struct rs_page *page, const char *colour);

/* "T2 'worker'" */
void rs_page_thread(struct rs_page *page, unsigned slot);

/* "T2 'worker' (created by T1 'python', ended)" */
void rs_page_whole_thread(struct rs_page *page, unsigned slot);

/* The line "object": address, type, count and how it comes about, state. */
void rs_page_object(struct rs_page *page);

/* The facts the finding rests on, one a line. */
void rs_page_evidence(struct rs_page *page);
