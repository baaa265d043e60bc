/* SPDX-License-Identifier: MIT */
/* borrow.c -- see borrow.h. The calling thread's own table; a signal handler that
 * borrows in between makes one borrow forgotten. */
#include "track/borrow.h"

#include <stddef.h>
#include <string.h>

#include "host/containers.h"
#include "order/tsan.h"
#include "track/locks.h"
#include "base/check.h"
#include "base/lost.h"
#include "base/exempt.h"
#include "shadow/shadow.h"
#include "thread/thread.h"
#include "os/atomics.h"

#define SAME_FUNCTION_BYTES 4096
#define SAME_FRAME_BYTES    256

RS_THREAD_LOCAL struct rs_borrows rs_borrows;

static uint64_t
python_position(void *tstate)
{
    uint64_t key[RS_HOST_KEY_WORDS];
    uint64_t all = 0;

    if (tstate == NULL)
        return 0;
    rs_host_position_key(tstate, key);
    for (unsigned i = 0; i < RS_HOST_KEY_WORDS; i++)
        all = all * UINT64_C(0x9e3779b97f4a7c15) + key[i];
    return all;
}

static void
set_mark(uintptr_t object)
{
    unsigned mark = rs_borrow_mark(object);

    rs_borrows.marks[mark / 64] |= UINT64_C(1) << mark % 64;
}

/* Marks of borrows that had to go stay until then, and cost a second look. */
static void
refresh_marks(void)
{
    memset(rs_borrows.marks, 0, sizeof(rs_borrows.marks));
    for (unsigned i = 0; i < RS_BORROWS_MAX; i++) {
        if (rs_borrows.kept[i].kind != RS_BORROW_NONE)
            set_mark(rs_borrows.kept[i].object);
    }
}

static struct rs_borrow *
find(uintptr_t object)
{
    for (unsigned i = 1; i <= RS_BORROWS_MAX; i++) {
        struct rs_borrow *borrow =
            &rs_borrows.kept[(rs_borrows.next - i) % RS_BORROWS_MAX];

        if (borrow->object == object && borrow->kind != RS_BORROW_NONE)
            return borrow;
    }
    return NULL;
}

static uint16_t
generation_of(uintptr_t object)
{
    return (uint16_t)rs_word_generation(rs_shadow_get(object));
}

/* What an incref of the same call is compared with. */
static void
note_situation(const struct rs_event *ev, struct rs_borrow *borrow)
{
    borrow->python = python_position(ev->tstate);
    rs_locks_innermost(borrow->locks);
}

/* Its call may still count it. One that the same code borrows anew, in a loop,
 * is no longer in use. */
static bool
is_lost(const struct rs_borrow *victim, const struct rs_event *ev)
{
    unsigned same = victim->pc == ev->pc;

    if (victim->kind != RS_BORROW_LENT || victim->frame != ev->frame)
        return false;
    for (unsigned i = 0; i < RS_BORROWS_MAX; i++)
        same += &rs_borrows.kept[i] != victim &&
                rs_borrows.kept[i].kind != RS_BORROW_NONE &&
                rs_borrows.kept[i].pc == victim->pc;
    return same == 0;
}

static struct rs_borrow *
make_room(const struct rs_event *ev)
{
    struct rs_borrow *victim =
        &rs_borrows.kept[rs_borrows.next++ % RS_BORROWS_MAX];

    if (rs_unlikely(is_lost(victim, ev)))
        rs_lost_count(RS_LOST_BORROWS);
    return victim;
}

void
rs_borrow_note(const struct rs_event *ev, uintptr_t container,
               enum rs_borrow_kind kind)
{
    struct rs_borrow *borrow =
        rs_borrow_is_marked(ev->object) ? find(ev->object) : NULL;

    if (borrow == NULL)
        borrow = make_room(ev);
    *borrow = (struct rs_borrow){
        .object = ev->object,
        .container = container,
        .pc = ev->pc,
        .frame = ev->frame,
        .place = ev->site != 0 ? ev->site : ev->pc,
        .kind = kind,
        .object_generation = generation_of(ev->object),
        .container_generation = generation_of(container),
        .attaches = rs_borrows.attaches,
    };
    if (kind == RS_BORROW_LENT)
        note_situation(ev, borrow);
    if (rs_borrows.next % RS_BORROWS_MAX == 0)
        refresh_marks();
    else
        set_mark(ev->object);
}

static uintptr_t
distance(uintptr_t one, uintptr_t other)
{
    return one < other ? other - one : one - other;
}

static bool
is_same_call(const struct rs_borrow *borrow, const struct rs_event *ev)
{
    return distance(borrow->pc, ev->pc) < SAME_FUNCTION_BYTES &&
           distance(borrow->frame, ev->frame) < SAME_FRAME_BYTES &&
           borrow->python == python_position(ev->tstate);
}

static bool
is_guarded(const struct rs_borrow *borrow)
{
    if (RS_EXEMPT(borrow_many_locks, rs_locks.has_overflown))
        return true;
    return (borrow->locks[0] != 0 && rs_locks_has(borrow->locks[0])) ||
           (borrow->locks[1] != 0 && rs_locks_has(borrow->locks[1]));
}

/* The locks that the borrow was made under and the change, too. */
static struct rs_order_locks
common_locks(const struct rs_borrow *borrow, const struct rs_access *change)
{
    struct rs_order_locks common = {{0}};

    for (unsigned i = 0; i < RS_ORDER_LOCKS && borrow->locks[i] != 0; i++) {
        uint32_t tag = rs_happens_before_tag(borrow->locks[i]);

        for (unsigned j = 0; j < RS_ORDER_LOCKS; j++) {
            if (change->locks.tags[j] == tag)
                common.tags[i] = tag;
        }
    }
    return common;
}

/* Could the change have come between the borrow and now? See check_borrow.c. */
static bool
could_come_later(const struct rs_borrow *borrow, unsigned slot,
                 const struct rs_access *change, bool is_judged_by_tsan)
{
    struct rs_order_locks common = common_locks(borrow, change);

    enum rs_order order =
        rs_happens_before_of(slot, change->slot, change->when, &common);

    if (is_judged_by_tsan && order == RS_ORDER_NONE)
        return false; /* what is not seen here may order them */
    return !RS_EXEMPT(container_handed_over, order == RS_ORDER_BEFORE);
}

static bool
is_contended(const struct rs_borrow *borrow, unsigned slot,
             bool is_judged_by_tsan, struct rs_access *found)
{
    struct rs_access changes[RS_ACCESSES];
    unsigned count = rs_container_changes(borrow->container, slot, changes);

    for (unsigned i = 0; i < count; i++) {
        if (!could_come_later(borrow, slot, &changes[i], is_judged_by_tsan))
            continue;
        if (RS_EXEMPT(borrow_locks_unseen, !rs_load(&rs_locks_sees_python))) {
            rs_lost_count(RS_LOST_PYTHON_LOCKS);
            return false;
        }
        *found = changes[i];
        return true;
    }
    return false;
}

/* Alive by what was seen of its birth and death. */
static bool
lives_on(uintptr_t container, uint16_t generation)
{
    rs_word word = rs_shadow_get(container);

    return rs_shadow_trusts_lives() && rs_word_state(word) == RS_STATE_LIVE &&
           (uint16_t)rs_word_generation(word) == generation;
}

/* Only where the last reference is at stake is the container looked into. */
static bool
asks_for_count(const struct rs_event *ev)
{
    return ev->has_before && rs_header_count(&ev->before) <= 1 &&
           (rs_event_words(ev->op)->traits & RS_TRAIT_TAKES) == 0;
}

/* Where the pointer came from, and who else changes that place. */
static void
tell(const struct rs_event *ev, const struct rs_borrow *borrow,
     const struct rs_access *change, struct rs_step *step)
{
    bool is_lent = borrow->kind == RS_BORROW_LENT;

    rs_step_tell(
        step, (struct rs_told){.role = is_lent ? RS_ROLE_LENT : RS_ROLE_GIVEN,
                               .op = is_lent ? RS_EV_BORROW : RS_EV_STEAL,
                               .slot = ev->self->slot,
                               .place = borrow->place});
    RS_DCHECK(change == NULL || change->slot != ev->self->slot);
    if (change != NULL)
        rs_step_tell(step, (struct rs_told){.role = RS_ROLE_CHANGED,
                                            .op = change->op,
                                            .slot = change->slot,
                                            .stack = change->stack});
}

void
rs_borrow_describe(const struct rs_event *ev, struct rs_step *step)
{
    struct rs_borrow_facts *facts = &step->borrow;
    struct rs_access change;
    const struct rs_borrow *borrow = find(ev->object);
    bool is_judged_by_tsan;

    *facts = (struct rs_borrow_facts){.kind = RS_BORROW_NONE};
    if (borrow == NULL ||
        RS_EXEMPT(borrow_of_old_object,
                  borrow->object_generation != generation_of(ev->object)) ||
        RS_EXEMPT(borrow_container_died,
                  !lives_on(borrow->container, borrow->container_generation)))
        return;
    facts->kind = borrow->kind;
    facts->container = borrow->container;
    facts->is_by_macro = rs_frame_is_site(borrow->place);
    facts->is_same_call = is_same_call(borrow, ev);
    facts->is_stored =
        asks_for_count(ev) && rs_host_holds(borrow->container, borrow->object);
    facts->is_guarded = is_guarded(borrow);
    facts->has_gil =
        rs_host->is_free_threaded && rs_host_runs_with_gil(ev->tstate);
    facts->was_detached = borrow->attaches != rs_borrows.attaches;
    is_judged_by_tsan =
        rs_tsan_is_on && rs_host->is_free_threaded && !facts->has_gil;
    facts->is_contended =
        is_contended(borrow, ev->self->slot, is_judged_by_tsan, &change);
    tell(ev, borrow, facts->is_contended ? &change : NULL, step);
}

void
rs_borrow_counted(const struct rs_event *ev)
{
    struct rs_borrow *borrow = find(ev->object);

    if (borrow == NULL || borrow->kind != RS_BORROW_LENT ||
        (rs_event_words(ev->op)->traits & RS_TRAIT_TAKES) == 0)
        return;
    borrow->kind = RS_BORROW_NONE;
    refresh_marks();
}
