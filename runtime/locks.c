/* SPDX-License-Identifier: MIT */
/* locks.c -- see locks.h. Any thread, signal handlers; a handler that takes a
 * lock releases it before it returns, so the array is as it was. */
#include "locks.h"

RS_THREAD_LOCAL struct rs_locks rs_locks;

static struct rs_lock_held *
find(uintptr_t lock)
{
    for (unsigned i = rs_locks.count; i-- > 0;) {
        if (rs_locks.held[i].lock == lock)
            return &rs_locks.held[i];
    }
    return 0;
}

static void
add(uintptr_t lock, uintptr_t section)
{
    rs_locks.recent[rs_locks.taken++ % RS_LOCKS_RECENT] = lock;
    if (rs_locks.count == RS_LOCKS_MAX) {
        rs_locks.has_overflown = true;
        return;
    }
    rs_locks.held[rs_locks.count++] =
        (struct rs_lock_held){.lock = lock, .section = section, .depth = 1};
}

static void
drop(struct rs_lock_held *held)
{
    *held = rs_locks.held[--rs_locks.count];
    /* Whatever did not fit was taken later than these, and is released before
     * them. */
    if (rs_locks.count == 0)
        rs_locks.has_overflown = false;
}

void
rs_locks_take(uintptr_t lock)
{
    struct rs_lock_held *held = find(lock);

    if (held != 0 && held->section == 0)
        held->depth++;
    else
        add(lock, 0);
}

/* Not held: it was taken unseen, or by another thread, as PyThread locks may
 * be. */
void
rs_locks_release(uintptr_t lock)
{
    struct rs_lock_held *held = find(lock);

    if (held != 0 && --held->depth == 0)
        drop(held);
}

void
rs_locks_take_once(uintptr_t lock)
{
    if (find(lock) == 0)
        add(lock, 0);
}

void
rs_locks_release_all(uintptr_t lock)
{
    struct rs_lock_held *held = find(lock);

    if (held != 0)
        drop(held);
}

void
rs_locks_begin(uintptr_t section, uintptr_t first, uintptr_t second)
{
    add(first, section);
    if (second != 0 && second != first)
        add(second, section);
}

void
rs_locks_end(uintptr_t section)
{
    for (unsigned i = rs_locks.count; i-- > 0;) {
        if (rs_locks.held[i].section == section)
            drop(&rs_locks.held[i]);
    }
}

bool
rs_locks_has(uintptr_t lock)
{
    return rs_locks.has_overflown || find(lock) != 0;
}

uintptr_t
rs_locks_taken_since(uint32_t taken, unsigned index)
{
    uint32_t since = rs_locks.taken - taken;

    if (index < since)
        return since <= RS_LOCKS_RECENT
                   ? rs_locks.recent[(taken + index) % RS_LOCKS_RECENT]
                   : 0;
    index -= since;
    return index < rs_locks.count ? rs_locks.held[index].lock : 0;
}

bool
rs_locks_was_taken(uint32_t taken, uintptr_t lock)
{
    if (rs_locks.taken - taken > RS_LOCKS_RECENT || rs_locks_has(lock))
        return true;
    for (; taken != rs_locks.taken; taken++) {
        if (rs_locks.recent[taken % RS_LOCKS_RECENT] == lock)
            return true;
    }
    return false;
}
