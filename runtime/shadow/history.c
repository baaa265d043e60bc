/* SPDX-License-Identifier: MIT */
/* history.c -- the rings of reference operations.
 *
 * Wrong when: an object at the same address, a multiple of 256 lives before this
 * one, left operations that the ring still has, and the birth of this one is
 * forgotten. They would be shown as this object's. */
#include "shadow/history.h"

#include <limits.h>
#include <string.h>

#include "stack/site.h"
#include "os/arch.h"
#include "thread/thread.h"
#include "refcount/freed.h"
#include "os/atomics.h"

/* There is room for the count, and for one more or less. */
static bool
has_room(int64_t count)
{
    return rs_likely((uint64_t)count < UINT32_MAX) ||
           (count < 0 && count > INT32_MIN + 1);
}

static bool
has_trait(enum rs_ev op, enum rs_trait trait)
{
    return (rs_event_words(op)->traits & trait) != 0;
}

/* The counts before and after, as the header will have them. Inline decrefs
 * call out only once they have counted. */
static void
count(const struct rs_event *ev, rs_word word, int64_t *before, int64_t *after)
{
    bool is_counted =
        ev->op == RS_EV_DECREF_LAST_LOCAL || ev->op == RS_EV_DEALLOC;
    int64_t now;

    *before = *after = INT32_MIN;
    if (!ev->has_before || (rs_word_state(word) >= RS_STATE_DYING &&
                            !rs_header_is_at_zero(&ev->before)))
        return;
    now = rs_header_count(&ev->before);
    if (is_counted)
        now++;
    if (!has_room(now))
        return;
    *before = *after = now;
    if (has_trait(ev->op, RS_TRAIT_DROPS))
        (*after)--;
    else if (has_trait(ev->op, RS_TRAIT_TAKES))
        (*after)++;
    else if (ev->op == RS_EV_SET_REFCNT)
        *after = has_room(ev->argument) ? ev->argument : INT32_MIN;
}

/* An event without an object may have any number in its place. */
static uint64_t
target_of(const struct rs_event *ev, rs_word word)
{
    return rs_target_make(rs_target_object(ev->object), ev->op,
                          rs_word_generation(word));
}

static void
push(const struct rs_event *ev, rs_word word)
{
    int64_t before, after;

    count(ev, word, &before, &after);
    rs_ring_add(
        &ev->self->acts,
        rs_ring_with_counts(
            rs_ring_act(ev->self->now, target_of(ev, word), ev->stack.id, 0),
            before, after));
}

void
rs_history_note(const struct rs_event *ev, const struct rs_step *step)
{
    bool is_crowded = step->is_foreign ||
                      rs_word_has(step->before, RS_MARK_SHARED) ||
                      step->creator == 0;

    /* One thread's own order needs no clock. */
    ev->self->now = is_crowded ? rs_arch_ticks() : ev->self->now + 1;
    push(ev, step->before);
}

void
rs_history_note_ordinary(const struct rs_event *ev, rs_word word)
{
    ev->self->now++;
    push(ev, word);
}

void
rs_history_note_place(const struct rs_event *ev, rs_word word)
{
    int64_t before, after;

    count(ev, word, &before, &after);
    ev->self->now++;
    rs_ring_add(
        &ev->self->acts,
        rs_ring_with_counts(
            rs_ring_site(ev->self->now, target_of(ev, word), ev->pc, 0),
            before, after));
}

void
rs_history_note_in_order(const struct rs_event *ev)
{
    ev->self->now = rs_arch_ticks();
    push(ev, (rs_word){0});
}

/* Entries of a ring come newest first, and ordinary ones of instrumented code
 * share a tick. Keeps `acts` sorted by time and at most `max` long, dropping the oldest. */
static unsigned
insert(struct rs_past_act *acts, unsigned count, unsigned max,
       const struct rs_past_act *act)
{
    unsigned at = count;

    while (at > 0 && acts[at - 1].ticks >= act->ticks)
        at--;
    if (count < max) {
        memmove(&acts[at + 1], &acts[at], (count - at) * sizeof(*acts));
        acts[at] = *act;
        return count + 1;
    }
    if (at == 0)
        return count;
    memmove(&acts[0], &acts[1], (at - 1) * sizeof(*acts));
    acts[at - 1] = *act;
    return count;
}

/* The entry is this thread's own. A reader on another thread sees it changed or
 * not. */
void
rs_history_skip(const struct rs_event *ev)
{
    struct rs_ring *acts = &ev->self->acts;
    uint64_t next = rs_ring_next(acts);
    struct rs_ring_entry entry;

    if (next > 0 && rs_ring_read(acts, next - 1, &entry) &&
        rs_target_object(entry.target) == rs_target_object(ev->object) &&
        rs_target_event(entry.target) == (unsigned)ev->op)
        rs_ring_skip_last(acts, next - 1);
}

/* The short way of announced operations notes a site and no stack. */
static rs_stack
stack_of(const struct rs_ring_entry *entry)
{
    rs_frame frame;

    if (!rs_ring_act_has_site(entry))
        return (rs_stack){rs_ring_act_stack(entry)};
    frame = rs_site_find(rs_ring_act_site(entry));
    return rs_stack_put(&frame, 1);
}

static struct rs_past_act
make_act(const struct rs_ring_entry *entry, unsigned slot)
{
    bool is_skipped = rs_ring_act_is_skipped(entry);
    int64_t before = rs_ring_act_before(entry);

    return (struct rs_past_act){
        .op = (enum rs_ev)rs_target_event(entry->target),
        .slot = slot,
        .stack = stack_of(entry),
        .count_before = before,
        .count_after = is_skipped ? before : rs_ring_act_after(entry),
        .is_skipped = is_skipped,
        .ticks = entry->ticks,
    };
}

unsigned
rs_history_collect(uintptr_t object, rs_word word, uint64_t born_ticks,
                   struct rs_past_act *acts, unsigned max)
{
    unsigned found = 0;

    for (unsigned slot = 1; slot <= rs_thread_top() && max > 0; slot++) {
        struct rs_thread *thread = rs_thread_get(slot);
        struct rs_ring_entry entry;
        uint64_t at;

        if (thread == NULL)
            continue;
        at = rs_load_acquire(&thread->acts.written);
        while (at-- > 0 && rs_ring_read(&thread->acts, at, &entry)) {
            struct rs_past_act act = make_act(&entry, slot);

            if (rs_target_is_of(entry.target, object,
                                rs_word_generation(word)) &&
                entry.ticks >= born_ticks)
                found = insert(acts, found, max, &act);
        }
    }
    return found;
}

unsigned
rs_history_last(const struct rs_thread *thread, struct rs_past_act *acts,
                uintptr_t *objects, unsigned max)
{
    uint64_t at = rs_load_acquire(
        &((struct rs_thread *)(uintptr_t)thread)->acts.written);
    struct rs_ring_entry entry;
    unsigned count = 0;

    while (thread->acts.words != NULL && count < max && at-- > 0 &&
           rs_ring_read(&thread->acts, at, &entry)) {
        acts[count] = make_act(&entry, thread->slot);
        objects[count++] = rs_target_object(entry.target);
    }
    return count;
}

bool
rs_history_last_was_zero(const struct rs_event *ev, rs_word word)
{
    struct rs_ring_entry entry;
    struct rs_past_act act;
    uint64_t at = rs_load(&ev->self->acts.written);

    while (at-- > 0 && rs_ring_read(&ev->self->acts, at, &entry)) {
        if (!rs_target_is_of(entry.target, ev->object,
                             rs_word_generation(word)))
            continue;
        act = make_act(&entry, ev->self->slot);
        if (act.op == ev->op || act.is_skipped)
            continue; /* itself, or nothing */
        return has_trait(act.op, RS_TRAIT_DROPS) && act.count_after <= 0;
    }
    return false;
}
