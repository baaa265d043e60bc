/* SPDX-License-Identifier: MIT */
/* stack.h -- a stack is a 32-bit id; this is the depot that gives them out.
 *
 * Insert-only, fixed memory, no lock, no waiting. The same frames always get
 * the same id, except that two threads which insert the same new stack at the
 * same moment may get two; a report does not mind. Safe in a signal handler.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 0 is "not recorded": never asked for, or the depot was full (counted). */
typedef struct {
    uint32_t id;
} rs_stack;

#define RS_STACK_NONE       ((rs_stack){0})
#define RS_STACK_FRAMES_MAX 64

/* One frame. A native one is a return address or, in instrumented code,
 * RS_FRAME_SITE with the id that site.h gave to the place. A Python one is
 * RS_FRAME_PYTHON with the id that pyframe.h gave to its function, file and
 * line. Native frames come first, Python frames follow, each innermost first.
 */
typedef uint64_t rs_frame;
#define RS_FRAME_PYTHON (UINT64_C(1) << 63)
#define RS_FRAME_SITE   (UINT64_C(1) << 62)

static inline bool
rs_frame_is_python(rs_frame frame)
{
    return (frame & RS_FRAME_PYTHON) != 0;
}

static inline bool
rs_frame_is_site(rs_frame frame)
{
    return (frame & (RS_FRAME_PYTHON | RS_FRAME_SITE)) == RS_FRAME_SITE;
}

bool rs_stack_start(size_t bytes);

/* Finds or inserts. RS_STACK_NONE when the depot is full. */
rs_stack rs_stack_put(const rs_frame *frames, unsigned count);

/* Copies up to `max` frames out; returns how many the stack has in the copy.
 * 0 for RS_STACK_NONE, and for an id whose entry is not visible yet. */
unsigned rs_stack_get(rs_stack stack, rs_frame *frames, unsigned max);

/* The same for the native frames alone, at most RS_STACK_FRAMES_MAX. */
unsigned rs_stack_get_native(rs_stack stack,
                             rs_frame frames[RS_STACK_FRAMES_MAX]);

/* Bytes used so far, for the summary. */
size_t rs_stack_used_bytes(void);
