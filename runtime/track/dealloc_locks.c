/* SPDX-License-Identifier: MIT */
/* dealloc_locks.c -- see dealloc_locks.h. The event path: no lock, no
 * allocation. A type's entry is a seqlock: it is read whole or not at all, and
 * whoever finds it being written does not wait. What he would have written is
 * missing then, so nothing is known of the type until the next dealloc. */
#include "track/dealloc_locks.h"

#include <stdatomic.h>
#include <stddef.h>

#include "base/check.h"
#include "base/exempt.h"
#include "base/lost.h"
#include "os/sys.h"
#include "track/locks.h"
#include "os/atomics.h"

#define ENTRIES  256
#define DEALLOCS 4 /* one inside the other, on one thread */

struct entry {
    _Atomic uint32_t changes; /* odd while it is being written */
    _Atomic bool is_torn;     /* a dealloc is missing */
    _Atomic uintptr_t type;
    _Atomic uintptr_t locks[RS_DEALLOC_LOCKS_LOCKS];
    _Atomic uintptr_t registry_of; /* the type, once it is known to be one */
    _Atomic uint32_t slot;
    _Atomic uint32_t stack;
};

static struct entry *entries;

struct dealloc {
    uintptr_t object, type;
    uint32_t taken; /* rs_locks.taken when it began */
    unsigned slot;
    rs_stack stack;
};

static RS_THREAD_LOCAL struct dealloc deallocs[DEALLOCS];
static RS_THREAD_LOCAL unsigned next;

bool
rs_dealloc_locks_start(void)
{
    entries = rs_sys_map(ENTRIES * sizeof(struct entry));
    return entries != NULL;
}

static struct entry *
place_of(uintptr_t type)
{
    uint64_t hash = (type >> 4) * UINT64_C(0x9e3779b97f4a7c15);

    return entries != NULL ? &entries[hash >> 56] : NULL;
}

void
rs_dealloc_locks_begin(uintptr_t object, uintptr_t type, unsigned slot,
                       rs_stack stack)
{
    struct dealloc *place = &deallocs[next++ % DEALLOCS];

    if (place->object != 0) /* not over, or its memory was kept */
        rs_lost_count(RS_LOST_DEALLOCS);
    *place = (struct dealloc){object, type, rs_locks.taken, slot, stack};
}

/* The first dealloc of the type that is known. */
static void
begin_type(struct entry *entry, const struct dealloc *dealloc)
{
    const uintptr_t old = rs_load(&entry->type);

    if (old != 0 && old != dealloc->type)
        rs_lost_count(RS_LOST_DEALLOC_LOCKS);
    rs_store(&entry->type, dealloc->type);
    rs_store(&entry->registry_of, 0);
    rs_store(&entry->slot, dealloc->slot);
    rs_store(&entry->stack, dealloc->stack.id);
    for (unsigned i = 0; i < RS_DEALLOC_LOCKS_LOCKS; i++)
        rs_store(&entry->locks[i], rs_locks_taken_since(dealloc->taken, i));
}

/* The locks of this dealloc that those before it took, too. */
static void
keep_common(struct entry *entry, const struct dealloc *dealloc)
{
    for (unsigned i = 0; i < RS_DEALLOC_LOCKS_LOCKS; i++) {
        uintptr_t lock = rs_load(&entry->locks[i]);

        if (lock != 0 && RS_EXEMPT(dealloc_lock_not_always,
                                   !rs_locks_was_taken(dealloc->taken, lock)))
            rs_store(&entry->locks[i], 0);
    }
}

/* Acquire, release and the fence: pair with the acquires in read_entry(). */
static void
keep_locks(struct entry *entry, const struct dealloc *dealloc)
{
    uint32_t changes = rs_load(&entry->changes);

    if ((changes & 1) != 0 ||
        !atomic_compare_exchange_strong_explicit(
            &entry->changes, &changes, changes + 1, memory_order_acquire,
            memory_order_relaxed)) {
        rs_store(&entry->is_torn, true);
        rs_lost_count(RS_LOST_DEALLOC_LOCKS);
        return;
    }
    atomic_thread_fence(memory_order_release);
    if (atomic_exchange_explicit(&entry->is_torn, false,
                                 memory_order_relaxed) ||
        rs_load(&entry->type) != dealloc->type)
        begin_type(entry, dealloc);
    else
        keep_common(entry, dealloc);
    rs_store_release(&entry->changes, changes + 2);
}

void
rs_dealloc_locks_end(uintptr_t object)
{
    for (unsigned i = 0; i < DEALLOCS; i++) {
        struct dealloc *dealloc = &deallocs[i];
        struct entry *entry;

        if (dealloc->object != object)
            continue;
        entry = place_of(dealloc->type);
        if (entry != NULL)
            keep_locks(entry, dealloc);
        dealloc->object = 0;
    }
}

bool
rs_dealloc_locks_has_taken(uintptr_t object)
{
    for (unsigned i = 0; i < DEALLOCS; i++) {
        if (deallocs[i].object == object)
            return rs_locks_taken_since(deallocs[i].taken, 0) != 0;
    }
    return false;
}

/* False when it is of another type, or was being written. */
static bool
read_entry(struct entry *entry, uintptr_t type,
           uintptr_t locks[RS_DEALLOC_LOCKS_LOCKS],
           struct rs_dealloc_locks_facts *facts, struct rs_told *told)
{
    uint32_t changes = rs_load_acquire(&entry->changes);
    uintptr_t its = rs_load_acquire(&entry->type);

    for (unsigned i = 0; i < RS_DEALLOC_LOCKS_LOCKS; i++)
        locks[i] = rs_load_acquire(&entry->locks[i]);
    facts->is_registry = rs_load_acquire(&entry->registry_of) == type;
    told->slot = rs_load_acquire(&entry->slot);
    told->stack.id = rs_load_acquire(&entry->stack);
    return its == type && !rs_load_acquire(&entry->is_torn) &&
           (changes & 1) == 0 && rs_load(&entry->changes) == changes;
}

void
rs_dealloc_locks_describe(uintptr_t type, struct rs_step *step)
{
    struct rs_dealloc_locks_facts *facts = &step->dealloc_locks;
    struct rs_told told = {.role = RS_ROLE_UNREGISTERED, .op = RS_EV_GONE};
    struct entry *entry = place_of(type);
    uintptr_t locks[RS_DEALLOC_LOCKS_LOCKS];

    *facts = (struct rs_dealloc_locks_facts){.is_known = false};
    if (entry == NULL || !read_entry(entry, type, locks, facts, &told)) {
        *facts = (struct rs_dealloc_locks_facts){.is_known = false};
        return;
    }
    for (unsigned i = 0; i < RS_DEALLOC_LOCKS_LOCKS; i++) {
        facts->is_known |= locks[i] != 0;
        facts->is_common |= locks[i] != 0 && rs_locks_has(locks[i]);
    }
    facts->is_guarded = rs_locks.count != 0 || rs_locks.has_overflown;
    if (facts->is_common && !facts->is_registry)
        rs_store(&entry->registry_of, type);
    if (facts->is_known)
        rs_step_tell(step, told);
}
