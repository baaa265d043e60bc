/* SPDX-License-Identifier: MIT */
/* native_walk.h -- the calling thread's native frames, by the unwinder that was
 * chosen. */
#pragma once

#include <stdint.h>

#include "thread/thread.h"

#define RS_NATIVE_WALK_MAX 48

/* Chooses the unwinder: "auto", "fp", "libunwind" or "none"; and how many frames
 * it walks at most. */
void rs_native_walk_start(const char *unwinder, unsigned frames);
const char *rs_native_walk_unwinder(void);

/* The return addresses above `frame`, the frame address of a hook that the code
 * at `pc` called. Innermost first, refsan's own may be among them. Room for
 * RS_NATIVE_WALK_MAX; returns how many. */
unsigned rs_native_walk(struct rs_thread *self, uintptr_t pc, uintptr_t frame,
                        uintptr_t *pcs);
