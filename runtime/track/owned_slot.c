/* SPDX-License-Identifier: MIT */
/* owned_slot.c -- see owned_slot.h. The event path: no lock, no allocation. */
#include "track/owned_slot.h"

#include <stdatomic.h>
#include <stddef.h>

#include "base/exempt.h"
#include "base/lost.h"
#include "host/containers.h"
#include "host/modules.h"
#include "order/tsan.h"
#include "shadow/inside.h"
#include "shadow/shadow.h"
#include "thread/happens_before.h"
#include "thread/thread.h"
#include "track/access.h"
#include "track/locks.h"
#include "os/atomics.h"

#define OBJECT_BYTES 512 /* objects are looked for so far below a field */

static bool
covers(uintptr_t object, uintptr_t address)
{
    return address + sizeof(uintptr_t) - object <=
           rs_host_basic_size(object, address);
}

bool
rs_owned_slot_find(uintptr_t address, struct rs_owned_slot *field)
{
    uintptr_t object;
    rs_word word;

    *field = (struct rs_owned_slot){.address = address};
    if (rs_modules_have(address, RS_MODULES_ANNOUNCING))
        return true;
    word = rs_shadow_inside(address, OBJECT_BYTES, false, &object);
    if (rs_word_state(word) == RS_STATE_UNKNOWN ||
        RS_EXEMPT(slot_of_dying, rs_word_state(word) == RS_STATE_DYING))
        return false;
    field->generation = (uint16_t)rs_word_generation(word);
    return covers(object, address);
}

/* Does the object that has it live on? Its memory may not be looked into. */
static bool
is_alive(uint64_t key)
{
    uintptr_t object, address = rs_access_address(key);
    rs_word word = rs_shadow_inside(address, OBJECT_BYTES, false, &object);

    return rs_modules_have(address, RS_MODULES_ANNOUNCING) ||
           ((rs_word_state(word) == RS_STATE_LIVE ||
             rs_word_state(word) == RS_STATE_IMMORTAL) &&
            rs_word_generation(word) == key >> 48);
}

static struct rs_access_table takes = {.lost = RS_LOST_OWNED_SLOTS,
                                       .is_alive = is_alive};

bool
rs_owned_slot_start(void)
{
    return rs_access_start(&takes);
}

/* More locks than are remembered: it may be any. */
#define ANY_LOCK UINT32_MAX

static struct rs_order_locks
locks_now(void)
{
    struct rs_order_locks locks = rs_locks_tags();

    if (rs_locks.count > RS_ORDER_LOCKS || rs_locks.has_overflown)
        locks.tags[0] = ANY_LOCK;
    return locks;
}

static bool
have_one_in_common(const struct rs_order_locks *one,
                   const struct rs_order_locks *other)
{
    for (int i = 0; i < RS_ORDER_LOCKS; i++) {
        for (int j = 0; j < RS_ORDER_LOCKS; j++) {
            uint32_t a = one->tags[i], b = other->tags[j];

            if (a != 0 && b != 0 && (a == b || a == ANY_LOCK || b == ANY_LOCK))
                return true;
        }
    }
    return false;
}

static struct rs_access
take_of(const struct rs_event *ev)
{
    return (struct rs_access){
        .slot = ev->self->slot,
        .when = rs_happens_before_act(ev->self->slot),
        .op = RS_EV_TAKE,
        .object = ev->object,
        .generation = (uint16_t)rs_word_generation(rs_shadow_get(ev->object)),
        .place = ev->site != 0 ? ev->site : ev->pc,
        .locks = locks_now(),
    };
}

static bool
is_contended(const struct rs_access *own, const struct rs_access *other)
{
    static const struct rs_order_locks none = {{0}};

    return !rs_tsan_is_on &&
           !RS_EXEMPT(slot_handed_over,
                      rs_happens_before_of(own->slot, other->slot, other->when,
                                           &none) != RS_ORDER_NONE) &&
           !RS_EXEMPT(slot_under_lock,
                      have_one_in_common(&other->locks, &own->locks));
}

static void
look_at_others(const struct rs_access *own, uint64_t key,
               struct rs_owned_slot_facts *facts)
{
    struct rs_access others[RS_ACCESSES];
    unsigned count = rs_access_others(&takes, key, own->slot, others);

    for (unsigned i = 0; i < count && !facts->is_contended; i++) {
        facts->other = others[i];
        facts->is_contended = is_contended(own, &others[i]);
        facts->is_same = own->object == others[i].object &&
                         own->generation == others[i].generation;
    }
}

/* Has another thread taken out of it, unordered with one of its accesses? */
static bool
was_contended(const struct rs_access *own, uint64_t key)
{
    struct rs_access others[RS_ACCESSES];
    unsigned count = rs_access_others(&takes, key, own->slot, others);

    while (count-- > 0) {
        if (others[count].is_after)
            return true;
    }
    return false;
}

/* An access that raced is not remembered where it did. */
static bool
races(struct rs_tsan_access *take, const struct rs_access *own, uint64_t key,
      struct rs_tsan_access *other)
{
    struct rs_tsan_access unused;

    if (rs_tsan_write(RS_TSAN_SLOT, take, other)) {
        (void)rs_tsan_write(RS_TSAN_SLOT_AGAIN, take, &unused);
        return true;
    }
    return was_contended(own, key) &&
           rs_tsan_write(RS_TSAN_SLOT_AGAIN, take, other);
}

/* The same question to TSan, which knows locks, too. */
static void
ask_tsan(const struct rs_event *ev, const struct rs_access *own,
         const struct rs_owned_slot *field, struct rs_owned_slot_facts *facts)
{
    const uint64_t key = rs_access_key(field->address, field->generation);
    struct rs_access last;
    struct rs_tsan_access other;
    struct rs_tsan_access take = {.address = field->address,
                                  .life = field->generation,
                                  .op = ev->op,
                                  .slot = own->slot,
                                  .stack = ev->stack,
                                  .held = rs_locks_held(),
                                  .place = own->place,
                                  .object = own->object,
                                  .word = rs_shadow_get(own->object)};

    if (own->locks.tags[0] == ANY_LOCK || !races(&take, own, key, &other))
        return;
    facts->other = (struct rs_access){.slot = other.slot,
                                      .op = other.op,
                                      .place = other.place,
                                      .stack = other.stack};
    facts->other.is_after =
        rs_access_find(&takes, key, other.slot, &last) && last.is_after;
    facts->is_contended = facts->is_unordered = true;
    facts->own_held = take.held;
    facts->other_held = other.held;
    facts->is_same =
        own->object == other.object &&
        own->generation == (uint16_t)rs_word_generation(other.word);
}

void
rs_owned_slot_take(const struct rs_event *ev,
                   const struct rs_owned_slot *field,
                   struct rs_owned_slot_facts *facts)
{
    const uint64_t key = rs_access_key(field->address, field->generation);
    struct rs_access own = take_of(ev), before;
    bool has = rs_access_find(&takes, key, own.slot, &before);

    *facts = (struct rs_owned_slot_facts){.is_contended = false};
    rs_access_note(&takes, key, &own);
    look_at_others(&own, key, facts);
    if (rs_unlikely(rs_tsan_is_on))
        ask_tsan(ev, &own, field, facts);
    if (!facts->is_contended)
        return;
    own.is_after = true;
    rs_access_note(&takes, key, &own);
    facts->is_again = has && facts->other.is_after;
    if (RS_EXEMPT(slot_locks_unseen, !rs_load(&rs_locks_sees_python))) {
        rs_lost_count(RS_LOST_PYTHON_LOCKS);
        facts->is_contended = false;
    }
}

void
rs_owned_slot_describe(const struct rs_owned_slot_facts *facts,
                       struct rs_step *step)
{
    step->slot_access = *facts;
    step->is_unordered = facts->is_unordered;
    step->held = facts->own_held;
    rs_step_tell(step, (struct rs_told){.role = RS_ROLE_TAKEN_OUT,
                                        .op = RS_EV_TAKE,
                                        .slot = facts->other.slot,
                                        .place = facts->other.place,
                                        .held = facts->other_held});
}
