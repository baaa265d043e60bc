/* SPDX-License-Identifier: MIT */
/* leak.c -- see leak.h. Runs once, after the runtime was finalized, on the
 * thread that did it; native threads may still run. */
#include "leak/leak.h"
#include "leak/candidates.h"

#include "host/host.h"
#include "leak/scan.h"
#include "os/sys.h"
#include "base/exempt.h"

#include <stddef.h>

enum mark {
    MARK_REACHED = 1, /* something that is no candidate refers to it */
    MARK_HELD = 2,    /* another leaked one does */
    MARK_COUNTED = 4, /* it was said, or belongs to one that was */
};

static struct {
    struct rs_candidate *all;
    uint32_t count;
    uint32_t pending;  /* the list of candidates to look into; 0 ends it */
    uint8_t spreading; /* the mark that goes on to what they refer to */
    uint32_t spread;   /* how many got it */
} leak;

static void
put_mark(uint32_t number, uint8_t mark)
{
    struct rs_candidate *candidate = &leak.all[number];

    if ((candidate->marks & mark) != 0)
        return;
    candidate->marks |= mark;
    candidate->pending = leak.pending;
    leak.pending = number;
    leak.spread++;
}

/* What the memory of the object itself refers to. */
static void
look_into(const struct rs_candidate *candidate,
          void (*visit)(uint32_t from, uint32_t to))
{
    uintptr_t words[128];
    uintptr_t at = candidate->object, end = at + candidate->bytes;

    while (at < end) {
        size_t bytes = end - at < sizeof(words) ? end - at : sizeof(words);

        if (!rs_sys_read_memory(at, words, bytes))
            return;
        for (size_t i = 0; i < bytes / sizeof(*words); i++) {
            uint32_t to = rs_leak_find_candidate(words[i]);

            if (to != 0)
                visit((uint32_t)(candidate - leak.all), to);
        }
        at += bytes;
    }
}

static void
spread_to(uint32_t from, uint32_t to)
{
    (void)from;
    if (RS_EXEMPT(leak_held_by_reached, leak.spreading == MARK_REACHED) ||
        leak.spreading == MARK_COUNTED)
        put_mark(to, leak.spreading);
}

/* Gives the mark to all that is referred to by those that have it. */
static void
spread(uint8_t mark)
{
    leak.spreading = mark;
    while (leak.pending != 0) {
        const struct rs_candidate *next = &leak.all[leak.pending];

        leak.pending = next->pending;
        look_into(next, spread_to);
    }
}

/* ---- Who refers to them -------------------------------------------------- */

/* A word in a candidate says something only about what leaked ones hold. */
static void
search_words(void *context, uintptr_t address, const uintptr_t *words,
             size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        uint32_t to = rs_leak_find_candidate(words[i]);

        if (to != 0 &&
            RS_EXEMPT(leak_reached, rs_leak_find_candidate(
                                        address + i * sizeof(uintptr_t)) == 0))
            put_mark(to, MARK_REACHED);
    }
}

static void
note_held(uint32_t from, uint32_t to)
{
    if (from != to)
        leak.all[to].marks |= MARK_HELD;
}

static bool
is_leaked(const struct rs_candidate *candidate)
{
    return (candidate->marks & (MARK_REACHED | MARK_COUNTED)) == 0;
}

bool
rs_leak_search(uintptr_t frame)
{
    leak.all = rs_leak_collect(&leak.count);
    if (leak.all == NULL)
        return false;
    if (leak.count == 0)
        return true;
    if (!rs_scan_each(frame, search_words, NULL)) {
        leak.count = 0;
        return false;
    }
    spread(MARK_REACHED);
    for (uint32_t i = 1; i <= leak.count; i++)
        if (is_leaked(&leak.all[i]))
            look_into(&leak.all[i], note_held);
    return true;
}

/* ---- What to say --------------------------------------------------------- */

/* The next one to begin with: first those that no other holds; then, where some
 * hold each other in a circle, any. */
static uint32_t
find_head(void)
{
    uint32_t any = 0;

    for (uint32_t i = 1; i <= leak.count; i++) {
        if (!is_leaked(&leak.all[i]))
            continue;
        if ((leak.all[i].marks & MARK_HELD) == 0)
            return i;
        any = i;
    }
    return any;
}

/* Counts the object, and all that only it and the like of it hold. */
static void
count_leaked(struct rs_leak *found, uint32_t number)
{
    leak.spread = 0;
    put_mark(number, MARK_COUNTED);
    spread(MARK_COUNTED);
    found->objects++;
    found->held += leak.spread - 1;
}

bool
rs_leak_next(struct rs_leak *found)
{
    uint32_t head = find_head();
    unsigned char bytes[32];
    bool is_held;

    if (head == 0 ||
        !rs_sys_read_memory(leak.all[head].object, bytes, sizeof(bytes)))
        return false;
    is_held = (leak.all[head].marks & MARK_HELD) != 0;
    *found = (struct rs_leak){
        .object = leak.all[head].object,
        .header = rs_header_decode(rs_host->layout, bytes),
        .stack = {leak.all[head].stack},
    };
    count_leaked(found, head);
    for (uint32_t i = 1; i <= leak.count; i++) {
        const struct rs_candidate *candidate = &leak.all[i];

        if (is_leaked(candidate) && candidate->path == leak.all[head].path &&
            ((candidate->marks & MARK_HELD) != 0) == is_held)
            count_leaked(found, i);
    }
    return true;
}
