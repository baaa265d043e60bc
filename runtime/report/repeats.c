/* SPDX-License-Identifier: MIT */
/* repeats.c -- see repeats.h. A fixed set of names, filled by compare-and-swap
 * and never emptied. One whose corner is full is completed each time.
 *
 * All relaxed: an entry is one word, and a fingerprint, which comes before the
 * answer, another; one that is late is that of the same bug, or asked again. */
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
#define FOLLOWED   UINT64_C(4)
#define TIMES_ONE  UINT64_C(8)
#define TIMES_MASK UINT64_C(0xfffff8)
#define NAME_MASK  (~UINT64_C(0xffffff))

static _Atomic uint64_t entries[SIZE];

/* Beside each: the fingerprint of the last one that was completed. */
static _Atomic uint64_t fingerprints[SIZE];

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

/* Those that were completed were not all treated alike: ask again, if some were
 * silenced. Of those that followed something only sometimes, all count. */
static struct rs_repeat
answer_of(uint64_t entry, uint64_t fingerprint)
{
    const struct rs_repeat none = {0, RS_REPORT_COUNTED};
    uint64_t times = (entry & TIMES_MASK) / TIMES_ONE;
    uint64_t verdicts = entry & (SAID | SILENCED | FOLLOWED);

    if (times < RS_REPEATS_COMPLETED || (times & (times - 1)) == 0)
        return none;
    if ((verdicts & SILENCED) != 0)
        return verdicts != SILENCED
                   ? none
                   : (struct rs_repeat){fingerprint, RS_REPORT_SILENCED};
    if (verdicts == 0)
        return none;
    return (struct rs_repeat){fingerprint, verdicts == FOLLOWED
                                               ? RS_REPORT_FOLLOWED
                                               : RS_REPORT_COUNTED};
}

struct rs_repeat
rs_repeats_ask(uint64_t name)
{
    _Atomic uint64_t *entry = name != 0 ? put(name) : NULL;
    uint64_t seen;

    if (entry == NULL)
        return (struct rs_repeat){0, RS_REPORT_COUNTED};
    seen = rs_load(entry);
    /* The number only says when to complete one again: a count that is lost
     * to another thread's does no harm, and it stops at its end. */
    if ((seen & TIMES_MASK) != TIMES_MASK)
        (void)rs_swap_if(entry, &seen, seen + TIMES_ONE);
    return answer_of(seen, rs_load(&fingerprints[entry - entries]));
}

void
rs_repeats_note(uint64_t name, struct rs_repeat repeat)
{
    static const uint64_t verdicts[] = {
        [RS_REPORT_COUNTED] = SAID,
        [RS_REPORT_FOLLOWED] = FOLLOWED,
        [RS_REPORT_SILENCED] = SILENCED,
        [RS_REPORT_ALLOWED] = 0,
    };
    _Atomic uint64_t *entry = name != 0 ? put(name) : NULL;

    if (entry == NULL)
        return;
    rs_store(&fingerprints[entry - entries], repeat.fingerprint);
    atomic_fetch_or_explicit(entry, verdicts[repeat.outcome],
                             memory_order_relaxed);
}
