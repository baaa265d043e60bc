/* SPDX-License-Identifier: MIT */
/* tsan_frames.h -- Python frames in ThreadSanitizer's stacks: an evaluation
 * hook (PEP 523) tells TSan of each Python function that begins and ends.
 *
 * Only where that is of use: TSan is in the process, and code that it
 * instruments. The interpreter then evaluates each Python function in a call
 * of its own: it inlines none, and recursion takes more of the C stack.
 *
 * Missed: functions that run already when the hook is set, which stay without
 *         a frame; interpreters other than the main one, and the main one of a
 *         second runtime; all while another evaluation hook stands in front of
 *         this one and does not call it.
 * Wrong when: greenlets change a thread's stack; frames of one are then shown
 *             in another. */
#pragma once

#include <stdbool.h>

/* A host was found: is it instrumented itself? */
void rs_tsan_frames_start(void);

/* Code was loaded that TSan instruments; is it the host's? */
void rs_tsan_frames_want(bool is_host);

/* Do the host's functions wait for TSan, because they are instrumented? */
bool rs_tsan_frames_host_waits(void);

/* Has the main interpreter yet to be asked? Cheap. */
bool rs_tsan_frames_are_open(void);

/* Asks it to set the hook, when its main thread gets to that, without waiting;
 * if the runtime is there by now. Any thread, under any of its locks. */
void rs_tsan_frames_ask(void);

/* The calling thread's state while it evaluates a Python function by way of the
 * hook, else NULL. Anywhere. */
void *rs_tsan_frames_thread(void);
