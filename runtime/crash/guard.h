/* SPDX-License-Identifier: MIT */
/* guard.h -- parts of a crash report that may crash or hang themselves: what
 * they look at may be broken, and a lock they need may be held by nobody any
 * more. */
#pragma once

#include <stdbool.h>

/* Calls `part`. False when it did not come back: it crashed, or took longer
 * than `milliseconds`; what it was doing stays half done. By one thread at a
 * time, the one that reports. */
bool rs_guard_run(void (*part)(void *), void *context, unsigned milliseconds);

/* From a handler of a fatal signal: ends the part, if this thread is in one.
 * Returns only if it is not. */
void rs_guard_escape(void);

/* After the last part: gives the signal back that the time limit used. */
void rs_guard_end(void);
