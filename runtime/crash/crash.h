/* SPDX-License-Identifier: MIT */
/* crash.h -- a fatal signal, reported while the process still stands. */
#pragma once

#include <stdbool.h>

/* From the handler of a fatal signal, with what it was given: reports what is
 * known, once in a process. `say_end` says the last lines of the process; NULL
 * for none. Nothing is allocated, no lock is waited for longer than a second,
 * and a crash inside is survived. False when another thread does so already,
 * or did: then it has waited for it. */
bool rs_crash_report(int signal, const void *info, const void *context,
                     void (*say_end)(void));

/* From the handler of another signal: the same page of a process that goes on,
 * or, with `say_end`, that somebody is about to end. As often as wanted, one at a
 * time; false when there is one already.
 *
 * Wrong when: a part takes very long, and the thread has a lock of the C library
 * then: it keeps that. */
bool rs_crash_report_hang(int signal, const void *info, const void *context,
                          void (*say_end)(void));

/* In a handler of a fatal signal: is the crash one inside the report itself?
 * Then it does not return. */
void rs_crash_escape(void);

/* In the child of a fork. */
void rs_crash_after_fork(void);
