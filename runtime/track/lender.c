/* SPDX-License-Identifier: MIT */
/* lender.c -- see lender.h. Runs in hooks of C functions, attached. */
#include "track/lender.h"

#include <stdatomic.h>
#include <stddef.h>

#include "base/check.h"
#include "host/containers.h"
#include "host/host.h"
#include "order/tsan.h"
#include "os/atomics.h"
#include "os/sys.h"
#include "shadow/plane.h"
#include "shadow/shadow.h"
#include "thread/thread.h"

#define PLACES    65536 /* a power of two */
#define WORDS_MAX 512   /* of the stack */
#define GOT_MAX   16    /* references */
#define GRANULE   ((uintptr_t)1 << RS_GRANULE_SHIFT)

/* Below its frame address a function saves the registers that its caller may
 * keep a pointer in, and no more of them than this. */
#define SAVED_WORDS 8

/* A hash of an object and its life, or of a container, its life and a thread;
 * and a number. */
static _Atomic uint64_t *uses;
static _Atomic uint64_t *changes;

bool
rs_lender_start(void)
{
    if (!rs_tsan_is_on)
        return true;
    uses = rs_sys_map(PLACES * sizeof(*uses));
    changes = rs_sys_map(PLACES * sizeof(*changes));
    return uses != NULL && changes != NULL;
}

static uint64_t
hash_of(uintptr_t address, uint32_t life, unsigned slot)
{
    uint64_t key = (uint64_t)address >> 4 << 16 | (life & UINT16_MAX);

    return (key ^ (uint64_t)slot << 52) * UINT64_C(0x9e3779b97f4a7c15);
}

static void
note(_Atomic uint64_t *table, uint64_t hash, uint32_t number)
{
    rs_store(&table[hash >> 48 & (PLACES - 1)], hash << 32 | number);
}

static uint32_t
look_up(const _Atomic uint64_t *table, uint64_t hash)
{
    uint64_t found = rs_load(&table[hash >> 48 & (PLACES - 1)]);

    return found >> 32 == (hash & UINT32_MAX) ? (uint32_t)found : 0;
}

void
rs_lender_note_use(uintptr_t object, uint32_t life, uint32_t number)
{
    rs_cell *cell = rs_plane_find(object);

    note(uses, hash_of(object, life, 0), number);
    if (cell != NULL)
        rs_cell_mark(cell, RS_MARK_SHARED);
}

uint32_t
rs_lender_last_use(uintptr_t object, uint32_t life)
{
    return look_up(uses, hash_of(object, life, 0));
}

void
rs_lender_note_change(uintptr_t container, uint32_t life, unsigned slot,
                      uint32_t number)
{
    note(changes, hash_of(container, life, slot), number);
}

uint32_t
rs_lender_last_change(uintptr_t container, uint32_t life, unsigned slot)
{
    return look_up(changes, hash_of(container, life, slot));
}

/* Tuples do not change. */
static bool
lends(uintptr_t address, uintptr_t object)
{
    if (address == 0 || address % GRANULE != 0 || address == object ||
        rs_word_state(rs_shadow_get(address)) != RS_STATE_LIVE)
        return false;
    switch (rs_host_container(address)) {
    case RS_CONTAINER_TUPLE:
        return false;
    case RS_CONTAINER_NONE:
        return rs_host_has_field(address, object);
    default:
        return rs_host_holds(address, object);
    }
}

/* What it found last, and where: it is asked in loops. */
static RS_THREAD_LOCAL struct {
    const uintptr_t *at;
    uintptr_t container;
} last;

static bool
is_still(const uintptr_t *low, const uintptr_t *high, uintptr_t object)
{
    return last.at >= low && last.at < high && *last.at == last.container &&
           lends(last.container, object);
}

/* A thread that runs no Python code has no loop. */
static const uintptr_t *
end_of(void *tstate, uintptr_t frame)
{
    const struct rs_thread *self = rs_thread_current;
    uintptr_t loop = rs_host_loop_frame(tstate);
    uintptr_t end = frame + WORDS_MAX * sizeof(uintptr_t);

    if (end > self->bounds.stack_high)
        end = self->bounds.stack_high;
    if (loop >= frame && end > loop)
        end = loop;
    return (const uintptr_t *)end;
}

RS_NOINLINE uintptr_t
rs_lender_find(void *tstate, uintptr_t frame, uintptr_t object)
{
    const uintptr_t *low =
        (const uintptr_t *)__builtin_frame_address(0) - SAVED_WORDS;
    const uintptr_t *high = end_of(tstate, frame);

    __builtin_unwind_init(); /* saves them all */
    if (is_still(low, high, object))
        return last.container;
    for (const uintptr_t *at = low; at < high; at++) {
        if (!lends(*at, object))
            continue;
        last.at = at;
        last.container = *at;
        return *at;
    }
    return 0;
}

static RS_THREAD_LOCAL struct {
    unsigned next;
    uintptr_t objects[GOT_MAX];
} got;

void
rs_lender_note_got(uintptr_t object)
{
    got.objects[got.next++ % GOT_MAX] = object;
}

bool
rs_lender_was_got(uintptr_t object)
{
    for (unsigned i = 0; i < GOT_MAX; i++) {
        if (got.objects[i] == object)
            return true;
    }
    return false;
}
