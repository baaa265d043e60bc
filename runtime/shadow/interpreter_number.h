/* SPDX-License-Identifier: MIT */
/* interpreter_number.h -- which interpreter made an object, in four bits of
 * its word.
 *
 * Interpreters with a GIL of their own share no object: each has an allocator
 * and a collector of its own, and nothing orders what they count. Those that
 * share the main one's GIL take turns, and share objects by design: all of
 * them are number 0. The others have 1 to 15.
 *
 * A thread may be attached to one interpreter after another, by functions that
 * are not seen. The thread state says to which. It is looked at whenever it is
 * another one than before, and once there is a second number, at every birth
 * and every operation.
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
#include "os/atomics.h"

/* A second number was seen: for good. */
extern atomic_bool rs_interpreter_are_many;

void rs_interpreter_follow_slow(struct rs_thread *self, const void *tstate);

static inline bool
rs_interpreter_has_many(void)
{
    /* Relaxed: whoever uses an interpreter got it from the thread that made
     * it, and that thread saw its first births. */
    return rs_unlikely(rs_load(&rs_interpreter_are_many));
}

/* The thread is attached by `tstate`: what it makes from now on belongs to
 * that thread state's interpreter. */
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

/* The id of the interpreter that made an object; -1 when that is not known.
 * For all that share the main one's GIL it is 0, or, if the calling thread is
 * attached to one of them, the id of that one. */
int64_t rs_interpreter_id(rs_word word);
