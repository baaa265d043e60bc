/* SPDX-License-Identifier: MIT */
/* other_threads.h -- what all threads were doing when one of them crashed. */
#pragma once

#include "event/crash.h"

/* Asks every other thread of the process where it is, one after the other, for
 * as long as `milliseconds`. Native frames, and Python's where the thread has
 * a state; and the locks that it has and wants.
 *
 * Missed: threads where /proc is not to be had. */
void rs_other_threads_ask(struct rs_crash *crash, unsigned milliseconds);

/* The last operations of all threads, by the clock. */
void rs_other_threads_acts(struct rs_crash *crash);
