/* SPDX-License-Identifier: MIT */
/* crash_text.h -- what only the report of a fatal signal says, in words. */
#pragma once

#include "report/text_parts.h"

/* The signal, its reason, and where. */
void rs_crash_text_cause(struct rs_text_parts *page);

/* What the registers point to, the other threads, and the last operations of
 * all of them. */
void rs_crash_text_surroundings(struct rs_text_parts *page);
