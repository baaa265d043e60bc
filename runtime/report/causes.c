/* SPDX-License-Identifier: MIT */
/* causes.c -- see causes.h. An entry's words are written in any order; the last
 * one is made of the others, so one that is torn is none. */
#include "report/causes.h"

#include <stdatomic.h>
#include <string.h>

#include "base/hash.h"
#include "detect/bug.h"
#include "os/atomics.h"
#include "shadow/shadow.h"

#define SIZE 1024 /* a power of two */

struct cause {
    uint64_t object; /* and generation, by hash; 0 none */
    uint64_t fingerprint;
    uint64_t place; /* of the act, by hash; its low byte is the kind */
};

static struct {
    _Atomic uint64_t object, fingerprint, place, check;
} entries[SIZE];

static uint64_t
check_of(const struct cause *cause)
{
    uint64_t hash = rs_hash_mix(cause->object, cause->fingerprint);

    return rs_hash_mix(hash, cause->place);
}

static struct cause
read_cause(unsigned at)
{
    struct cause cause = {
        .object = rs_load(&entries[at].object),
        .fingerprint = rs_load(&entries[at].fingerprint),
        .place = rs_load(&entries[at].place),
    };

    if (rs_load(&entries[at].check) != check_of(&cause))
        cause.object = 0;
    return cause;
}

static void
write_cause(unsigned at, const struct cause *cause)
{
    rs_store(&entries[at].object, cause->object);
    rs_store(&entries[at].fingerprint, cause->fingerprint);
    rs_store(&entries[at].place, cause->place);
    rs_store(&entries[at].check, check_of(cause));
}

/* Does the kind say of the object's count, or life, that it is wrong? Others
 * say that of the thread, or of a call. */
static bool
is_of_object(enum rs_bug kind)
{
    switch (kind) {
    case RS_BUG_INCREF_AFTER_ZERO:
    case RS_BUG_DECREF_AFTER_ZERO:
    case RS_BUG_COUNT_UNDERFLOW:
    case RS_BUG_HEADER_BROKEN:
    case RS_BUG_TRYINCREF_AFTER_FREE:
    case RS_BUG_IMMORTAL_LOST:
    case RS_BUG_IMMORTAL_DEALLOC:
    case RS_BUG_IMMORTAL_OVERFLOW:
    case RS_BUG_DEALLOC_DISCIPLINE:
    case RS_BUG_SLOT_RACE:
        return true;
    default:
        return false;
    }
}

bool
rs_causes_ask(struct rs_finding *found, uint64_t place)
{
    rs_word word = found->object.word;
    struct cause cause, first;
    unsigned at;

    if (rs_word_state(word) == RS_STATE_UNKNOWN || !is_of_object(found->kind))
        return false;
    cause.object =
        rs_hash_mix(found->object.address | 1, rs_word_generation(word));
    cause.fingerprint = found->fingerprint;
    cause.place = (place & ~UINT64_C(0xff)) | found->kind;
    at = (unsigned)(cause.object >> 32) & (SIZE - 1);
    first = read_cause(at);
    if (first.object != cause.object) {
        write_cause(at, &cause);
        return false;
    }
    if (first.fingerprint == cause.fingerprint)
        return false; /* the same once more */
    found->follows = first.fingerprint;
    return (first.place & 0xff) == (uint64_t)found->kind ||
           first.place >> 8 == cause.place >> 8;
}
