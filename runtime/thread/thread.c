/* SPDX-License-Identifier: MIT */
/* thread.c -- the registry of threads and the re-entry guard.
 *
 * A slot is claimed with one compare-and-swap and never unmapped, so a reader
 * may follow any slot number it finds in the shadow, whenever. What a reader
 * of a slot that is being taken over sees is the new thread's name for the old
 * thread's objects: counted as RS_LOST_SLOTS, and only after 255 threads. */
#include "thread/thread.h"

#include <pthread.h>
#include <string.h>

#include "os/arch.h"
#include "base/bits.h"
#include "base/check.h"
#include "base/lost.h"
#include "thread/happens_before.h"
#include "event/word.h"
#include "os/sys.h"

enum slot_use {
    SLOT_FREE = 0,
    SLOT_CLAIMED, /* being filled */
    SLOT_RUNNING,
    SLOT_ENDED,
};

static struct {
    struct rs_thread slots[RS_THREAD_SLOTS];
    _Atomic uint8_t use[RS_THREAD_SLOTS]; /* enum slot_use */
    unsigned acts_entries;
    unsigned lives_entries;
    pthread_key_t at_end;
    bool has_key;
} threads;

RS_THREAD_LOCAL struct rs_thread *rs_thread_current;
_Atomic uint32_t rs_thread_life = RS_THREAD_STOPPED;

static RS_THREAD_LOCAL uint8_t announced_by;
static RS_THREAD_LOCAL uintptr_t announced_through;
static RS_THREAD_LOCAL bool
    is_refused; /* no slot to be had: do not ask again */

_Static_assert(RS_THREAD_SLOTS == RS_ORDER_SLOTS, "a slot, a clock");

static uint64_t
ended_at(unsigned slot)
{
    return atomic_load_explicit(&threads.slots[slot].ended_at,
                                memory_order_relaxed);
}

static void
mark_ended(struct rs_thread *thread)
{
    rs_sys_thread_name(thread->tid, thread->name, sizeof(thread->name));
    /* Relaxed: who looks for the oldest may read it while the slot changes
     * hands; at worst it takes a younger one. */
    atomic_store_explicit(&thread->ended_at, rs_arch_ticks(),
                          memory_order_relaxed);
    /* Release: the name is there for whoever sees the end. Pairs with the
     * acquire in rs_thread_name(). */
    atomic_store_explicit(&thread->has_ended, true, memory_order_release);
    atomic_store_explicit(&threads.use[thread->slot], SLOT_ENDED,
                          memory_order_release);
}

/* The thread's key destructor. A destructor that runs after it and touches an
 * object attaches the thread again, under a new slot. */
static void
end_thread(void *value)
{
    struct rs_thread *thread = value;

    if (rs_thread_current == thread)
        rs_thread_current = NULL;
    mark_ended(thread);
}

static unsigned
claim_free(void)
{
    for (unsigned slot = 1; slot < RS_THREAD_SLOTS; slot++) {
        uint8_t expected = SLOT_FREE;

        if (atomic_load_explicit(&threads.use[slot], memory_order_relaxed) ==
                SLOT_FREE &&
            atomic_compare_exchange_strong_explicit(
                &threads.use[slot], &expected, SLOT_CLAIMED,
                memory_order_acquire, memory_order_relaxed))
            return slot;
    }
    return 0;
}

static unsigned
claim_oldest_ended(void)
{
    for (int tries = 0; tries < 16; tries++) {
        unsigned oldest = 0;
        uint8_t expected = SLOT_ENDED;

        for (unsigned slot = 1; slot < RS_THREAD_SLOTS; slot++) {
            if (atomic_load_explicit(&threads.use[slot],
                                     memory_order_acquire) != SLOT_ENDED)
                continue;
            if (oldest == 0 || ended_at(slot) < ended_at(oldest))
                oldest = slot;
        }
        if (oldest == 0)
            return 0;
        if (atomic_compare_exchange_strong_explicit(
                &threads.use[oldest], &expected, SLOT_CLAIMED,
                memory_order_acquire, memory_order_relaxed)) {
            rs_lost_count(RS_LOST_SLOTS);
            return oldest;
        }
    }
    return 0;
}

/* Rings and memo in one mapping; kept when the slot changes hands. */
static bool
map_memory(struct rs_thread *thread)
{
    size_t acts = threads.acts_entries * sizeof(struct rs_ring_entry);
    size_t lives = threads.lives_entries * sizeof(struct rs_ring_entry);
    size_t memo = RS_THREAD_MEMO_SIZE * sizeof(struct rs_memo);
    char *memory;

    if (thread->memo != NULL) {
        memset(thread->memo, 0, memo);
        return true;
    }
    memory = rs_sys_map(acts + lives + memo);
    if (memory == NULL)
        return false;
    thread->acts.words = (uint64_t *)memory;
    thread->acts.size = threads.acts_entries;
    thread->lives.words = (uint64_t *)(memory + acts);
    thread->lives.size = threads.lives_entries;
    thread->memo = (struct rs_memo *)(memory + acts + lives);
    return true;
}

static void
reset_ring(struct rs_ring *ring)
{
    atomic_store_explicit(&ring->written, 0, memory_order_relaxed);
}

static struct rs_thread *
attach_slow(void)
{
    unsigned slot = claim_free();
    struct rs_thread *thread;

    if (slot == 0)
        slot = claim_oldest_ended();
    thread = &threads.slots[slot];
    if (slot == 0 || !map_memory(thread)) {
        is_refused = true;
        rs_lost_count(RS_LOST_THREADS);
        return NULL;
    }
    thread->live_word = rs_word_make(RS_STATE_LIVE, slot).bits;
    thread->tstate = NULL;
    atomic_store_explicit(
        &thread->epoch,
        atomic_load_explicit(&rs_thread_life, memory_order_relaxed),
        memory_order_relaxed);
    thread->now = rs_arch_ticks();
    atomic_store_explicit(&thread->pointer, rs_arch_thread_pointer(),
                          memory_order_relaxed);
    thread->tid = rs_sys_thread_id();
    thread->created_by = announced_by;
    thread->name[0] = '\0';
    thread->announced = 0;
    atomic_fetch_add_explicit(
        &thread->events,
        atomic_load_explicit(&thread->acts.written, memory_order_relaxed),
        memory_order_relaxed);
    reset_ring(&thread->acts);
    reset_ring(&thread->lives);
    rs_unwind_bounds_read(&thread->bounds);
    /* Under a second slot it is ordered behind all that is past: what it knew
     * is not copied. */
    rs_happens_before_begin(slot, announced_through);
    announced_through = 0;
    atomic_store_explicit(&thread->has_ended, false, memory_order_relaxed);
    /* Release: pairs with the acquire in rs_thread_find_owner(). */
    atomic_store_explicit(&threads.use[slot], SLOT_RUNNING,
                          memory_order_release);
    rs_thread_current = thread;
    (void)pthread_setspecific(threads.at_end, thread);
    return thread;
}

/* A new life of the runtime: the thread goes on under a new slot. */
static struct rs_thread *
attach_again(struct rs_thread *old)
{
    announced_by = old->created_by;
    mark_ended(old);
    rs_thread_current = NULL;
    return attach_slow();
}

struct rs_thread *
rs_thread_enter_slow(void)
{
    struct rs_thread *self = rs_thread_current;
    uint32_t life =
        atomic_load_explicit(&rs_thread_life, memory_order_relaxed);

    if (life == RS_THREAD_STOPPED)
        return NULL;
    if (self == NULL)
        self = is_refused ? NULL : attach_slow();
    else if (atomic_load_explicit(&self->gate, memory_order_relaxed) ==
             RS_THREAD_INSIDE) {
        rs_lost_count(RS_LOST_REENTRY);
        return NULL;
    }
    else if (atomic_load_explicit(&self->epoch, memory_order_relaxed) != life)
        self = attach_again(self);
    if (self != NULL)
        atomic_store_explicit(&self->gate, RS_THREAD_INSIDE,
                              memory_order_relaxed);
    return self;
}

struct rs_thread *
rs_thread_get(unsigned slot)
{
    if (slot == 0 || slot >= RS_THREAD_SLOTS || threads.slots[slot].slot == 0)
        return NULL;
    return &threads.slots[slot];
}

unsigned
rs_thread_find_owner(uintptr_t pointer)
{
    unsigned found = 0;

    for (unsigned slot = 1; slot < RS_THREAD_SLOTS; slot++) {
        const struct rs_thread *thread = &threads.slots[slot];
        uint8_t use =
            atomic_load_explicit(&threads.use[slot], memory_order_acquire);

        if (use <= SLOT_CLAIMED ||
            atomic_load_explicit(&thread->pointer, memory_order_relaxed) !=
                pointer)
            continue;
        if (use == SLOT_RUNNING)
            return slot;
        if (found == 0 || ended_at(slot) > ended_at(found))
            found = slot;
    }
    return found;
}

void
rs_thread_name(unsigned slot, char *name, unsigned bytes)
{
    struct rs_thread *thread = rs_thread_get(slot);

    name[0] = '\0';
    if (thread == NULL)
        return;
    if (!atomic_load_explicit(&thread->has_ended, memory_order_acquire)) {
        rs_sys_thread_name(thread->tid, name, bytes);
        return;
    }
    strncpy(name, thread->name, bytes - 1);
    name[bytes - 1] = '\0';
}

void
rs_thread_announce(unsigned created_by, uintptr_t through)
{
    announced_by = (uint8_t)created_by;
    announced_through = through;
}

void
rs_thread_announce_nothing(void)
{
    announced_through = 0;
}

void
rs_thread_new_epoch(void)
{
    atomic_fetch_add_explicit(&rs_thread_life, 1, memory_order_relaxed);
}

uint32_t
rs_thread_epoch(void)
{
    return atomic_load_explicit(&rs_thread_life, memory_order_relaxed);
}

void
rs_thread_prepare(void)
{
    if (!threads.has_key)
        threads.has_key = pthread_key_create(&threads.at_end, end_thread) == 0;
    RS_CHECK(threads.has_key);
}

void
rs_thread_start(unsigned acts_entries, unsigned lives_entries)
{
    for (unsigned slot = 0; slot < RS_THREAD_SLOTS; slot++)
        threads.slots[slot].slot = (uint8_t)slot;
    threads.acts_entries = rs_power_of_two(acts_entries);
    threads.lives_entries = rs_power_of_two(lives_entries);
    rs_thread_prepare();
    atomic_store_explicit(&rs_thread_life, 0, memory_order_release);
}

void
rs_thread_stop(void)
{
    atomic_store_explicit(&rs_thread_life, RS_THREAD_STOPPED,
                          memory_order_release);
}

void
rs_thread_after_fork(void)
{
    for (unsigned slot = 1; slot < RS_THREAD_SLOTS; slot++) {
        struct rs_thread *thread = &threads.slots[slot];

        if (atomic_load_explicit(&threads.use[slot], memory_order_relaxed) !=
            SLOT_RUNNING)
            continue;
        if (thread == rs_thread_current)
            thread->tid = rs_sys_thread_id();
        else
            mark_ended(thread);
    }
    rs_happens_before_after_fork(
        rs_thread_current != NULL ? rs_thread_current->slot : 0);
}

uint64_t
rs_thread_events(void)
{
    uint64_t total = 0;

    for (unsigned slot = 1; slot < RS_THREAD_SLOTS; slot++)
        total += atomic_load_explicit(&threads.slots[slot].events,
                                      memory_order_relaxed) +
                 atomic_load_explicit(&threads.slots[slot].acts.written,
                                      memory_order_relaxed);
    return total;
}
