/* SPDX-License-Identifier: MIT */
/* container.c -- see container.h. The ground is pipeline.c's: no lock, no
 * allocation. Nothing is written while one thread goes on using a container;
 * and of one that only its creator uses there is nothing here. */
#include "track/container.h"

#include <stdatomic.h>
#include <stddef.h>

#include "shadow/plane.h"
#include "shadow/shadow.h"
#include "os/sys.h"
#include "thread/thread.h"
#include "base/exempt.h"

#define ENTRIES 4096
#define SHARED  UINT32_MAX /* more than one user */
#define WRITERS                                                               \
    RS_CONTAINER_CHANGES /* one is always another than any thread */

/* `locks` belong to `act`, or are none: they are taken away before it changes.
 */
struct writer {
    _Atomic uint64_t act; /* when, operation, slot */
    _Atomic uint64_t locks;
    _Atomic uint32_t stack;
};

struct entry {
    _Atomic uint64_t key;  /* address, and the low bits of its generation */
    _Atomic uint32_t user; /* the first one */
    struct writer writers[WRITERS];
};

_Atomic bool rs_container_has_contended;

static struct {
    struct entry *entries;
} containers;

void
rs_container_start(void)
{
    containers.entries = rs_sys_map(ENTRIES * sizeof(struct entry));
}

static uint64_t
key_of(uintptr_t container)
{
    unsigned generation = rs_word_generation(rs_shadow_get(container));

    return (uint64_t)container | (uint64_t)generation << 48;
}

static struct entry *
place_of(uintptr_t container)
{
    uint64_t hash = (container >> 4) * UINT64_C(0x9e3779b97f4a7c15);

    return &containers.entries[hash >> 52];
}

static struct entry *
find(uintptr_t container)
{
    struct entry *entry;

    if (containers.entries == NULL)
        return NULL;
    entry = place_of(container);
    return atomic_load_explicit(&entry->key, memory_order_relaxed) ==
                   key_of(container)
               ? entry
               : NULL;
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

static struct entry *
put(uintptr_t container, unsigned slot)
{
    struct entry *entry = find(container);

    if (entry != NULL || containers.entries == NULL)
        return entry;
    entry = place_of(container);
    for (int i = 0; i < WRITERS; i++)
        atomic_store_explicit(&entry->writers[i].act, 0, memory_order_relaxed);
    atomic_store_explicit(&entry->user, first_user(container, slot),
                          memory_order_relaxed);
    atomic_store_explicit(&entry->key, key_of(container),
                          memory_order_relaxed);
    return entry;
}

static bool
is_shared_after(struct entry *entry, unsigned slot)
{
    uint32_t user = atomic_load_explicit(&entry->user, memory_order_relaxed);

    if (user != SHARED && user != slot) {
        atomic_store_explicit(&entry->user, SHARED, memory_order_relaxed);
        user = SHARED;
    }
    return user == SHARED;
}

void
rs_container_use(uintptr_t container, unsigned slot)
{
    struct entry *entry = put(container, slot);

    if (entry != NULL)
        (void)is_shared_after(entry, slot);
}

static unsigned
writer_slot(struct writer *writer)
{
    return atomic_load_explicit(&writer->act, memory_order_relaxed) & 0xff;
}

static uint64_t
act_of(const struct rs_container_change *change)
{
    return (uint64_t)change->when << 32 | (uint64_t)change->op << 8 |
           change->slot;
}

/* Release: the locks are none before the act is another, and stay so until it
 * is. Pairs with the acquires in read_change(). */
static void
write_change(struct writer *writer, const struct rs_container_change *change)
{
    uint64_t locks = change->locks.tags[0] | (uint64_t)change->locks.tags[1]
                                                 << 32;
    uint64_t act = act_of(change);

    if (atomic_load_explicit(&writer->act, memory_order_relaxed) == act &&
        atomic_load_explicit(&writer->locks, memory_order_relaxed) == locks)
        return;
    atomic_store_explicit(&writer->locks, 0, memory_order_relaxed);
    atomic_store_explicit(&writer->act, act, memory_order_release);
    atomic_store_explicit(&writer->locks, locks, memory_order_release);
}

static bool
read_change(struct writer *writer, struct rs_container_change *change)
{
    uint64_t act = atomic_load_explicit(&writer->act, memory_order_acquire);
    uint64_t locks =
        atomic_load_explicit(&writer->locks, memory_order_acquire);

    change->slot = act & 0xff;
    change->op = (enum rs_ev)(act >> 8 & 0xff);
    change->when = (uint32_t)(act >> 32);
    change->locks.tags[0] = (uint32_t)locks;
    change->locks.tags[1] = (uint32_t)(locks >> 32);
    change->stack.id =
        atomic_load_explicit(&writer->stack, memory_order_relaxed);
    return atomic_load_explicit(&writer->act, memory_order_relaxed) == act;
}

bool
rs_container_is_own(uintptr_t container, const struct rs_thread *self)
{
    const rs_cell *cell = rs_plane_find(container);

    return cell != NULL &&
           (rs_cell_load(cell).bits & RS_WORD_STATUS) == self->live_word;
}

bool
rs_container_change(uintptr_t container,
                    const struct rs_container_change *change)
{
    struct entry *entry = put(container, change->slot);

    if (entry == NULL ||
        RS_EXEMPT(container_first_user, !is_shared_after(entry, change->slot)))
        return false;
    for (int i = 0; i < WRITERS; i++) {
        if (writer_slot(&entry->writers[i]) != change->slot)
            continue;
        write_change(&entry->writers[i], change);
        return false;
    }
    return true;
}

static bool
is_running(unsigned slot)
{
    const struct rs_thread *thread = rs_thread_get(slot);

    return thread != NULL &&
           !atomic_load_explicit(&thread->has_ended, memory_order_relaxed);
}

void
rs_container_keep(uintptr_t container,
                  const struct rs_container_change *change)
{
    struct entry *entry = find(container);
    struct writer *writer;

    if (entry == NULL)
        return;
    writer = &entry->writers[is_running(writer_slot(&entry->writers[0]))];
    atomic_store_explicit(&writer->stack, change->stack.id,
                          memory_order_relaxed);
    write_change(writer, change);
    atomic_store_explicit(&rs_container_has_contended, true,
                          memory_order_relaxed);
}

unsigned
rs_container_changes(uintptr_t container, unsigned slot,
                     struct rs_container_change *changes)
{
    struct entry *entry = find(container);
    unsigned count = 0;

    for (int i = 0; entry != NULL && i < WRITERS; i++) {
        struct rs_container_change *change = &changes[count];

        count += read_change(&entry->writers[i], change) &&
                 change->slot != slot &&
                 !RS_EXEMPT(container_writer_ended, !is_running(change->slot));
    }
    return count;
}
