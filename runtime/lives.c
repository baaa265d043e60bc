/* SPDX-License-Identifier: MIT */
/* lives.c -- the rings of births and deaths.
 *
 * The clock is read only where the address had another thread before: for the
 * rest the time of the thread's last act will do, because only that thread's
 * acts have to be told from the new object's. */
#include "lives.h"

#include "arch.h"
#include "capture.h"
#include "check.h"
#include "host.h"
#include "pyframe.h"

static struct {
    bool keeps_stacks;
} lives;

void
rs_lives_start(bool keeps_stacks)
{
    lives.keeps_stacks = keeps_stacks;
}

void
rs_lives_note(struct rs_thread *self, enum rs_ev op,
              const struct rs_life_event *life, rs_word before)
{
    bool is_crowded = rs_word_has(before, RS_MARK_SHARED) ||
                      rs_word_creator(before) != self->slot;
    bool parity = rs_word_has(before, RS_MARK_PARITY) ^ (op == RS_EV_BORN);
    struct rs_position top = {0};

    if (rs_unlikely(lives.keeps_stacks))
        top.code = RS_LIFE_STACK |
                   rs_capture(self, life->pc, life->frame, life->tstate).id;
    else
        top = rs_host_top_position(life->tstate);
    if (is_crowded)
        self->now = rs_arch_ticks();
    rs_ring_push(&self->lives, self->now,
                 rs_target_make(life->object, op, parity), top.code,
                 (uint64_t)top.lasti | (uint64_t)(uint32_t)life->frame << 32);
}

static uintptr_t
entry_frame(const uint64_t entry[RS_RING_ENTRY_WORDS])
{
    return (uint32_t)(entry[3] >> 32);
}

bool
rs_lives_dealloc_is_over(const struct rs_event *ev, unsigned destroyer)
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
            return highest >= entry_frame(entry);
        if (entry_frame(entry) > highest)
            highest = entry_frame(entry);
    }
    return false;
}

static rs_stack
entry_stack(const uint64_t entry[RS_RING_ENTRY_WORDS])
{
    rs_frame frame;

    if (entry[2] & RS_LIFE_STACK)
        return (rs_stack){(uint32_t)entry[2]};
    if (entry[2] == 0)
        return RS_STACK_NONE;
    frame = rs_pyframe_put((struct rs_position){.code = (uintptr_t)entry[2],
                                                .lasti = (uint32_t)entry[3]});
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
        return true;
    }
    return false;
}

bool
rs_lives_find(uintptr_t object, enum rs_ev op, struct rs_life_found *found)
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
