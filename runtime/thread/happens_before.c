/* SPDX-License-Identifier: MIT */
/* happens_before.c -- see happens_before.h. Any thread, under any lock of the program, in signal
 * handlers.
 *
 * Each thread writes its own clock only. A lock's clock is merged into and out
 * of under a flag of its place, which is tried and never waited for; who does
 * not get it says "everything that is past came before", which can only
 * silence. */
#include "thread/happens_before.h"

#include <stdatomic.h>
#include <stddef.h>

#include "thread/vector_clock.h"
#include "os/sys.h"

#define SLOTS  RS_ORDER_SLOTS
#define PLACES 4096
#define PROBES 16
#define TRIES  64
struct place {
    atomic_flag is_busy;
    _Atomic bool is_torn;   /* a release is missing from the clock */
    _Atomic bool is_shared; /* by several locks */
    _Atomic uint32_t tag;
    _Atomic uint64_t last; /* who released last, and what it knew then */
    struct rs_vector_clock clock;
};

struct slot {
    _Atomic uint32_t now;
    _Atomic uint32_t born;    /* since then the thread that has it now */
    _Atomic bool is_worth;    /* something was done at `now` */
    _Atomic uint32_t changes; /* of the clock, or of `now` */
};

static struct {
    struct rs_vector_clock *clocks;
    struct place *places;
    struct slot slots[SLOTS];
    _Atomic unsigned top; /* no slot beyond was ever used */
} order;

void
rs_happens_before_start(void)
{
    order.clocks = rs_sys_map(SLOTS * sizeof(struct rs_vector_clock));
    order.places = rs_sys_map(PLACES * sizeof(struct place));
    for (unsigned slot = 0; slot < SLOTS; slot++)
        RS_STORE(&order.slots[slot].now, 1);
}

static uint64_t
hash(uintptr_t lock)
{
    return (uint64_t)(lock >> 3) * UINT64_C(0x9e3779b97f4a7c15);
}

uint32_t
rs_happens_before_tag(uintptr_t lock)
{
    return (uint32_t)(hash(lock) >> 16) | 1;
}

static bool
is_on(unsigned slot)
{
    return order.clocks != NULL && order.places != NULL && slot != 0 &&
           slot < SLOTS;
}

static void
changed(unsigned slot)
{
    atomic_fetch_add_explicit(&order.slots[slot].changes, 1,
                              memory_order_relaxed);
}

/* Up to when something was done. Acquire: pairs with the release in
 * rs_happens_before_release(); who sees that it was given away sees the time after. */
static uint32_t
past_of(unsigned slot)
{
    bool is_worth = atomic_load_explicit(&order.slots[slot].is_worth,
                                         memory_order_acquire);

    return RS_LOAD(&order.slots[slot].now) - !is_worth;
}

/* All that is past came before, however that may be. */
static void
learn_all(unsigned slot)
{
    unsigned top = RS_LOAD(&order.top);

    for (unsigned other = 1; other <= top; other++) {
        if (other != slot)
            (void)rs_vector_clock_learn(&order.clocks[slot].of[other],
                                        past_of(other), RS_ORDER_MIXED);
    }
    changed(slot);
}

/* The lock's own place, near where it is looked for; where there is none left,
 * one that it shares. */
static struct place *
place_of(uintptr_t lock)
{
    const uint32_t tag = rs_happens_before_tag(lock);
    const unsigned first = (unsigned)(hash(lock) >> 52);

    for (unsigned i = 0; i < PROBES; i++) {
        struct place *place = &order.places[(first + i) % PLACES];
        uint32_t its = 0;

        if (RS_LOAD(&place->tag) == tag ||
            atomic_compare_exchange_strong_explicit(&place->tag, &its, tag,
                                                    memory_order_relaxed,
                                                    memory_order_relaxed) ||
            its == tag)
            return place;
    }
    RS_STORE(&order.places[first].is_shared, true);
    return &order.places[first];
}

static struct place *
enter(uintptr_t lock)
{
    struct place *place = place_of(lock);

    for (int i = 0; i < TRIES; i++) {
        /* Acquire: pairs with the release in leave(). */
        if (!atomic_flag_test_and_set_explicit(&place->is_busy,
                                               memory_order_acquire))
            return place;
    }
    return NULL;
}

static void
leave(struct place *place)
{
    atomic_flag_clear_explicit(&place->is_busy, memory_order_release);
}

static void
give(struct place *place, unsigned slot)
{
    const unsigned top = RS_LOAD(&order.top);
    const uint32_t tag =
        RS_LOAD(&place->is_shared) ? RS_ORDER_MIXED : RS_LOAD(&place->tag);
    struct rs_vector_clock *clock = &order.clocks[slot];

    for (unsigned other = 1; other <= top; other++) {
        struct rs_known *known = &clock->of[other];

        for (int i = 0; i < 2 && RS_LOAD(&known->when[i]) != 0; i++)
            (void)rs_vector_clock_learn(
                &place->clock.of[other], RS_LOAD(&known->when[i]),
                rs_vector_clock_by_way_of(RS_LOAD(&known->by[i]), tag));
    }
    (void)rs_vector_clock_learn(&place->clock.of[slot], past_of(slot), tag);
}

static bool
take(const struct place *place, unsigned slot)
{
    const unsigned top = RS_LOAD(&order.top);
    bool has_learnt = false;

    for (unsigned other = 1; other <= top; other++) {
        const struct rs_known *known = &place->clock.of[other];

        for (int i = 0; i < 2 && RS_LOAD(&known->when[i]) != 0; i++)
            has_learnt |= other != slot &&
                          rs_vector_clock_learn(&order.clocks[slot].of[other],
                                                RS_LOAD(&known->when[i]),
                                                RS_LOAD(&known->by[i]));
    }
    return has_learnt;
}

/* The thread's own clock as it is now; never 0. */
static uint64_t
stamp(unsigned slot)
{
    return (uint64_t)slot << 32 | RS_LOAD(&order.slots[slot].changes);
}

void
rs_happens_before_release(unsigned slot, uintptr_t lock)
{
    struct place *place;

    if (order.places == NULL)
        return;
    place = is_on(slot) ? enter(lock) : NULL;
    if (place == NULL) {
        RS_STORE(&place_of(lock)->is_torn, true);
        return;
    }
    if (RS_LOAD(&place->last) != stamp(slot)) {
        give(place, slot);
        if (RS_LOAD(&order.slots[slot].is_worth)) {
            atomic_fetch_add_explicit(&order.slots[slot].now, 1,
                                      memory_order_relaxed);
            atomic_store_explicit(&order.slots[slot].is_worth, false,
                                  memory_order_release);
            changed(slot);
        }
        RS_STORE(&place->last, stamp(slot));
    }
    leave(place);
}

void
rs_happens_before_acquire(unsigned slot, uintptr_t lock)
{
    struct place *place;

    if (!is_on(slot))
        return;
    place = enter(lock);
    if (place == NULL || RS_LOAD(&place->is_torn))
        learn_all(slot);
    else if (RS_LOAD(&place->last) != stamp(slot) && take(place, slot))
        changed(slot);
    if (place != NULL)
        leave(place);
}

void
rs_happens_before_begin(unsigned slot, uintptr_t channel)
{
    unsigned top = RS_LOAD(&order.top);

    if (!is_on(slot))
        return;
    while (top < slot && !atomic_compare_exchange_weak_explicit(
                             &order.top, &top, slot, memory_order_relaxed,
                             memory_order_relaxed))
        continue;
    RS_STORE(&order.slots[slot].born,
             atomic_fetch_add_explicit(&order.slots[slot].now, 1,
                                       memory_order_relaxed) +
                 1);
    RS_STORE(&order.slots[slot].is_worth, false);
    if (channel != 0)
        rs_happens_before_acquire(slot, channel);
    else
        learn_all(slot);
    changed(slot);
}

uint32_t
rs_happens_before_act(unsigned slot)
{
    if (!is_on(slot))
        return 0;
    if (!RS_LOAD(&order.slots[slot].is_worth)) {
        RS_STORE(&order.slots[slot].is_worth, true);
        changed(slot);
    }
    return RS_LOAD(&order.slots[slot].now);
}

static bool
has_tag(const struct rs_order_locks *locks, uint32_t tag)
{
    for (int i = 0; i < RS_ORDER_LOCKS; i++) {
        if (tag != 0 && locks->tags[i] == tag)
            return true;
    }
    return false;
}

enum rs_order
rs_happens_before_of(unsigned slot, unsigned other, uint32_t when,
                     const struct rs_order_locks *common)
{
    const struct rs_known *known;
    bool by_first, by_second;

    if (!is_on(slot) || !is_on(other) || when == 0 ||
        when < RS_LOAD(&order.slots[other].born))
        return RS_ORDER_BEFORE;
    known = &order.clocks[slot].of[other];
    by_first = RS_LOAD(&known->when[0]) >= when;
    by_second = RS_LOAD(&known->when[1]) >= when;
    if (!by_first && !by_second)
        return RS_ORDER_NONE;
    if (by_first && by_second)
        return RS_ORDER_BEFORE;
    return has_tag(common, RS_LOAD(&known->by[by_second])) ? RS_ORDER_BY_LOCK
                                                           : RS_ORDER_BEFORE;
}
