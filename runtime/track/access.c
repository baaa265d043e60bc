/* SPDX-License-Identifier: MIT */
/* access.c -- see access.h. The event path: no lock, no allocation.
 *
 * An entry is a seqlock of its own: its `act` is emptied by whoever won it,
 * then the rest is written, then the act. Two equal acts, and what was read in
 * between them is of that act. Writers that lose an entry take another. */
#include "track/access.h"

#include <stdatomic.h>
#include <stddef.h>

#include "base/exempt.h"
#include "os/sys.h"
#include "thread/thread.h"
#include "os/atomics.h"

/* An act: when in the high half, 0 while the rest is written; in the low half
 * a running number, is_after, and the slot. */
#define ACT_SLOT   (RS_WORD_CREATORS - 1)
#define ACT_AFTER  RS_WORD_CREATORS
#define ACT_ONE    (2 * ACT_AFTER)
#define ACT_NUMBER (~(ACT_ONE - 1))

struct entry {
    _Atomic uint64_t act;
    _Atomic uint64_t key;
    _Atomic uint64_t object; /* address and generation */
    _Atomic uint64_t place;
    _Atomic uint64_t stack; /* and the operation above */
    _Atomic uint64_t locks;
};

/* Of all things whose address leads here. */
struct rs_access_place {
    struct entry entries[RS_ACCESSES];
};

unsigned
rs_access_index(uintptr_t address)
{
    return (unsigned)((address >> 3) * UINT64_C(0x9e3779b97f4a7c15) >> 52);
}

bool
rs_access_start(struct rs_access_table *table)
{
    table->places =
        rs_sys_map(RS_ACCESS_PLACES * sizeof(struct rs_access_place));
    return table->places != NULL;
}

static struct entry *
entries_of(struct rs_access_table *table, uint64_t key)
{
    return table->places[rs_access_index(rs_access_address(key))].entries;
}

/* Acquire: pairs with the fence, and with the release, in write_entry(). */
static bool
read_entry(struct entry *entry, uint64_t key, struct rs_access *access)
{
    uint64_t act = rs_load_acquire(&entry->act),
             its = rs_load_acquire(&entry->key);
    uint64_t object = rs_load_acquire(&entry->object),
             place = rs_load_acquire(&entry->place);
    uint64_t stack = rs_load_acquire(&entry->stack),
             locks = rs_load_acquire(&entry->locks);

    *access = (struct rs_access){
        .slot = act & ACT_SLOT,
        .when = (uint32_t)(act >> 32),
        .is_after = (act & ACT_AFTER) != 0,
        .op = (enum rs_ev)(stack >> 32),
        .object = rs_access_address(object),
        .generation = (uint16_t)(object >> 48),
        .place = place,
        .stack = {(uint32_t)stack},
        .locks = {{(uint32_t)locks, (uint32_t)(locks >> 32)}},
    };
    return its == key && access->when != 0 && rs_load(&entry->act) == act;
}

/* The entry is won: only this thread writes it until it has an act again. The
 * fence at the end pairs with itself: of two threads one sees the other. */
static void
write_entry(struct entry *entry, uint64_t key, const struct rs_access *access)
{
    uint32_t number = (uint32_t)rs_load(&entry->act) + ACT_ONE;
    uint64_t act = (uint64_t)access->when << 32 | (number & ACT_NUMBER) |
                   (access->is_after ? ACT_AFTER : 0) | access->slot;

    atomic_thread_fence(memory_order_release);
    rs_store(&entry->key, key);
    rs_store(&entry->object,
             rs_access_key(access->object, access->generation));
    rs_store(&entry->place, access->place);
    rs_store(&entry->stack, (uint64_t)access->op << 32 | access->stack.id);
    rs_store(&entry->locks,
             access->locks.tags[0] | (uint64_t)access->locks.tags[1] << 32);
    rs_store_release(&entry->act, act);
    atomic_thread_fence(memory_order_seq_cst);
}

static bool
is_running(unsigned slot)
{
    const struct rs_thread *thread = rs_thread_get(slot);

    return thread != NULL && !rs_load(&thread->has_ended);
}

/* How good it is for the thread's access: its own one, one that nobody needs,
 * or that of another thing. */
enum fitness { OF_ANOTHER_THREAD, OF_ANOTHER_THING, FREE, OWN, FITTEST = OWN };

static enum fitness
fitness(struct entry *entry, uint64_t act, uint64_t key, unsigned slot)
{
    bool is_same = rs_load(&entry->key) == key;

    if (is_same && (act & ACT_SLOT) == slot)
        return OWN;
    if (!is_running(act & ACT_SLOT))
        return FREE;
    return is_same ? OF_ANOTHER_THREAD : OF_ANOTHER_THING;
}

/* Empties the entry for the thread. False when it is being written, or another
 * one was quicker. */
static bool
win(struct entry *entry, uint64_t act, unsigned slot)
{
    return (act >> 32 != 0 || act == 0) &&
           rs_swap_if(&entry->act, &act,
                      ((act + ACT_ONE) & ACT_NUMBER) | slot);
}

static struct entry *
win_fittest(struct rs_access_table *table, uint64_t key, unsigned slot)
{
    struct entry *entries = entries_of(table, key);

    for (int wanted = FITTEST; wanted >= 0; wanted--) {
        for (int i = 0; i < RS_ACCESSES; i++) {
            uint64_t act = rs_load(&entries[i].act);
            uint64_t its = rs_load(&entries[i].key);

            if ((int)fitness(&entries[i], act, key, slot) != wanted ||
                !win(&entries[i], act, slot))
                continue;
            if (wanted < FREE && table->is_alive(its))
                rs_lost_count(table->lost);
            return &entries[i];
        }
    }
    return NULL;
}

bool
rs_access_find(struct rs_access_table *table, uint64_t key, unsigned slot,
               struct rs_access *access)
{
    if (table->places == NULL)
        return false;
    for (int i = 0; i < RS_ACCESSES; i++) {
        if (read_entry(&entries_of(table, key)[i], key, access) &&
            access->slot == slot)
            return true;
    }
    return false;
}

void
rs_access_note(struct rs_access_table *table, uint64_t key,
               const struct rs_access *access)
{
    struct entry *entry;

    if (table->places == NULL)
        return;
    entry = win_fittest(table, key, access->slot);
    if (entry != NULL)
        write_entry(entry, key, access);
    else
        rs_lost_count(table->lost);
}

unsigned
rs_access_others(struct rs_access_table *table, uint64_t key, unsigned slot,
                 struct rs_access others[RS_ACCESSES])
{
    unsigned count = 0;

    if (table->places == NULL)
        return 0;
    for (int i = 0; i < RS_ACCESSES; i++) {
        struct rs_access *other = &others[count];

        count += read_entry(&entries_of(table, key)[i], key, other) &&
                 other->slot != slot &&
                 !RS_EXEMPT(access_thread_ended, !is_running(other->slot));
    }
    return count;
}
