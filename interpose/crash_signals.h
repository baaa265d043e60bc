/* SPDX-License-Identifier: MIT */
/* crash_signals.h -- fatal signals, taken before the program's own handlers
 * and passed on to them. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

/* A host is watched: from now on its fatal signals are reported. `say_end`
 * says the last lines of a process that crashed. Once. */
void rs_crash_signals_start(void (*say_end)(void));

/* A thread that begins runs `start` by this: with a stack for handlers, which
 * lies at the beginning of its own. Who has run over the end of his stack has no
 * other place to report that from. */
void *rs_crash_signals_run(void *(*start)(void *), void *argument);

/* May a thread with these attributes (NULL: the default) have one? Its own
 * stack becomes 64 KiB shorter. */
bool rs_crash_signals_have_room(const pthread_attr_t *attributes);
