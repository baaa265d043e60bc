/* SPDX-License-Identifier: MIT */
/* crash_signals.h -- fatal signals, taken before the program's own handlers
 * and passed on to them. */
#pragma once

/* A host is watched: from now on its fatal signals are reported. `say_end`
 * says the last lines of a process that crashed. Once. */
void rs_crash_signals_start(void (*say_end)(void));

/* A thread that begins runs `start` by this: with a stack for handlers. Who has
 * run over the end of his own stack has no other place to report that from. */
void *rs_crash_signals_run(void *(*start)(void *), void *argument);
