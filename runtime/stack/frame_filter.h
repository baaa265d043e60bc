/* SPDX-License-Identifier: MIT */
/* frame_filter.h -- which frames of a stack a reader wants to see.
 *
 * The interpreter's own frames say little and are many. Kept of them are the
 * API functions that other native code called; the ones around the evaluation
 * loop give way to the Python frames they run. Left out, too, are the frames
 * that start threads and programs. verbosity=2 shows everything. */
#pragma once

#include "stack/stack.h"
#include "stack/symbolize.h"

/* How many callers of an operation in a history are shown (op_stacks=1). */
#define RS_HISTORY_CALLERS 4

/* Copies the visible frames, native ones first; returns how many. */
unsigned rs_frame_filter_frames(rs_stack stack, rs_frame *frames,
                                unsigned max);

/* The words of the innermost visible frame that is not the interpreter's,
 * Python's if there is no other. False when the stack has none. */
bool rs_frame_filter_site(rs_stack stack, struct rs_symbol *symbol);
