/* SPDX-License-Identifier: MIT */
/* fast_lives.h -- the short way of a birth or a death, inline in the tracer.
 *
 * Most objects are born where the same thread's object died, live on one
 * thread, and die there. Then a birth or a death is one word of the plane and
 * one entry of the ring. Everything else takes the long way (rs_pipeline_born(),
 * rs_pipeline_gone()), which does the same and more:
 * tests/unit/fast_lives_test.c compares the two.
 *
 * The interpreter's plain values (int, float, str, bytes) get no entry: they
 * are most of what is born, and their dealloc is over at once. Missed: where a
 * value was made, and where the interpreter let it go; a report says "stack
 * not recorded" (birth_stacks=1 takes the long way).
 *
 * No clock: the address had no other thread. No guard: nothing of refsan makes
 * or destroys an object, so only a signal handler can come in between, and
 * that is noticed at the end of the ring's entry; the long way then writes it
 * once more. No look at the runtime's life: a second one closes the short way
 * for good, and so does a second interpreter with a GIL of its own. The first
 * objects that one makes are no plain values. */
#pragma once

#include "base/check.h"
#include "pipeline.h"
#include "host/top_frame.h"
#include "shadow/lifetimes.h"
#include "shadow/plane.h"
#include "refcount/header.h"
#include "event/word.h"
#include "thread/thread.h"
#include "os/atomics.h"

/* What must be as it was for the short way: the thread that made the object,
 * no second thread, no record. */
#define RS_LIFE_QUIET_BITS                                                    \
    (RS_WORD_CREATOR | (unsigned)RS_MARK_SHARED | (unsigned)RS_MARK_RECORDED)
/* Marks that a death need not look at. */
#define RS_LIFE_IDLE_BITS                                                     \
    ((unsigned)RS_MARK_TRY_ENABLED | (unsigned)RS_MARK_DEFERRED)

/* Opens the short way, or closes it while every birth and death must be seen
 * by more than the ring: a chained tracer, whole stacks. */
static inline void
rs_fast_lives_open(bool is_open)
{
    /* Relaxed: who sees the old value takes the old way once more. */
    rs_store(&rs_host_top.short_frame, is_open ? rs_host_top.thread_frame : 0);
}

/* The ring's entry of what is no value; false sends it the long way. */
RS_INLINE bool
rs_fast_lives_note(struct rs_thread *self, uint64_t target,
                   uintptr_t stack_frame)
{
    void *tstate = rs_host_tracing_thread();
    uintptr_t frame;
    uint64_t at;

    /* A new thread state may be of another interpreter. */
    if (rs_unlikely(tstate == NULL || tstate != self->tstate))
        return false;
    frame = rs_host_top_word((uintptr_t)tstate, rs_host_top.thread_frame);
    at = rs_ring_next(&self->lives);
    return rs_likely(frame != 0) &&
           rs_ring_push(
               &self->lives, at,
               rs_ring_life(self->now, target,
                            rs_host_top_word(frame, rs_host_top.frame_code),
                            (uint32_t)rs_host_top_word(
                                frame, rs_host_top.frame_instruction),
                            stack_frame));
}

RS_INLINE bool
rs_fast_lives_is_open(void)
{
    return rs_load(&rs_host_top.short_frame) != 0;
}

/* Both return false when the long way must be taken; nothing was done then
 * that the long way does not do again. `stack_frame` is the tracer's frame
 * address. */
RS_INLINE bool
rs_fast_lives_born(uintptr_t object, uintptr_t stack_frame)
{
    struct rs_thread *self = rs_thread_current;
    rs_cell *cell = rs_plane_find_object(object);
    rs_word before, after;

    if (rs_unlikely(self == NULL || cell == NULL || !rs_fast_lives_is_open()))
        return false;
    before = rs_cell_load(cell);
    if (rs_unlikely((before.bits & RS_LIFE_QUIET_BITS) !=
                    (self->live_word & RS_WORD_CREATOR)))
        return false;
    after = rs_word_next(before, self->live_word);
    if (!rs_host_is_value(object) &&
        rs_unlikely(!rs_fast_lives_note(
            self,
            rs_target_make(object, RS_EV_BORN, rs_word_generation(after)),
            stack_frame)))
        return false;
    rs_cell_store(cell, after);
    return true;
}

RS_INLINE bool
rs_fast_lives_gone(uintptr_t object, uintptr_t stack_frame)
{
    struct rs_thread *self = rs_thread_current;
    rs_cell *cell = rs_plane_find_object(object);
    rs_word before;

    if (rs_unlikely(self == NULL || cell == NULL || !rs_fast_lives_is_open()))
        return false;
    before = rs_cell_load(cell);
    if (rs_unlikely(
            (before.bits & RS_WORD_STATUS & ~RS_LIFE_IDLE_BITS) !=
                self->live_word ||
            rs_header_peeks_immortal(rs_host->layout, (const void *)object)))
        return false;
    if (rs_host_is_value(object)) {
        rs_cell_store(cell, rs_word_with_state(before, RS_STATE_DEAD));
        return true;
    }
    if (rs_unlikely(!rs_fast_lives_note(
            self,
            rs_target_make(object, RS_EV_GONE, rs_word_generation(before)),
            stack_frame)))
        return false;
    rs_cell_store(cell, rs_word_with_state(before, RS_STATE_DYING));
    return true;
}
