/* SPDX-License-Identifier: MIT */
/* lock_clocks.c -- see lock_clocks.h. Any thread, under any lock of the
 * program, in signal handlers.
 *
 * Tags of a set change while its `forgotten` clock is entered; the clock of a
 * way is written, and changes hands, while that one is entered. A release
 * comes before the acquire that it is to be seen by, by the program's lock: so
 * whoever acquires sees the tag, or that it is gone, and then what it left in
 * `forgotten`. */
#include "thread/lock_clocks.h"

#include <stddef.h>

#include "base/lost.h"
#include "os/sys.h"
#include "os/atomics.h"

#define SETS  256
#define WAYS  16
#define TRIES 64

struct set {
    _Atomic uint32_t tags[WAYS]; /* 0: nobody's */
    _Atomic uint32_t used[WAYS]; /* `releases` at the lock's last one */
    _Atomic uint32_t releases;
    _Atomic bool has_forgotten; /* or `forgotten` is torn */
    struct rs_lock_clock ways[WAYS];
    struct rs_lock_clock forgotten;
};

static struct set *sets;
static struct rs_clock_table clocks;
_Static_assert(SETS *(WAYS + 1) <= RS_CLOCK_ROWS, "a clock, a row");

bool
rs_lock_clocks_start(void)
{
    sets = rs_sys_map(SETS * sizeof(struct set));
    return sets != NULL;
}

struct rs_vector_clock
rs_lock_clocks_clock(const struct rs_lock_clock *clock)
{
    size_t set = (size_t)((const char *)clock - (const char *)sets) /
                 sizeof(struct set);
    size_t way = clock == &sets[set].forgotten
                     ? WAYS
                     : (size_t)(clock - sets[set].ways);

    return (struct rs_vector_clock){&clocks,
                                    (unsigned)(set * (WAYS + 1) + way)};
}

/* New clocks: a thread that is no more may be in one of the old ones. */
void
rs_lock_clocks_after_fork(void)
{
    if (sets != NULL)
        rs_sys_unmap(sets, SETS * sizeof(struct set));
    rs_clock_table_clear(&clocks);
    if (!rs_lock_clocks_start())
        rs_lost_count(RS_LOST_ORDER);
}

bool
rs_lock_clocks_are_on(void)
{
    return sets != NULL;
}

static uint64_t
hash(uintptr_t lock)
{
    return (uint64_t)(lock >> 3) * UINT64_C(0x9e3779b97f4a7c15);
}

uint32_t
rs_lock_clocks_tag(uintptr_t lock)
{
    return (uint32_t)(hash(lock) >> 16) | 1;
}

static struct set *
set_of(uintptr_t lock)
{
    return &sets[hash(lock) >> 56];
}

/* WAYS when it is in none. Acquire: pairs with the release in change_tag(). */
static unsigned
way_of(struct set *set, uint32_t tag)
{
    unsigned way = 0;

    while (way < WAYS && rs_load_acquire(&set->tags[way]) != tag)
        way++;
    return way;
}

static bool
enter(struct rs_lock_clock *clock)
{
    for (int i = 0; i < TRIES; i++) {
        /* Acquire: pairs with the release in rs_lock_clocks_leave(). */
        if (!atomic_flag_test_and_set_explicit(&clock->is_busy,
                                               memory_order_acquire))
            return true;
    }
    return false;
}

void
rs_lock_clocks_leave(struct rs_lock_clock *clock)
{
    atomic_flag_clear_explicit(&clock->is_busy, memory_order_release);
}

/* In between, the way may have become another lock's. */
static bool
enter_way(struct set *set, unsigned way, uint32_t tag)
{
    if (!enter(&set->ways[way]))
        return false;
    if (rs_load(&set->tags[way]) == tag)
        return true;
    rs_lock_clocks_leave(&set->ways[way]);
    return false;
}

bool
rs_lock_clocks_find(uintptr_t lock, struct rs_lock_clock **clock)
{
    struct set *set = set_of(lock);
    const uint32_t tag = rs_lock_clocks_tag(lock);
    unsigned way = way_of(set, tag);

    *clock = NULL;
    if (way < WAYS) {
        *clock = &set->ways[way];
        return enter_way(set, way, tag);
    }
    if (!rs_load(&set->has_forgotten))
        return true;
    *clock = &set->forgotten;
    return enter(*clock);
}

/* One that is free, or was released longest ago. */
static unsigned
oldest_way(struct set *set)
{
    const uint32_t now = rs_load(&set->releases);
    unsigned oldest = 0;

    for (unsigned way = 0; way < WAYS; way++) {
        if (rs_load(&set->tags[way]) == 0)
            return way;
        if (now - rs_load(&set->used[way]) > now - rs_load(&set->used[oldest]))
            oldest = way;
    }
    return oldest;
}

static void
tear(struct rs_lock_clock *clock)
{
    /* Release: who mends it sees the time of whoever tore it. */
    rs_store_release(&clock->is_torn, true);
}

static void
tear_forgotten(struct set *set)
{
    tear(&set->forgotten);
    rs_store(&set->has_forgotten, true);
}

/* Gives an entered way to the lock with this tag. The fence pairs with those
 * in rs_lock_clocks_tear(): that one sees the tag, or here it is seen that the
 * clock is torn. The new lock may be one that was forgotten, so it knows what
 * they all knew; that of the old one is part of it. */
static void
change_tag(struct set *set, unsigned way, uint32_t tag)
{
    struct rs_lock_clock *clock = &set->ways[way];

    if (rs_load(&set->tags[way]) != 0) {
        rs_vector_clock_merge(rs_lock_clocks_clock(&set->forgotten),
                              rs_lock_clocks_clock(clock), RS_ORDER_MIXED);
        rs_store(&set->forgotten.seen_by, 0);
        rs_store(&set->has_forgotten, true);
        rs_lost_count(RS_LOST_LOCK_CLOCKS);
    }
    rs_store_release(&set->tags[way], tag);
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_exchange_explicit(&clock->is_torn, false, memory_order_acq_rel))
        tear_forgotten(set);
    if (rs_load_acquire(&set->forgotten.is_torn))
        tear(clock);
    rs_vector_clock_merge(rs_lock_clocks_clock(clock),
                          rs_lock_clocks_clock(&set->forgotten),
                          RS_ORDER_MIXED);
    rs_store(&clock->seen_by, 0);
    rs_store(&clock->last, 0);
}

/* Another thread may have given it one meanwhile. */
static unsigned
make_way(struct set *set, uint32_t tag)
{
    unsigned way;

    if (!enter(&set->forgotten))
        return WAYS;
    way = way_of(set, tag);
    if (way < WAYS) {
        if (!enter(&set->ways[way]))
            way = WAYS;
    }
    else {
        way = oldest_way(set);
        if (enter(&set->ways[way]))
            change_tag(set, way, tag);
        else
            way = WAYS;
    }
    rs_lock_clocks_leave(&set->forgotten);
    return way;
}

/* Not exact: two at once count as one. */
static void
note_release(struct set *set, unsigned way)
{
    const uint32_t releases = rs_load(&set->releases);

    if (rs_load(&set->used[way]) == releases && releases != 0)
        return;
    rs_store(&set->releases, releases + 1);
    rs_store(&set->used[way], releases + 1);
}

struct rs_lock_clock *
rs_lock_clocks_own(uintptr_t lock)
{
    struct set *set = set_of(lock);
    const uint32_t tag = rs_lock_clocks_tag(lock);
    unsigned way = way_of(set, tag);

    if (way < WAYS && !enter_way(set, way, tag))
        return NULL;
    if (way == WAYS)
        way = make_way(set, tag);
    if (way == WAYS)
        return NULL;
    note_release(set, way);
    return &set->ways[way];
}

/* Of two threads that tear and change the tag, at least one sees the other.
 * The fences pair with that in change_tag(). */
void
rs_lock_clocks_tear(uintptr_t lock)
{
    struct set *set = set_of(lock);
    const uint32_t tag = rs_lock_clocks_tag(lock);
    unsigned way = way_of(set, tag);

    if (way < WAYS) {
        tear(&set->ways[way]);
        atomic_thread_fence(memory_order_seq_cst);
        if (rs_load(&set->tags[way]) == tag)
            return;
    }
    tear_forgotten(set);
    atomic_thread_fence(memory_order_seq_cst);
    way = way_of(set, tag);
    if (way < WAYS)
        tear(&set->ways[way]);
}
