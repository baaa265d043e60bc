/* SPDX-License-Identifier: MIT */
/* lifetimes.c -- reads the rings of births and deaths. Writing is inline, in
 * lifetimes.h. */
#include "shadow/lifetimes.h"

#include "thread/capture.h"
#include "stack/pyframe.h"

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
 * higher than the tracer did. Twice what any such function was seen to have. */
#define TAIL_CALL_BYTES 512

static uintptr_t
entry_frame(const uint64_t entry[RS_RING_ENTRY_WORDS])
{
    return (uint32_t)(entry[3] >> 32);
}

bool
rs_lifetimes_dealloc_is_over(const struct rs_event *ev, unsigned destroyer)
{
    const struct rs_thread *thread = rs_thread_get(destroyer);
    uint64_t entry[RS_RING_ENTRY_WORDS];
    uintptr_t highest = 0;
    uint64_t at;

    if (thread == NULL)
        return false;
    if (thread == ev->self)
        highest = (uint32_t)ev->frame;
    at = atomic_load_explicit(
        &((struct rs_thread *)(uintptr_t)thread)->lives.written,
        memory_order_acquire);
    while (at-- > 0 && rs_ring_read(&thread->lives, at, entry)) {
        if (rs_target_object(entry[1]) == ev->object &&
            rs_target_event(entry[1]) == RS_EV_GONE)
            return highest >= entry_frame(entry) + TAIL_CALL_BYTES;
        if (entry_frame(entry) > highest)
            highest = entry_frame(entry);
    }
    return false;
}

static rs_stack
entry_stack(const uint64_t entry[RS_RING_ENTRY_WORDS])
{
    struct rs_position position;
    rs_frame frame;

    if (entry[2] & RS_LIFE_STACK)
        return (rs_stack){(uint32_t)entry[2]};
    if (!rs_host_resolve_top((uintptr_t)entry[2], (uint32_t)entry[3],
                             &position))
        return RS_STACK_NONE;
    frame = rs_pyframe_put(position);
    return frame == 0 ? RS_STACK_NONE : rs_stack_put(&frame, 1);
}

/* Newest first, as far back as the ring goes. */
static bool
find_in_ring(const struct rs_thread *thread, uintptr_t object, enum rs_ev op,
             struct rs_life_found *found)
{
    uint64_t entry[RS_RING_ENTRY_WORDS];
    uint64_t at = atomic_load_explicit(
        &((struct rs_thread *)(uintptr_t)thread)->lives.written,
        memory_order_acquire);

    while (at-- > 0 && rs_ring_read(&thread->lives, at, entry)) {
        if (rs_target_object(entry[1]) != object ||
            rs_target_event(entry[1]) != op)
            continue;
        found->slot = thread->slot;
        found->ticks = entry[0];
        found->stack = entry_stack(entry);
        found->frame = (uint32_t)entry_frame(entry);
        return true;
    }
    return false;
}

bool
rs_lifetimes_find(uintptr_t object, enum rs_ev op, struct rs_life_found *found)
{
    struct rs_life_found candidate;
    bool is_found = false;

    for (unsigned slot = 1; slot < RS_THREAD_SLOTS; slot++) {
        const struct rs_thread *thread = rs_thread_get(slot);

        if (thread == NULL || !find_in_ring(thread, object, op, &candidate))
            continue;
        if (!is_found || candidate.ticks > found->ticks)
            *found = candidate;
        is_found = true;
    }
    return is_found;
}
