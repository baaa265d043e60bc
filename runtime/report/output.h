/* SPDX-License-Identifier: MIT */
/* output.h -- where words go without `refsan run`: a log file, or stderr; and
 * findings as JSON lines to jsonl_path. A piece that a file cannot take whole
 * is not in it.
 *
 * Files are opened for each write and closed again: a program may close every
 * descriptor it did not open, or fork, and reports are rare. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Reads the options. */
void rs_output_start(void);

/* To the log file; to stderr where there is none or it cannot be written. */
void rs_output_text(const char *text, size_t bytes);
bool rs_output_is_coloured(void);

/* One finding to jsonl_path; nothing when there is none. */
void rs_output_jsonl(const char *line, size_t bytes);
bool rs_output_has_jsonl(void);

/* Expands %p, %t, %e and %% of a path template, for the calling process. False
 * when it does not fit, or has another "%". */
bool rs_output_expand(const char *template, char *path, size_t bytes);
