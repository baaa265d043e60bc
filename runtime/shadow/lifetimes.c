/* SPDX-License-Identifier: MIT */
/* lifetimes.c -- reads the rings of births and deaths. Writing is inline, in
 * lifetimes.h. */
#include "shadow/lifetimes.h"

#include "thread/capture.h"
#include "stack/pyframe.h"
#include "os/atomics.h"

bool rs_lifetimes_keep_stacks;

void
rs_lifetimes_start(bool keeps_stacks)
{
    rs_lifetimes_keep_stacks = keeps_stacks;
}

uint64_t
rs_lifetimes_capture(struct rs_thread *self, const struct rs_life_event *life)
{
    return RS_LIFE_STACK |
           rs_capture(self, life->pc, life->frame, life->tstate).id;
}

/* The frame of the function that called the tracer: it may be gone when it ends
 * in the dealloc, as _Py_Dealloc() does, and the dealloc then runs that much
 * higher than the tracer did. Twice what any such function was seen to have.
 */
#define TAIL_CALL_BYTES 512

static uint64_t
written(const struct rs_thread *thread)
{
    return rs_load_acquire(
        &((struct rs_thread *)(uintptr_t)thread)->lives.written);
}

/* Before 3.14 a dealloc may come back without having been run (the trashcan). */
static bool
has_returned(const struct rs_event *ev, const struct rs_thread *thread,
             uint64_t at)
{
    return thread == ev->self && at >= thread->returned_from &&
           at < thread->returned_to && rs_host_has_outer_trashcan();
}

/* A module's code runs much further in than the interpreter's own dealloc that
 * called it: between them are the frames of that dealloc, and mostly of another
 * _Py_Dealloc() and another dealloc. What the tracer sees may be nearer. */
static bool
is_outside(const struct rs_event *ev, const struct rs_thread *thread,
           rs_frame32 died)
{
    return thread == ev->self &&
           rs_frame32_above(rs_frame32_make(ev->frame), died) > 0;
}

bool
rs_lifetimes_dealloc_is_over(const struct rs_event *ev, rs_word word,
                             unsigned destroyer, bool is_host)
{
    const struct rs_thread *thread = rs_thread_get(destroyer);
    rs_frame32 highest = rs_frame32_make(ev->frame);
    bool is_seen = thread == ev->self; /* there is a highest frame */
    struct rs_ring_entry entry;
    uint64_t at;

    if (thread == NULL)
        return false;
    at = written(thread);
    while (at-- > 0 && rs_ring_read(&thread->lives, at, &entry)) {
        rs_frame32 frame = rs_ring_life_frame(&entry);

        if (rs_target_event(entry.target) == RS_EV_GONE &&
            rs_target_is_of(entry.target, ev->object,
                            rs_word_generation(word)))
            return has_returned(ev, thread, at) ||
                   (is_host && is_outside(ev, thread, frame)) ||
                   (is_seen &&
                    rs_frame32_above(highest, frame) >= TAIL_CALL_BYTES);
        if (!is_seen || rs_frame32_above(frame, highest) > 0)
            highest = frame;
        is_seen = true;
    }
    return false;
}

bool
rs_lifetimes_is_innermost(const struct rs_event *ev, rs_word word)
{
    const struct rs_thread *self = ev->self;
    rs_frame32 here = rs_frame32_make(ev->frame);
    struct rs_ring_entry entry;
    uint64_t at = written(self);

    while (at-- > 0 && rs_ring_read(&self->lives, at, &entry)) {
        if (rs_target_event(entry.target) != RS_EV_GONE)
            continue;
        if (rs_target_is_of(entry.target, ev->object,
                            rs_word_generation(word)))
            return true;
        if (rs_frame32_above(rs_ring_life_frame(&entry), here) >= 0)
            return false;
    }
    return false;
}

static rs_stack
entry_stack(const struct rs_ring_entry *entry)
{
    struct rs_position position;
    rs_frame frame;

    if (entry->place & RS_LIFE_STACK)
        return (rs_stack){(uint32_t)entry->place};
    if (!rs_host_resolve_top((uintptr_t)entry->place,
                             rs_ring_life_instruction(entry), &position))
        return RS_STACK_NONE;
    frame = rs_pyframe_put(position);
    return frame == 0 ? RS_STACK_NONE : rs_stack_put(&frame, 1);
}

/* Newest first, as far back as the ring goes. */
static bool
find_in_ring(const struct rs_thread *thread, uintptr_t object,
             unsigned generation, enum rs_ev op, struct rs_life_found *found)
{
    struct rs_ring_entry entry;
    uint64_t at = written(thread);

    while (at-- > 0 && rs_ring_read(&thread->lives, at, &entry)) {
        if (rs_target_event(entry.target) != op ||
            !rs_target_is_of(entry.target, object, generation))
            continue;
        found->slot = thread->slot;
        found->ticks = entry.ticks;
        found->stack = entry_stack(&entry);
        found->frame = rs_ring_life_frame(&entry);
        return true;
    }
    return false;
}

bool
rs_lifetimes_find(uintptr_t object, rs_word word, enum rs_ev op,
                  struct rs_life_found *found)
{
    struct rs_life_found candidate;
    bool is_found = false;

    for (unsigned slot = 1; slot <= rs_thread_top(); slot++) {
        const struct rs_thread *thread = rs_thread_get(slot);

        if (thread == NULL ||
            !find_in_ring(thread, object, rs_word_generation(word), op,
                          &candidate))
            continue;
        if (!is_found || candidate.ticks > found->ticks)
            *found = candidate;
        is_found = true;
    }
    return is_found;
}
