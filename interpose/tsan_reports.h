/* SPDX-License-Identifier: MIT */
/* tsan_reports.h -- where ThreadSanitizer's runtime calls refsan: when it has
 * printed a report, and when it needs the words for a Python frame.
 *
 * A runtime that is a library calls the exported functions, because refsan
 * stands in front of it. One that is linked into the program calls its own
 * empty ones: those are led to refsan's, on x86-64, where they can be found. */
#pragma once

#include <stdbool.h>

/* After own_calls.h, before other threads. Nothing without TSan. */
void rs_tsan_reports_start(void);

/* Does TSan tell? Else its reports say nothing of objects and Python. */
bool rs_tsan_reports_come(void);
