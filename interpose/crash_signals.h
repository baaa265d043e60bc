/* SPDX-License-Identifier: MIT */
/* crash_signals.h -- fatal signals, taken before the program's own handlers
 * and passed on to them. */
#pragma once

/* A host is watched: from now on its fatal signals are reported. `say_end`
 * says the last lines of a process that crashed. Once. */
void rs_crash_signals_start(void (*say_end)(void));

/* On a thread that begins: gives it a stack for handlers, if it is known and
 * has none. A thread that has run over the end of its own has no other. */
void rs_crash_signals_thread(void);
