/* SPDX-License-Identifier: MIT */
/* refused.c -- see refused.h. An entry is one word, changed by compare-and-swap:
 * a hash above, how many are outstanding below. One without any is free.
 *
 * All relaxed: an entry says all there is to say. */
#include "track/refused.h"

#include <stdatomic.h>
#include <stdint.h>

#include "base/hash.h"
#include "host/modules.h"
#include "os/atomics.h"

#define SIZE       1024 /* a power of two */
#define PROBES     16
#define COUNT_MASK UINT64_C(0xffff)

static _Atomic uint64_t entries[SIZE];

static uint64_t
name_of(const struct rs_event *ev, rs_word word)
{
    uint64_t hash = rs_hash_mix(ev->object, rs_word_generation(word));

    return rs_hash_mix(hash, rs_modules_find(ev->pc)) & ~COUNT_MASK;
}

static _Atomic uint64_t *
probe(uint64_t name, unsigned i)
{
    return &entries[((name >> 24) + i) & (SIZE - 1)];
}

void
rs_refused_note(const struct rs_event *ev, rs_word word)
{
    uint64_t name = name_of(ev, word);

    for (unsigned i = 0; i < PROBES; i++) {
        _Atomic uint64_t *entry = probe(name, i);
        uint64_t seen = rs_load(entry);

        while ((seen & COUNT_MASK) == 0 || (seen & ~COUNT_MASK) == name) {
            if ((seen & COUNT_MASK) == COUNT_MASK ||
                rs_swap_if(entry, &seen, name | ((seen & COUNT_MASK) + 1)))
                return;
        }
    }
}

bool
rs_refused_settle(const struct rs_event *ev, rs_word word)
{
    uint64_t name = name_of(ev, word);

    for (unsigned i = 0; i < PROBES; i++) {
        _Atomic uint64_t *entry = probe(name, i);
        uint64_t seen = rs_load(entry);

        while ((seen & ~COUNT_MASK) == name && (seen & COUNT_MASK) != 0) {
            if (rs_swap_if(entry, &seen, seen - 1))
                return true;
        }
    }
    return false;
}
