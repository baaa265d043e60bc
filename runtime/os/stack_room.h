/* SPDX-License-Identifier: MIT */
/* stack_room.h -- is there room on this stack to look closely?
 *
 * refsan runs on the program's stacks. A handler's alternate stack may have 4 or
 * 8 KiB, a thread's 16; to unwind, or to write a report, takes more, and who
 * runs over the end of an alternate stack writes into the heap. So the deep ways
 * ask first, and what has no room is counted as lost (RS_LOST_ROOM).
 *
 * Missed: the end of an alternate stack that SS_AUTODISARM has taken away, of a
 *         coroutine's stack without an unreadable page below it, and of a stack
 *         that lies where another one was before; and the way to the question
 *         itself, which takes some 700 bytes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "os/compiler.h"

/* What the deepest way takes (tests/faults/test_small_stacks.py measures it),
 * twice. */
#define RS_STACK_ROOM ((uintptr_t)32 << 10)

/* The low end of a stack that was found short; 0 without one. */
extern RS_THREAD_LOCAL uintptr_t rs_stack_room_low;

/* Asks the kernel, unless it said yes in this page of the stack just before. */
bool rs_stack_room_is_short_slow(uintptr_t frame);

/* The same for each event: asks only where there was no room before. */
static inline bool
rs_stack_room_is_short(uintptr_t frame)
{
    return rs_unlikely(frame - rs_stack_room_low < RS_STACK_ROOM) &&
           rs_stack_room_is_short_slow(frame);
}
