/* SPDX-License-Identifier: MIT */
/* container.c -- see container.h. The event path: no lock, no allocation.
 * Nothing is written while one thread goes on using a container; and of one
 * that only its creator uses there is nothing here. */
#include "track/container.h"

#include "order/tsan.h"

#include <stdatomic.h>
#include <stddef.h>

#include "os/sys.h"
#include "shadow/plane.h"
#include "shadow/shadow.h"
#include "thread/thread.h"
#include "base/exempt.h"
#include "os/atomics.h"

/* A container's user: its address, the life of it (the generation's low byte),
 * and the first thread that used it, or SHARED. One word, so it is never
 * another container's, but for one 256 lives later at the same address. */
#define USER_SLOT       (RS_WORD_CREATORS - 1)
#define USER_LIFE_SHIFT 12
#define USER_LIFE       0xffu
#define SHARED          0u /* by more than one thread */

_Atomic bool rs_container_has_contended;

static _Atomic uint64_t *users;

static bool
lives(uintptr_t container, unsigned generation)
{
    rs_word word = rs_shadow_get(container);

    return rs_word_state(word) == RS_STATE_LIVE &&
           rs_word_generation(word) == generation;
}

static bool
is_alive(uint64_t key)
{
    return lives(rs_access_address(key), (unsigned)(key >> 48));
}

static struct rs_access_table changes = {.lost = RS_LOST_CONTAINERS,
                                         .is_alive = is_alive};

bool
rs_container_start(void)
{
    users = rs_sys_map(RS_ACCESS_PLACES * sizeof(*users));
    if (rs_tsan_is_on) /* a change may come after all uses */
        rs_store(&rs_container_has_contended, true);
    return rs_access_start(&changes) && users != NULL;
}

static uint64_t
key_of(uintptr_t container)
{
    return rs_access_key(container,
                         rs_word_generation(rs_shadow_get(container)));
}

static uint64_t
user_of(uint64_t key, unsigned slot)
{
    return (uint64_t)rs_access_address(key) >> 4 << 20 |
           (key >> 48 & USER_LIFE) << USER_LIFE_SHIFT | slot;
}

static bool
is_user_alive(uint64_t user)
{
    rs_word word = rs_shadow_get((uintptr_t)(user >> 20 << 4));

    return rs_word_state(word) == RS_STATE_LIVE &&
           (rs_word_generation(word) & USER_LIFE) ==
               (user >> USER_LIFE_SHIFT & USER_LIFE);
}

/* Who made it is its first user, and is told from now on to look here. */
static unsigned
first_user(uintptr_t container, unsigned slot)
{
    rs_cell *cell = rs_plane_find(container);
    rs_word word = cell != NULL ? rs_cell_load(cell) : (rs_word){0};

    if (rs_word_state(word) != RS_STATE_LIVE || rs_word_creator(word) == 0 ||
        rs_word_creator(word) == slot)
        return slot;
    rs_cell_mark(cell, RS_MARK_SHARED);
    return rs_word_creator(word);
}

/* The thread uses it: has another one, too? */
static bool
is_shared_with(uintptr_t container, unsigned slot)
{
    const uint64_t key = key_of(container);
    _Atomic uint64_t *place = &users[rs_access_index(container)];
    uint64_t user = rs_load(place);
    uint64_t old = user;

    if ((user ^ user_of(key, 0)) > USER_SLOT) {
        if (user != 0 && is_user_alive(user))
            rs_lost_count(RS_LOST_CONTAINERS);
        user = user_of(key, first_user(container, slot));
    }
    if ((user & USER_SLOT) != slot)
        user = user_of(key, SHARED);
    if (user != old)
        rs_store(place, user);
    return (user & USER_SLOT) == SHARED;
}

void
rs_container_use(uintptr_t container, unsigned slot)
{
    if (users != NULL)
        (void)is_shared_with(container, slot);
}

bool
rs_container_is_own(uintptr_t container, const struct rs_thread *self)
{
    const rs_cell *cell = rs_plane_find(container);

    return cell != NULL &&
           (rs_cell_load(cell).bits & RS_WORD_STATUS) == self->live_word;
}

static bool
is_same(const struct rs_access *one, const struct rs_access *other)
{
    return one->op == other->op && one->when == other->when &&
           one->locks.tags[0] == other->locks.tags[0] &&
           one->locks.tags[1] == other->locks.tags[1];
}

bool
rs_container_change(uintptr_t container, const struct rs_access *change)
{
    struct rs_access last, now = *change;
    uint64_t key;

    if (users == NULL || RS_EXEMPT(container_first_user,
                                   !is_shared_with(container, change->slot)))
        return false;
    key = key_of(container);
    if (!rs_access_find(&changes, key, change->slot, &last))
        return true;
    now.stack = last.stack;
    if (!is_same(&last, &now))
        rs_access_note(&changes, key, &now);
    return false;
}

void
rs_container_keep(uintptr_t container, const struct rs_access *change)
{
    rs_access_note(&changes, key_of(container), change);
    rs_store(&rs_container_has_contended, true);
}

unsigned
rs_container_changes(uintptr_t container, unsigned slot,
                     struct rs_access found[RS_ACCESSES])
{
    return rs_access_others(&changes, key_of(container), slot, found);
}
