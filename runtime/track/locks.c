/* SPDX-License-Identifier: MIT */
/* locks.c -- see locks.h. Any thread, signal handlers; a handler that takes a
 * lock releases it before it returns, so the array is as it was.
 *
 * A lock that is released was held until now, also where the taking was not
 * seen (a wait of the C library takes it again): whoever released it before
 * came first. So releasing acquires, too. */
#include "track/locks.h"

#include <stddef.h>

#include "base/lost.h"
#include "host/host.h"
#include "shadow/shadow.h"
#include "thread/thread.h"

RS_THREAD_LOCAL struct rs_locks rs_locks;
_Atomic bool rs_locks_sees_python;

static struct rs_lock_held *
find(uintptr_t lock)
{
    for (unsigned i = rs_locks.count; i-- > 0;) {
        if (rs_locks.held[i].lock == lock)
            return &rs_locks.held[i];
    }
    return 0;
}

/* A thread that does nothing but take locks needs no slot: whoever acquires
 * what it released learns all that is past, and what it learns itself before
 * it gets a slot is not told apart. */
static unsigned
own_slot(void)
{
    struct rs_thread *self = rs_thread_current;

    if (rs_likely(self != NULL))
        return self->slot;
    if (rs_host_attached() == NULL) {
        rs_thread_announce_nothing();
        return 0;
    }
    self = rs_thread_enter();
    if (self == NULL)
        return 0;
    rs_thread_leave(self);
    return self->slot;
}

static void
order_taken(uintptr_t lock)
{
    rs_happens_before_acquire(own_slot(), lock);
}

static void
order_released(uintptr_t lock)
{
    unsigned slot = own_slot();

    rs_happens_before_acquire(slot, lock);
    rs_happens_before_release(slot, lock);
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

static bool
has_died(const struct rs_lock_held *held)
{
    rs_word word;

    if (!held->is_object)
        return false;
    word = rs_shadow_get(held->lock);
    return (uint16_t)rs_word_generation(word) != held->generation ||
           rs_word_state(word) >= RS_STATE_DYING;
}

/* threading.Condition waits for a lock that another thread releases, and drops
 * it when it is taken. */
static void
drop_dead(void)
{
    for (unsigned i = rs_locks.count; i-- > 0;) {
        if (rs_unlikely(has_died(&rs_locks.held[i])))
            drop(&rs_locks.held[i]);
    }
}

static struct rs_lock_held *
add(uintptr_t lock, uintptr_t section, enum rs_lock_kind kind)
{
    struct rs_lock_held *held;

    rs_locks.recent[rs_locks.taken++ % RS_LOCKS_RECENT] = lock;
    if (rs_locks.count == RS_LOCKS_MAX)
        drop_dead();
    if (rs_locks.count == RS_LOCKS_MAX) {
        if (!rs_locks.has_overflown)
            rs_lost_count(RS_LOST_LOCKS);
        rs_locks.has_overflown = true;
        return 0;
    }
    held = &rs_locks.held[rs_locks.count++];
    *held = (struct rs_lock_held){
        .lock = lock, .section = section, .depth = 1, .kind = kind};
    return held;
}

void
rs_locks_take(uintptr_t lock)
{
    struct rs_lock_held *held = find(lock);

    if (held != 0 && held->section == 0)
        held->depth++;
    else
        add(lock, 0, RS_LOCK_C_LIBRARY);
    order_taken(lock);
}

/* Not held: it was taken unseen, or by another thread, as PyThread locks may
 * be. */
void
rs_locks_release(uintptr_t lock)
{
    struct rs_lock_held *held = find(lock);

    order_released(lock);
    if (held != 0 && --held->depth == 0)
        drop(held);
}

void
rs_locks_take_once(uintptr_t lock, enum rs_lock_kind kind)
{
    if (find(lock) == 0)
        add(lock, 0, kind);
    order_taken(lock);
}

void
rs_locks_release_all(uintptr_t lock)
{
    struct rs_lock_held *held = find(lock);

    order_released(lock);
    if (held != 0)
        drop(held);
}

void
rs_locks_take_object(uintptr_t lock)
{
    struct rs_lock_held *held;

    drop_dead();
    held = find(lock);
    if (held != 0 && held->section == 0)
        held->depth++;
    else
        held = add(lock, 0, RS_LOCK_PYTHON);
    if (held != 0) {
        held->is_object = true;
        held->generation = (uint16_t)rs_word_generation(rs_shadow_get(lock));
    }
    order_taken(lock);
}

void
rs_locks_suspend(uintptr_t lock)
{
    struct rs_lock_held *held = find(lock);

    order_released(lock);
    if (held != 0)
        held->is_away = true;
}

void
rs_locks_resume(uintptr_t lock)
{
    struct rs_lock_held *held = find(lock);

    order_taken(lock);
    if (held != 0)
        held->is_away = false;
}

void
rs_locks_send(uintptr_t channel)
{
    rs_happens_before_release(own_slot(), channel);
}

void
rs_locks_receive(uintptr_t channel)
{
    rs_happens_before_acquire(own_slot(), channel);
}

void
rs_locks_begin(uintptr_t section, uintptr_t first, uintptr_t second)
{
    add(first, section, RS_LOCK_SECTION);
    order_taken(first);
    if (second == 0 || second == first)
        return;
    add(second, section, RS_LOCK_SECTION);
    order_taken(second);
}

void
rs_locks_end(uintptr_t section)
{
    for (unsigned i = rs_locks.count; i-- > 0;) {
        if (rs_locks.held[i].section != section)
            continue;
        order_released(rs_locks.held[i].lock);
        drop(&rs_locks.held[i]);
    }
}

bool
rs_locks_has(uintptr_t lock)
{
    const struct rs_lock_held *held = find(lock);

    return rs_locks.has_overflown || (held != 0 && !held->is_away);
}

struct rs_held
rs_locks_held(void)
{
    struct rs_held all = {.locks = {0}};
    unsigned count = 0;

    for (unsigned i = rs_locks.count; i-- > 0 && count < RS_ORDER_LOCKS;) {
        const struct rs_lock_held *held = &rs_locks.held[i];

        if (held->is_away || has_died(held))
            continue;
        all.locks[count] = held->lock;
        all.kinds[count++] = held->kind;
    }
    return all;
}

void
rs_locks_innermost(uintptr_t locks[RS_ORDER_LOCKS])
{
    struct rs_held held = rs_locks_held();

    for (unsigned i = 0; i < RS_ORDER_LOCKS; i++)
        locks[i] = held.locks[i];
}

bool
rs_locks_has_any(void)
{
    uintptr_t locks[RS_ORDER_LOCKS];

    if (rs_likely(rs_locks.count == 0))
        return false;
    rs_locks_innermost(locks);
    return rs_locks.has_overflown || locks[0] != 0;
}

struct rs_order_locks
rs_locks_tags(void)
{
    uintptr_t locks[RS_ORDER_LOCKS];
    struct rs_order_locks tags = {{0}};

    rs_locks_innermost(locks);
    for (unsigned i = 0; i < RS_ORDER_LOCKS && locks[i] != 0; i++)
        tags.tags[i] = rs_happens_before_tag(locks[i]);
    return tags;
}
