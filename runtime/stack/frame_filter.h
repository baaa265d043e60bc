/* SPDX-License-Identifier: MIT */
/* frame_filter.h -- which frames of a stack a reader wants to see.
 *
 * Of the interpreter's own frames, only the API functions that other native
 * code called are shown. Those around the evaluation loop are left out,
 * because the Python frames they run are shown. So are the frames that start
 * threads and programs. verbosity=2 shows everything. */
#pragma once

#include "stack/stack.h"
#include "stack/symbolize.h"

/* How many callers of an operation in a history are shown (op_stacks=1). */
#define RS_HISTORY_CALLERS 4

/* Copies the visible frames, native ones first; returns how many. */
unsigned rs_frame_filter_frames(rs_stack stack, rs_frame *frames,
                                unsigned max);

/* Is it a native frame of the interpreter's? */
bool rs_frame_filter_is_host(rs_frame frame);

/* Describes the innermost visible frame that is not the interpreter's: a
 * native one, or else a Python one. False when the stack has none. */
bool rs_frame_filter_site(rs_stack stack, struct rs_symbol *symbol);
