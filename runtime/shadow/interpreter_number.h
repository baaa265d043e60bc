/* SPDX-License-Identifier: MIT */
/* interpreter_number.h -- which interpreter makes an object, in four bits of its word.
 *
 * Interpreters with a GIL of their own share no object: each has an allocator
 * and a collector of its own, and nothing orders what they count. Those that
 * share the main one's GIL take turns, and share objects by design: all of them
 * are number 0. The others have 1 to 15.
 *
 * A thread may be attached to one interpreter after another, by functions that
 * are not seen. What it makes is told by its thread state; that is looked at
 * whenever it is another one than before, and once there is a second number, at
 * every birth and every operation.
 *
 * Missed: interpreters whose numbers are the same, every 15th one; and before
 *         3.13, all of them. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "event/word.h"
#include "thread/thread.h"

/* A second number was seen: for good. */
extern atomic_bool rs_interpreter_are_many;

void rs_interpreter_follow_slow(struct rs_thread *self, const void *tstate);

static inline bool
rs_interpreter_has_many(void)
{
    /* Relaxed: who uses an interpreter has it from the thread that made it,
     * which saw its first births. */
    return rs_unlikely(
        atomic_load_explicit(&rs_interpreter_are_many, memory_order_relaxed));
}

/* The thread is attached by `tstate`: what it makes from now on is that one's
 * interpreter's. */
static inline void
rs_interpreter_follow(struct rs_thread *self, const void *tstate)
{
    if (rs_unlikely(tstate != self->tstate) || rs_interpreter_has_many())
        rs_interpreter_follow_slow(self, tstate);
}

/* The number of the interpreter a thread was last seen to be attached to. */
static inline unsigned
rs_interpreter_number(const struct rs_thread *self)
{
    return rs_word_interpreter((rs_word){self->live_word});
}

/* The id of the interpreter that made an object; 0 stands for all that share
 * the main one's GIL, unless the calling thread is attached to one of them:
 * then it is that one's. -1 when nothing is known. */
int64_t rs_interpreter_id(rs_word word);
