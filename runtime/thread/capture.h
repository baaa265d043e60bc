/* SPDX-License-Identifier: MIT */
/* capture.h -- the calling thread's stack, native and Python, as an id.
 *
 * Cheap where it repeats: a stack that was captured before from the same call
 * site, at the same depth, under the same Python lines is remembered and not
 * unwound again.
 *
 * Wrong when: two chains of calls have the same call site, the same stack
 * depth and the same innermost Python lines but differ further out; the second
 * then shows the outer frames of the first (tests/unit/capture_test.c). */
#pragma once

#include <stdint.h>

#include "stack/stack.h"
#include "thread/thread.h"

/* `pc`: the return address into the code that did it; it becomes frame 0.
 * `frame`: the frame address of the hook that was called. `tstate`: what
 * rs_host_attached() said, may be NULL. */
rs_stack rs_capture(struct rs_thread *self, uintptr_t pc, uintptr_t frame,
                    void *tstate);

/* The same with a site (site.h) as frame 0, in place of its `pc`. */
rs_stack rs_capture_site(struct rs_thread *self, rs_frame site, uintptr_t pc,
                         uintptr_t frame, void *tstate);

/* The same, always unwound, and not remembered. */
rs_stack rs_capture_anew(struct rs_thread *self, uintptr_t pc, uintptr_t frame,
                         void *tstate);

/* The Python frames of a thread state alone, innermost first; returns how many.
 * Of another thread's only where a crash inside is survived. */
#define RS_CAPTURE_PYTHON_MAX 16
unsigned rs_capture_python(void *tstate,
                           rs_frame frames[RS_CAPTURE_PYTHON_MAX]);

/* Chooses the unwinder: "auto", "fp", "libunwind" or "none". */
void rs_capture_start(const char *unwinder, unsigned native_frames,
                      unsigned python_frames);
