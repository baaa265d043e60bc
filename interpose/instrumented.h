/* SPDX-License-Identifier: MIT */
/* instrumented.h -- door 4: the table that code built with refsan's headers
 * calls (include/refsan/abi.h). */
#pragma once

#include <stdbool.h>

/* The host is known. */
void rs_instrumented_start(void);

/* The runtime begins a second life. Objects of the first are not of this one,
 * and only the long way tells them apart. */
void rs_instrumented_close_short_way(void);

/* Is it the symbol of a table of this or another version, by which a module
 * shows that it was built with refsan's headers? */
bool rs_instrumented_is_mark(const char *symbol);
bool rs_instrumented_is_known(const char *mark); /* … of this version's */

/* A module with such a symbol was loaded. `path` as the loader has it. One
 * that was built for another version is told so, and not counted. */
void rs_instrumented_note(const char *symbol, const char *path);

/* How many modules announce their operations. */
unsigned rs_instrumented_modules(void);
