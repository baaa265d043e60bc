/* SPDX-License-Identifier: MIT */
/* owned_slot.c -- see owned_slot.h. The ground is pipeline.c's: no lock, no allocation.
 * Fields of entries are relaxed atomics; a taker is whole when its `act` is
 * the same before and after it was read. */
#include "track/owned_slot.h"

#include <stdatomic.h>
#include <stddef.h>

#include "host/containers.h"
#include "track/locks.h"
#include "base/lost.h"
#include "base/exempt.h"
#include "shadow/shadow.h"
#include "os/sys.h"
#include "thread/thread.h"
#include "leak/heap_type_refs.h"

#define ENTRIES      4096
#define TAKERS       4
#define OBJECT_BYTES 512 /* objects are looked for so far below a field */
#define GRANULE      ((uintptr_t)1 << RS_GRANULE_SHIFT)

struct taker {
    _Atomic uint64_t act;
    _Atomic uint64_t field; /* address and generation */
    _Atomic uint64_t value; /* address and generation */
    _Atomic uint64_t place;
    _Atomic uint64_t locks;
};

/* Takers of all fields that have this place. */
struct entry {
    struct taker takers[TAKERS];
};

static struct {
    struct entry *entries;
} fields;

#define LOAD(from) atomic_load_explicit((from), memory_order_relaxed)
#define STORE(into, what)                                                     \
    atomic_store_explicit((into), (what), memory_order_relaxed)

void
rs_owned_slot_start(void)
{
    fields.entries = rs_sys_map(ENTRIES * sizeof(struct entry));
}

static bool
covers(uintptr_t object, uintptr_t address)
{
    return address + sizeof(uintptr_t) - object <=
           rs_host_basic_size(object, address);
}

/* The nearest object below that is not dead: objects do not overlap, so what
 * it does not cover is no object's. Words of dead ones stay behind where
 * memory was cut anew. */
bool
rs_owned_slot_find(uintptr_t address, struct rs_owned_slot *field)
{
    uintptr_t object = address & ~(GRANULE - 1);

    *field = (struct rs_owned_slot){.address = address};
    if (rs_heap_type_refs_has_code(address))
        return true;
    for (uintptr_t low = object - OBJECT_BYTES; object != low;
         object -= GRANULE) {
        rs_word word = rs_shadow_get(object);

        switch (rs_word_state(word)) {
        case RS_STATE_DYING:
            if (RS_EXEMPT(slot_of_dying, true))
                return false;
            /* fall through */
        case RS_STATE_LIVE:
        case RS_STATE_IMMORTAL:
            field->generation = (uint16_t)rs_word_generation(word);
            return covers(object, address);
        default:
            break;
        }
    }
    return false;
}

static uint64_t
key_of(const struct rs_owned_slot *field)
{
    return (uint64_t)field->address | (uint64_t)field->generation << 48;
}

static struct entry *
entry_of(const struct rs_owned_slot *field)
{
    uint64_t hash = (field->address >> 3) * UINT64_C(0x9e3779b97f4a7c15);

    return &fields.entries[hash >> 52];
}

static uint64_t
value_of(const struct rs_event *ev)
{
    return (uint64_t)ev->object |
           (uint64_t)rs_word_generation(rs_shadow_get(ev->object)) << 48;
}

/* A taker's act: when in the high half, 0 while the rest is written; in the
 * low half a running number, is_after, and the slot. */
#define ACT_SLOT   0xffu
#define ACT_AFTER  0x100u
#define ACT_ONE    0x200u
#define ACT_NUMBER 0xfffffe00u

/* Acquire, and release in write(): what is read between two equal acts is of
 * that act. */
static bool
read_taker(struct taker *taker, uint64_t field,
           struct rs_owned_slot_taken *taken)
{
    uint64_t act = atomic_load_explicit(&taker->act, memory_order_acquire);
    uint64_t its = atomic_load_explicit(&taker->field, memory_order_acquire);
    uint64_t value = atomic_load_explicit(&taker->value, memory_order_acquire);
    uint64_t place = atomic_load_explicit(&taker->place, memory_order_acquire);
    uint64_t locks = atomic_load_explicit(&taker->locks, memory_order_acquire);

    *taken = (struct rs_owned_slot_taken){
        .slot = act & ACT_SLOT,
        .when = (uint32_t)(act >> 32),
        .is_after = (act & ACT_AFTER) != 0,
        .value = value & ~(UINT64_C(0xffff) << 48),
        .generation = (uint16_t)(value >> 48),
        .place = place,
        .locks = {{(uint32_t)locks, (uint32_t)(locks >> 32)}},
    };
    return its == field && taken->when != 0 && LOAD(&taker->act) == act;
}

static bool
is_running(unsigned slot)
{
    const struct rs_thread *thread = rs_thread_get(slot);

    return thread != NULL &&
           !atomic_load_explicit(&thread->has_ended, memory_order_relaxed);
}

/* Empties the taker for its new owner, unless another thread was quicker. */
static bool
claim(struct taker *taker, uint64_t act, unsigned slot)
{
    return atomic_compare_exchange_strong_explicit(
        &taker->act, &act, (act & ACT_NUMBER) | slot, memory_order_relaxed,
        memory_order_relaxed);
}

/* How good it is for the thread's take of the field: its own one, one that
 * nobody needs, or that of another field. */
static int
fitness(struct taker *taker, uint64_t act, uint64_t field, unsigned slot)
{
    bool is_of_field = LOAD(&taker->field) == field;

    if (is_of_field && (act & ACT_SLOT) == slot)
        return 3;
    return !is_running(act & ACT_SLOT) ? 2 : !is_of_field;
}

static struct taker *
own_taker(struct entry *entry, uint64_t field, unsigned slot)
{
    for (int wanted = 3; wanted >= 0; wanted--) {
        for (int i = 0; i < TAKERS; i++) {
            struct taker *taker = &entry->takers[i];
            uint64_t act = LOAD(&taker->act);

            if (fitness(taker, act, field, slot) == wanted &&
                claim(taker, act, slot))
                return taker;
        }
    }
    return NULL;
}

/* Whole, and then a fence: of two threads at least one sees the other. Pairs
 * with itself. */
static void
write_taker(struct taker *taker, uint64_t field, const struct rs_event *ev,
            const struct rs_happens_before_locks *locks)
{
    uint32_t number = (uint32_t)LOAD(&taker->act) + ACT_ONE;
    uint64_t act = (uint64_t)rs_happens_before_act(ev->self->slot) << 32 |
                   (number & ACT_NUMBER) | ev->self->slot;

    atomic_thread_fence(memory_order_release);
    STORE(&taker->field, field);
    STORE(&taker->value, value_of(ev));
    STORE(&taker->place, ev->site != 0 ? ev->site : ev->pc);
    STORE(&taker->locks, locks->tags[0] | (uint64_t)locks->tags[1] << 32);
    atomic_store_explicit(&taker->act, act, memory_order_release);
    atomic_thread_fence(memory_order_seq_cst);
}

/* More locks than are remembered: it may be any. */
#define ANY_LOCK UINT32_MAX

static struct rs_happens_before_locks
locks_now(void)
{
    struct rs_happens_before_locks locks = rs_locks_tags();

    if (rs_locks.count > RS_ORDER_LOCKS || rs_locks.has_overflown)
        locks.tags[0] = ANY_LOCK;
    return locks;
}

static bool
have_one_in_common(const struct rs_happens_before_locks *one,
                   const struct rs_happens_before_locks *other)
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

static bool
is_contended(const struct rs_event *ev,
             const struct rs_owned_slot_taken *other,
             const struct rs_happens_before_locks *locks)
{
    static const struct rs_happens_before_locks none = {{0}};

    return other->slot != ev->self->slot &&
           !RS_EXEMPT(slot_taker_ended, !is_running(other->slot)) &&
           !RS_EXEMPT(slot_handed_over,
                      rs_happens_before_of(ev->self->slot, other->slot,
                                           other->when,
                                           &none) != RS_ORDER_NONE) &&
           !RS_EXEMPT(slot_under_lock,
                      have_one_in_common(&other->locks, locks));
}

static void
look_at_others(const struct rs_event *ev, struct entry *entry, uint64_t field,
               const struct rs_happens_before_locks *locks,
               struct rs_owned_slot_facts *facts)
{
    struct rs_owned_slot_taken other;

    for (int i = 0; i < TAKERS && !facts->is_contended; i++) {
        if (!read_taker(&entry->takers[i], field, &other) ||
            !is_contended(ev, &other, locks))
            continue;
        facts->is_contended = true;
        facts->is_same =
            (other.value | (uint64_t)other.generation << 48) == value_of(ev);
        facts->other = other;
    }
}

static bool
has_taken(struct entry *entry, uint64_t field, unsigned slot)
{
    struct rs_owned_slot_taken taken;
    bool has = false;

    for (int i = 0; i < TAKERS; i++)
        has |=
            read_taker(&entry->takers[i], field, &taken) && taken.slot == slot;
    return has;
}

void
rs_owned_slot_take(const struct rs_event *ev,
                   const struct rs_owned_slot *field,
                   struct rs_owned_slot_facts *facts)
{
    struct rs_happens_before_locks locks = locks_now();
    uint64_t key = key_of(field);
    struct entry *entry;
    struct taker *own;
    bool has;

    *facts = (struct rs_owned_slot_facts){.is_contended = false};
    if (fields.entries == NULL)
        return;
    entry = entry_of(field);
    has = has_taken(entry, key, ev->self->slot);
    own = own_taker(entry, key, ev->self->slot);
    if (own == NULL)
        return;
    write_taker(own, key, ev, &locks);
    look_at_others(ev, entry, key, &locks, facts);
    if (!facts->is_contended)
        return;
    atomic_fetch_or_explicit(&own->act, ACT_AFTER, memory_order_relaxed);
    facts->is_again = has && facts->other.is_after;
    if (RS_EXEMPT(slot_locks_unseen,
                  !atomic_load_explicit(&rs_locks_sees_python,
                                        memory_order_relaxed))) {
        rs_lost_count(RS_LOST_PYTHON_LOCKS);
        facts->is_contended = false;
    }
}
