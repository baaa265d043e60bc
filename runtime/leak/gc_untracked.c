/* SPDX-License-Identifier: MIT */
/* gc_untracked.c -- see gc_untracked.h. A few places, taken by compare-and-swap; runs
 * on the event path, for objects that hardly any program has. */
#include "leak/gc_untracked.h"

#include "host/host.h"
#include "base/lost.h"
#include "base/exempt.h"
#include "shadow/shadow.h"
#include "os/sys.h"
#include "os/atomics.h"

static struct {
    struct rs_gc_untracked places[RS_UNTRACKED_MAX];
} untracked;

static bool
claim(struct rs_gc_untracked *place)
{
    uintptr_t nobody = 0;

    /* 1 is a place that is being filled. */
    return atomic_compare_exchange_strong_explicit(&place->object, &nobody, 1,
                                                   memory_order_acquire,
                                                   memory_order_relaxed);
}

void
rs_gc_untracked_put(const struct rs_gc_untracked *new)
{
    rs_gc_untracked_forget(new->object);
    for (unsigned i = 0; i < RS_UNTRACKED_MAX; i++) {
        struct rs_gc_untracked *place = &untracked.places[i];

        if (!claim(place))
            continue;
        place->type = new->type;
        place->generation = new->generation;
        place->slot = new->slot;
        place->stack = new->stack;
        /* Release: pairs with the acquire in rs_gc_untracked_take(). */
        rs_store_release(&place->object, new->object);
        return;
    }
    rs_lost_count(RS_LOST_UNTRACKED);
}

void
rs_gc_untracked_forget(uintptr_t object)
{
    for (unsigned i = 0; i < RS_UNTRACKED_MAX; i++) {
        uintptr_t there = object;

        (void)rs_swap_if(&untracked.places[i].object, &there, 0);
    }
}

/* Whoever refers to it would have to release it first. The memory may be gone
 * with the interpreter. */
static bool
is_leaked(const struct rs_gc_untracked *place, uintptr_t object,
          struct rs_header *header)
{
    rs_word word = rs_shadow_get(object);

    if (rs_word_state(word) != RS_STATE_LIVE ||
        rs_word_generation(word) != place->generation ||
        !rs_shadow_trusts_lives() || !rs_sys_can_read(object, 32))
        return false;
    *header = rs_host_header(object);
    return header->type == place->type && rs_header_is_deferred(header) &&
           !rs_header_is_immortal(header) &&
           !RS_EXEMPT(untracked_tracked_again,
                      (header->gc_bits & RS_GC_TRACKED) != 0) &&
           !RS_EXEMPT(untracked_referred_to, rs_header_count(header) != 0);
}

bool
rs_gc_untracked_take(struct rs_gc_untracked *found, struct rs_header *header)
{
    for (unsigned i = 0; i < RS_UNTRACKED_MAX; i++) {
        struct rs_gc_untracked *place = &untracked.places[i];
        uintptr_t object = rs_load_acquire(&place->object);

        if (object <= 1)
            continue;
        rs_store(&place->object, 0);
        if (!is_leaked(place, object, header))
            continue;
        *found = *place;
        found->object = object;
        return true;
    }
    return false;
}
