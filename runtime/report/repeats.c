/* SPDX-License-Identifier: MIT */
/* repeats.c -- see repeats.h. A fixed set of names, filled by compare-and-swap
 * and never emptied. One whose corner is full is completed each time.
 *
 * All relaxed: an entry is one word, and says all there is to say. */
#include "report/repeats.h"

#include <stdatomic.h>
#include <stddef.h>

#include "base/hash.h"
#include "os/atomics.h"

#define SIZE   4096 /* a power of two */
#define PROBES 16

/* An entry: the name's upper bits, how many there were, and what became of
 * those that were completed. */
#define SAID       UINT64_C(1)
#define SILENCED   UINT64_C(2)
#define TIMES_ONE  UINT64_C(4)
#define TIMES_MASK UINT64_C(0xfffffc)
#define NAME_MASK  (~UINT64_C(0xffffff))

static _Atomic uint64_t entries[SIZE];

uint64_t
rs_repeats_name(const struct rs_finding *found, const struct rs_event *ev,
                const struct rs_step *step)
{
    uint64_t hash = rs_hash_mix(found->kind + 1, ev->op);

    if (ev->stack.id == RS_STACK_NONE.id)
        return 0;
    hash = rs_hash_mix(hash, ev->stack.id);
    hash = rs_hash_mix(hash, found->seen);
    hash = rs_hash_mix(hash, step->leftover.stack.id);
    hash = rs_hash_mix(hash, step->record.foreign_stack.id);
    hash = rs_hash_mix(hash, step->record.immortal_stack.id);
    for (unsigned i = 0; i < step->told_count; i++) {
        hash = rs_hash_mix(hash, step->told[i].stack.id);
        hash = rs_hash_mix(hash, step->told[i].place);
    }
    /* Its upper bits are never 0, which is a free entry. */
    return hash | UINT64_C(1) << 63;
}

/* The name's entry, made if need be; NULL without room. */
static _Atomic uint64_t *
put(uint64_t name)
{
    for (unsigned i = 0; i < PROBES; i++) {
        _Atomic uint64_t *entry = &entries[((name >> 24) + i) & (SIZE - 1)];
        uint64_t seen = 0;

        if (rs_swap_if(entry, &seen, name & NAME_MASK) ||
            (seen & NAME_MASK) == (name & NAME_MASK))
            return entry;
    }
    return NULL;
}

/* Those that were completed were not all treated alike: ask again. */
static enum rs_repeat
answer_of(uint64_t entry)
{
    uint64_t times = (entry & TIMES_MASK) / TIMES_ONE;

    if (times < RS_REPEATS_COMPLETED || (times & (times - 1)) == 0)
        return RS_REPEAT_NONE;
    switch (entry & (SAID | SILENCED)) {
    case SAID:
        return RS_REPEAT_OF_SAID;
    case SILENCED:
        return RS_REPEAT_OF_SILENCED;
    default:
        return RS_REPEAT_NONE;
    }
}

enum rs_repeat
rs_repeats_ask(uint64_t name)
{
    _Atomic uint64_t *entry = name != 0 ? put(name) : NULL;
    uint64_t seen;

    if (entry == NULL)
        return RS_REPEAT_NONE;
    seen = rs_load(entry);
    /* The number only says when to complete one again: a count that is lost
     * to another thread's does no harm, and it stops at its end. */
    if ((seen & TIMES_MASK) != TIMES_MASK)
        (void)rs_swap_if(entry, &seen, seen + TIMES_ONE);
    return answer_of(seen);
}

void
rs_repeats_note(uint64_t name, bool is_silenced)
{
    _Atomic uint64_t *entry = name != 0 ? put(name) : NULL;

    if (entry != NULL)
        atomic_fetch_or_explicit(entry, is_silenced ? SILENCED : SAID,
                                 memory_order_relaxed);
}
