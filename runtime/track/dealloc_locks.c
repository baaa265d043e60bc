/* SPDX-License-Identifier: MIT */
/* dealloc_locks.c -- see dealloc_locks.h. Fields of a type's entry are relaxed
 * atomics: two deallocs at once may keep one's locks with the other's stack.
 */
#include "track/dealloc_locks.h"

#include <stdatomic.h>
#include <stddef.h>

#include "base/check.h"
#include "base/exempt.h"
#include "track/locks.h"
#include "os/sys.h"

#define ENTRIES  256
#define DEALLOCS 4 /* one inside the other, on one thread */

struct entry {
    _Atomic uintptr_t type;
    _Atomic uintptr_t locks[RS_DEALLOC_LOCKS_LOCKS];
    _Atomic bool is_registry;
    _Atomic uint32_t slot;
    _Atomic uint32_t stack;
};

static struct {
    struct entry *entries;
} unregister;

struct dealloc {
    uintptr_t object, type;
    uint32_t taken; /* rs_locks.taken when it began */
    unsigned slot;
    rs_stack stack;
};

static RS_THREAD_LOCAL struct dealloc deallocs[DEALLOCS];
static RS_THREAD_LOCAL unsigned next;

void
rs_dealloc_locks_start(void)
{
    unregister.entries = rs_sys_map(ENTRIES * sizeof(struct entry));
}

static struct entry *
place_of(uintptr_t type)
{
    uint64_t hash = (type >> 4) * UINT64_C(0x9e3779b97f4a7c15);

    return unregister.entries != NULL ? &unregister.entries[hash >> 56] : NULL;
}

void
rs_dealloc_locks_begin(uintptr_t object, uintptr_t type, unsigned slot,
                       rs_stack stack)
{
    deallocs[next++ % DEALLOCS] =
        (struct dealloc){object, type, rs_locks.taken, slot, stack};
}

/* The locks of this dealloc that those before it took, too; or of the first.
 */
static void
keep_locks(struct entry *entry, const struct dealloc *dealloc)
{
    bool is_first = atomic_load_explicit(&entry->type, memory_order_relaxed) !=
                    dealloc->type;

    for (unsigned i = 0; i < RS_DEALLOC_LOCKS_LOCKS; i++) {
        uintptr_t lock =
            atomic_load_explicit(&entry->locks[i], memory_order_relaxed);

        if (is_first)
            lock = rs_locks_taken_since(dealloc->taken, i);
        else if (lock != 0 &&
                 RS_EXEMPT(dealloc_lock_not_always,
                           !rs_locks_was_taken(dealloc->taken, lock)))
            lock = 0;
        atomic_store_explicit(&entry->locks[i], lock, memory_order_relaxed);
    }
    if (!is_first)
        return;
    atomic_store_explicit(&entry->is_registry, false, memory_order_relaxed);
    atomic_store_explicit(&entry->slot, dealloc->slot, memory_order_relaxed);
    atomic_store_explicit(&entry->stack, dealloc->stack.id,
                          memory_order_relaxed);
    atomic_store_explicit(&entry->type, dealloc->type, memory_order_relaxed);
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

struct rs_dealloc_locks_facts
rs_dealloc_locks_ask(uintptr_t type)
{
    struct rs_dealloc_locks_facts facts = {.is_known = false};
    struct entry *entry = place_of(type);

    if (entry == NULL ||
        atomic_load_explicit(&entry->type, memory_order_relaxed) != type)
        return facts;
    for (unsigned i = 0; i < RS_DEALLOC_LOCKS_LOCKS; i++) {
        uintptr_t lock =
            atomic_load_explicit(&entry->locks[i], memory_order_relaxed);

        facts.is_known |= lock != 0;
        facts.is_common |= lock != 0 && rs_locks_has(lock);
    }
    facts.is_guarded = rs_locks.count != 0 || rs_locks.has_overflown;
    facts.is_registry =
        atomic_load_explicit(&entry->is_registry, memory_order_relaxed);
    facts.slot = atomic_load_explicit(&entry->slot, memory_order_relaxed);
    facts.stack.id = atomic_load_explicit(&entry->stack, memory_order_relaxed);
    if (facts.is_common && !facts.is_registry)
        atomic_store_explicit(&entry->is_registry, true, memory_order_relaxed);
    return facts;
}
