/* SPDX-License-Identifier: MIT */
/* describe.c -- what an event met: the step that detectors look at.
 *
 * Runs where shadow.c runs: any thread, any lock, signal handlers. Changes
 * nothing. */
#include "shadow/shadow.h"
#include "shadow/shadow_private.h"

#include "base/check.h"
#include "base/exempt.h"
#include "shadow/classify.h"
#include "shadow/interpreter_number.h"
#include "shadow/lifetimes.h"
#include "shadow/plane.h"
#include "shadow/record.h"
#include "os/sys.h"
#include "thread/thread.h"
#include "refcount/freed.h"
#include "os/atomics.h"

/* Memory of a dead object, or of any object once there is no runtime, may be
 * gone. Asking the kernel is slow and rare. */
static void
read_header(struct rs_event *ev, enum rs_state state)
{
    bool is_doubtful = state == RS_STATE_DYING || state == RS_STATE_DEAD ||
                       ev->tstate == NULL;

    if (ev->has_before)
        return;
    if (is_doubtful && !rs_sys_can_read(ev->object, 32))
        return;
    ev->before = rs_host_header(ev->object);
    ev->has_before = true;
}

static bool
is_old_runtime(unsigned creator)
{
    const struct rs_thread *thread = rs_thread_get(creator);

    return rs_unlikely(rs_thread_epoch() != 0) && thread != NULL &&
           rs_load(&thread->epoch) != rs_thread_epoch();
}

static bool
holds_link(const struct rs_event *ev)
{
    struct rs_header_links links = rs_header_links(&ev->before, ev->object);

    return links.is_last ||
           (links.plain != 0 && rs_sys_can_read(links.plain, 1)) ||
           (links.hidden != 0 && rs_sys_can_read(links.hidden, 1));
}

/* A death stands until a birth is seen, but an object can come back without
 * one: in its own dealloc, or later out of a free list, by a count that is
 * written by hand. Then its memory was not freed, and it has a type and a
 * count.
 *
 * Missed: memory of the dead that was reused for something that is no object,
 * begins with a number that is no address, and left the type where it was.
 * Wrong when: the count of an object that came back is also the address of
 * mapped memory, so 65,536 or more. */
static bool
is_back(const struct rs_event *ev)
{
    return ev->has_before && rs_header_looks_alive(&ev->before) &&
           rs_host_has_type(&ev->before) && !holds_link(ev);
}

/* What the rules may judge by. What died in an older runtime may have been
 * made anew while this one began, before it had a tracer; where that took long,
 * so may anything. */
static rs_word
judge(const struct rs_event *ev, rs_word word)
{
    enum rs_state state = rs_word_state(word);
    bool is_gone = state == RS_STATE_DYING || state == RS_STATE_DEAD;

    if (RS_EXEMPT(lives_unseen, !rs_shadow_sees_lives(state)) ||
        RS_EXEMPT(gone_in_old_runtime,
                  (is_gone || rs_shadow_has_missed_births()) &&
                      is_old_runtime(rs_word_creator(word))))
        return (rs_word){0};
    if (RS_EXEMPT(looks_alive, is_gone && is_back(ev)))
        return rs_word_with_state(word, RS_STATE_LIVE);
    return word;
}

static bool
is_owned_elsewhere(const struct rs_event *ev, unsigned creator)
{
    const struct rs_thread *thread = rs_thread_get(creator);

    if (ev->has_before && ev->before.layout == RS_LAYOUT_FREE_THREADED)
        return !RS_EXEMPT(without_owner, ev->before.owner == 0) &&
               ev->before.owner != ev->self->pointer;
    /* A default build has no owners. Its contract speaks of the thread that
     * made the object; one that has ended can see it no more. */
    return thread != NULL && thread != ev->self &&
           !RS_EXEMPT(creator_ended, rs_load(&thread->has_ended));
}

static bool
owner_has_ended(const struct rs_event *ev)
{
    const struct rs_thread *owner =
        rs_thread_get(rs_thread_find_owner((uintptr_t)ev->before.owner));

    return owner == NULL || rs_load(&owner->has_ended);
}

static bool
may_be_merged_by_host(const struct rs_event *ev)
{
    return rs_host_merges_immortals() && ev->has_before &&
           ev->before.layout == RS_LAYOUT_FREE_THREADED &&
           rs_header_shared_state(&ev->before) == RS_SHARED_MERGED;
}

/* Immortal objects, and decisions on a count of 1: rare enough to ask the host
 * about them. */
static void
describe_rare(const struct rs_event *ev, struct rs_step *step)
{
    enum rs_state state = rs_word_state(step->before);
    bool is_immortal = ev->has_before && rs_header_is_immortal(&ev->before);
    bool is_counted = ev->op == RS_EV_REFCNT_READ && ev->has_before &&
                      rs_header_count(&ev->before) == 1;
    bool is_rare = is_immortal || is_counted || step->is_other_interpreter ||
                   state == RS_STATE_IMMORTAL;

    step->contract = rs_shadow_contract();
    step->is_finalizing = is_rare && rs_host_is_finalizing();
    step->is_marked =
        is_immortal && state == RS_STATE_LIVE &&
        !RS_EXEMPT(marked_by_host, !rs_host_leaves_mortal(&ev->before));
    step->is_drifting =
        (is_immortal && state <= RS_STATE_IMMORTAL &&
         !rs_header_is_settled(&ev->before)) ||
        (ev->has_before && rs_header_is_full(&ev->before) &&
         (rs_event_words(ev->op)->traits & RS_TRAIT_TAKES) != 0);
    step->is_type =
        is_immortal && step->is_drifting && rs_host_is_type(&ev->before);
    step->may_be_merged_by_host = is_rare && may_be_merged_by_host(ev);
    step->is_drift_known =
        step->record.object != 0 && step->record.is_drift_known;
    step->is_owner_gone = is_counted &&
                          ev->before.layout == RS_LAYOUT_FREE_THREADED &&
                          owner_has_ended(ev);
    step->is_lent_by_stack =
        is_counted && rs_host_stack_lends(ev->tstate, ev->object);
}

/* The merge queue owns a reference to what is in it. */
static bool
has_only_queue(const struct rs_header *h)
{
    return h->layout == RS_LAYOUT_FREE_THREADED &&
           rs_header_shared_state(h) == RS_SHARED_QUEUED &&
           h->local != RS_LOCAL_IMMORTAL && !rs_header_is_deferred(h) &&
           rs_header_count(h) == 1;
}

/* The header has two halves, and others count while it is read: the same again
 * and again was so at one moment.
 *
 * Wrong when: the halves change between the reads, each time, and are the same
 * afterwards. */
#define READINGS 3
static bool
is_held_by_queue(const struct rs_event *ev)
{
    if (!ev->has_before || !has_only_queue(&ev->before))
        return false;
    for (int i = 0; i < READINGS; i++) {
        struct rs_header again;

        atomic_thread_fence(memory_order_acquire);
        again = rs_host_header(ev->object);
        if (again.owner != ev->before.owner ||
            again.local != ev->before.local ||
            again.shared != ev->before.shared)
            return false;
    }
    return true;
}

static void
describe(const struct rs_event *ev, struct rs_step *step)
{
    const struct rs_record *record = &step->record;
    enum rs_state state = rs_word_state(step->before);

    step->creator = rs_word_creator(step->before);
    step->is_foreign = step->creator != 0 && step->creator != ev->self->slot;
    step->is_owned_elsewhere = is_owned_elsewhere(ev, step->creator);
    step->was_shared =
        rs_word_has(step->before, RS_MARK_SHARED) &&
        !RS_EXEMPT(shared_by_itself,
                   step->is_foreign &&
                       (record->object == 0 || record->foreign == 0 ||
                        record->foreign == ev->self->slot));
    step->is_old_runtime = is_old_runtime(step->creator);
    /* Python itself hands objects to an interpreter that it makes. */
    step->is_other_interpreter =
        state == RS_STATE_LIVE && ev->tstate != NULL &&
        rs_word_interpreter(step->before) != rs_interpreter_number(ev->self) &&
        !RS_EXEMPT(handed_over_by_host, rs_host_has_code(ev->pc));
    step->is_held_by_queue = state == RS_STATE_LIVE && is_held_by_queue(ev);
    step->is_str = step->is_gc = false;
    if (ev->has_before && rs_event_words(ev->op)->traits & RS_TRAIT_ASKS) {
        step->is_str = rs_host_is_str(&ev->before);
        step->is_gc = rs_host_is_gc(&ev->before);
    }
    describe_rare(ev, step);
    step->destroyer = 0;
    step->is_dealloc_over = step->is_host_dealloc = false;
    if (state == RS_STATE_DYING || state == RS_STATE_DEAD) {
        step->destroyer = rs_shadow_destroyer(step->before, record);
        step->is_host_dealloc =
            ev->has_before && rs_host_has_own_dealloc(&ev->before);
        step->is_dealloc_over =
            state == RS_STATE_DEAD ||
            rs_lifetimes_dealloc_is_over(ev, step->before, step->destroyer,
                                         step->is_host_dealloc);
    }
}

/* The trackers are asked by pipeline.c, where they may know something. */
static void
forget_facts(struct rs_step *step)
{
    step->borrow.kind = RS_BORROW_NONE;
    step->slot_access.is_contended = false;
    step->dealloc_locks.is_known = false;
    step->leftover.is_known = false;
    step->traverse = (struct rs_traverse_facts){0};
    step->leak = (struct rs_leak_facts){0};
    step->told_count = 0;
    step->is_weakly_held = step->has_creator_ended = false;
    step->held = (struct rs_held){.locks = {0}};
    step->is_unordered = false;
}

enum rs_look
rs_shadow_look(struct rs_event *ev, struct rs_step *step)
{
    if (ev->cell == NULL) {
        ev->cell = rs_plane_put(ev->object);
        if (rs_unlikely(ev->cell == NULL))
            return RS_LOOK_AWAY;
        ev->word = rs_cell_load(ev->cell);
    }
    read_header(ev, rs_word_state(ev->word));
    if (rs_word_state(ev->word) <= RS_STATE_IMMORTAL &&
        rs_classify_is_idle(ev))
        return RS_LOOK_AWAY;
    step->before = judge(ev, ev->word);
    rs_shadow_record(ev->object, step->before, &step->record);
    forget_facts(step);
    describe(ev, step);
    return RS_LOOK_CLOSER;
}
