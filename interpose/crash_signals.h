/* SPDX-License-Identifier: MIT */
/* crash_signals.h -- fatal signals, and the one of report_signal, taken before
 * the program's own handlers and passed on to them. */
#pragma once

/* Sent with this value, the signal of report_signal says that the process is
 * about to be ended: scripts/refsan/starting/timeout.py. */
#define RS_CRASH_SIGNALS_ENDS 0x7265

/* A host is watched: from now on its fatal signals are reported. `say_end`
 * says the last lines of a process that crashed. Once. */
void rs_crash_signals_start(void (*say_end)(void));
