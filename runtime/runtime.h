/* SPDX-License-Identifier: MIT */
/* runtime.h -- start, stop, fork: one ordered list of calls each. */
#pragma once

#include <stdbool.h>

/* Everything that needs no host: options, what is said and where. Once; from
 * the library's constructor or a test. */
void rs_runtime_start(void);

/* A host was found: maps the tables, and lets events in. False when there is no
 * memory: then refsan sleeps on. Once. */
bool rs_runtime_wake(void);

/* At exit, after all other exit handlers: reports the summary. */
void rs_runtime_stop(const char *coverage);

/* True after the start and before the stop. */
bool rs_runtime_is_running(void);

void rs_runtime_after_fork(void); /* in the child */
