/* SPDX-License-Identifier: MIT */
/* options.h -- the values of REFSAN_OPTIONS (options.def).
 *
 * Syntax: name=value, separated by ":"; a value with ":" in it is quoted with
 * '…' or "…". Read once, at start; ignored in set-uid processes. An unknown
 * name or ill-formed value is a warning that names it, and the most similar
 * known name; the default stays. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RS_OPTION_TEXT_MAX 4096

struct rs_options {
#define RS_OPTION_BOOL                                  bool
#define RS_OPTION_INT                                   int32_t
#define RS_OPTION_STRING                                const char *
#define RS_OPTION_CHOICE                                const char *
#define RS_OPTION(type, name, default, low, high, help) RS_OPTION_##type name;
#include "options.def"
};

/* Valid from rs_options_start() on; never changes afterwards. */
extern const struct rs_options *const rs_options;

/* `text` may be NULL. `warn` gets one sentence per mistake, no newline. */
void rs_options_start(const char *text, void (*warn)(const char *sentence));

/* Prints the table of help=1 to `fd`. */
void rs_options_print_help(int fd);
