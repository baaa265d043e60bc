/* SPDX-License-Identifier: MIT */
/* lifetimes.h -- births and deaths in the rings: written by the million, read when
 * a dying object or a report asks. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "os/arch.h"
#include "base/check.h"
#include "event/event.h"
#include "host/top_frame.h"
#include "event/word.h"
#include "stack/stack.h"
#include "thread/thread.h"

/* birth_stacks=1: whole stacks instead of a Python line. */
void rs_lifetimes_start(bool keeps_stacks);
extern bool rs_lifetimes_keep_stacks;
uint64_t rs_lifetimes_capture(struct rs_thread *self,
                              const struct rs_life_event *life);

/* Notes a birth or a death. `before` is the address's word before it. The clock
 * is read only where the address had another thread before: for the rest the
 * time of the thread's last act will do, because only that thread's acts have to
 * be told from the new object's. */
RS_INLINE void
rs_lifetimes_note(struct rs_thread *self, enum rs_ev op,
                  const struct rs_life_event *life, rs_word before)
{
    bool is_crowded = rs_word_has(before, RS_MARK_SHARED) ||
                      rs_word_creator(before) != self->slot;
    unsigned generation = rs_word_generation(before) + (op == RS_EV_BORN);
    struct rs_raw_top top = rs_host_raw_top(life->tstate);

    if (rs_unlikely(rs_lifetimes_keep_stacks))
        top.code_word = (uintptr_t)rs_lifetimes_capture(self, life);
    if (rs_unlikely(is_crowded))
        self->now = rs_arch_ticks();
    rs_ring_add(&self->lives,
                rs_ring_life(self->now,
                             rs_target_make(life->object, op, generation),
                             top.code_word, top.instruction_low, life->frame));
}

/* Is the deallocation of a dying object over for certain? `word` is its own.
 *
 * When it began, the ring kept the stack pointer. The dealloc runs below that;
 * so once its thread was seen well above it again, the dealloc has returned.
 * Where the dealloc is the interpreter's own (`is_host`), the event's code runs
 * so much further in than it that anything above will do. And a call that was watched
 * has returned with every dealloc that began in it.
 * Missed: a dealloc that returned to a frame which has called nothing refsan
 * sees since; and one so long ago that the ring forgot (false both times). */
bool rs_lifetimes_dealloc_is_over(const struct rs_event *ev, rs_word word,
                                  unsigned destroyer, bool is_host);

/* For the calls of functions that may run deallocs: what comes after this
 * number in the calling thread's ring … */
RS_INLINE uint64_t
rs_lifetimes_calls(void)
{
    const struct rs_thread *self = rs_thread_current;

    return self != NULL ? rs_ring_next(&self->lives) : 0;
}

/* … happened in the call, which has returned. */
RS_INLINE void
rs_lifetimes_returned(uint64_t before)
{
    struct rs_thread *self = rs_thread_current;

    if (self != NULL && rs_ring_next(&self->lives) != before) {
        self->returned_from = before;
        self->returned_to = rs_ring_next(&self->lives);
    }
}

/* Is the object's the last death that the calling thread saw, but for such
 * whose dealloc is over because it ran further in than the event? `word` is the
 * object's own. False when the ring has forgotten. */
bool rs_lifetimes_is_innermost(const struct rs_event *ev, rs_word word);

/* The birth or death of the object whose word it is, if a ring still has it.
 * Those of other objects that had the address are not its own. */
struct rs_life_found {
    unsigned slot;
    uint64_t ticks;   /* a lower bound */
    rs_stack stack;   /* its Python line, or its whole stack */
    rs_frame32 frame; /* where its thread's stack was */
};
bool rs_lifetimes_find(uintptr_t object, rs_word word, enum rs_ev op,
                       struct rs_life_found *found);
