/* SPDX-License-Identifier: MIT */
/* earlier.c -- see earlier.h. An entry is written once, by the thread that
 * claimed its number, and read when it says that it is there. */
#include "report/earlier.h"

#include <stdatomic.h>
#include <string.h>

#include "base/text.h"
#include "os/atomics.h"
#include "report/place.h"

static struct {
    _Atomic bool is_there;
    bool may_damage; /* done to an object that was gone */
    unsigned slot;
    struct rs_crash_cause cause;
} entries[RS_EARLIER_MAX];
static _Atomic unsigned count;

/* What an operation on such an object changes is no longer its own. */
static bool
may_damage(const struct rs_finding *found)
{
    return !found->is_skipped && rs_word_is_gone(found->object.word);
}

void
rs_earlier_note(const struct rs_finding *found)
{
    unsigned at = rs_add(&count, 1);
    struct rs_crash_cause *cause;
    struct rs_text text;

    if (at >= RS_EARLIER_MAX)
        return;
    cause = &entries[at].cause;
    text = rs_text_make(cause->bug, sizeof(cause->bug));
    rs_place_suppression(&text, found);
    cause->fingerprint = found->fingerprint;
    cause->object = found->object.address;
    cause->word = found->object.word;
    memcpy(cause->type, found->object.type, sizeof(cause->type));
    entries[at].slot = found->slot;
    entries[at].may_damage = may_damage(found);
    rs_store_release(&entries[at].is_there, true);
}

static bool
is_at_hand(const struct rs_crash *crash, const struct rs_crash_cause *cause)
{
    for (unsigned i = 0; i < crash->clues_count; i++)
        if (crash->clues[i].object == cause->object &&
            rs_word_generation(crash->clues[i].word) ==
                rs_word_generation(cause->word))
            return true;
    return false;
}

uint64_t
rs_earlier_find(const struct rs_crash *crash, unsigned slot, uintptr_t last,
                struct rs_crash_cause *cause)
{
    uint64_t seen = 0;

    for (unsigned i = 0; i < RS_EARLIER_MAX; i++) {
        uint64_t one;

        if (!rs_load_acquire(&entries[i].is_there))
            continue;
        one = is_at_hand(crash, &entries[i].cause) ? RS_SEEN_CRASH_EARLIER
              : entries[i].slot == slot && entries[i].cause.object == last
                  ? RS_SEEN_CRASH_LAST
              : entries[i].may_damage ? RS_SEEN_CRASH_DAMAGE
                                      : 0;
        /* The bits are in the order of how much they say. */
        if (one != 0 && (seen == 0 || one < seen)) {
            seen = one;
            *cause = entries[i].cause;
        }
    }
    return seen;
}
