/* SPDX-License-Identifier: MIT */
/* thread.c -- the registry of threads and the re-entry guard.
 *
 * An entry stays when its slot changes hands: a reader may follow any slot
 * number it finds, whenever. */
#include "thread/thread.h"

#include "base/core_note.h"
#include <pthread.h>
#include <string.h>

#include "os/arch.h"
#include "base/bits.h"
#include "base/check.h"
#include "base/lost.h"
#include "thread/happens_before.h"
#include "event/word.h"
#include "order/tsan.h"
#include "os/sys.h"
#include "thread/slot_memory.h"
#include "os/atomics.h"

#define LESS_ENTRIES 8 /* by that factor, where there are many threads */

static struct {
    struct rs_thread threads[RS_THREAD_SLOTS];
    struct rs_slot_memory memory; /* the rings and the memo */
    unsigned acts_entries;
    unsigned lives_entries;
    pthread_key_t at_end;
    bool has_key;
} all;

RS_CORE_ROWS(thread) = {RS_CORE_VARIABLE("threads", all.threads)};

RS_THREAD_LOCAL struct rs_thread *rs_thread_current;
_Atomic uint32_t rs_thread_life = RS_THREAD_STOPPED;

static RS_THREAD_LOCAL uint16_t announced_by;
static RS_THREAD_LOCAL uintptr_t announced_through;
/* No slot was to be had: do not ask again before another thread ends. */
static RS_THREAD_LOCAL bool is_refused;
static RS_THREAD_LOCAL uint32_t refused_at; /* rs_slots_ends() */

_Static_assert(RS_THREAD_SLOTS == RS_ORDER_SLOTS, "a slot, a clock");

static void
mark_ended(struct rs_thread *thread)
{
    /* Release: the name is there for whoever sees the end. Pairs with the
     * acquire in rs_thread_name(). */
    rs_store_release(&thread->has_ended, true);
    rs_happens_before_end(thread->slot);
    rs_slots_end(thread->slot);
}

/* The thread's key destructor. A destructor that runs after it and touches an
 * object attaches the thread again, under a new slot. */
static void
end_thread(void *value)
{
    struct rs_thread *thread = value;

    if (rs_thread_current == thread)
        rs_thread_current = NULL;
    rs_tsan_end_thread();
    rs_sys_own_name(thread->name);
    mark_ended(thread);
}

/* Rings and memo in one piece; they stay when the slot changes hands. */
static bool
map_memory(struct rs_thread *thread, unsigned slot)
{
    const unsigned less = slot < RS_SLOTS_FEW ? 1 : LESS_ENTRIES;
    const uint32_t acts = all.acts_entries / less;
    const uint32_t lives = all.lives_entries / less;
    const size_t entry = sizeof(struct rs_ring_entry);
    const size_t memo = RS_THREAD_MEMO_SIZE * sizeof(struct rs_memo);
    char *memory;

    if (thread->memo != NULL) {
        memset(thread->memo, 0, memo);
        return true;
    }
    memory =
        rs_slot_memory_map(&all.memory, slot, (acts + lives) * entry + memo);
    if (memory == NULL)
        return false;
    thread->acts.words = (uint64_t *)memory;
    thread->acts.size = acts;
    thread->lives.words = (uint64_t *)(memory + acts * entry);
    thread->lives.size = lives;
    thread->memo = (struct rs_memo *)(memory + (acts + lives) * entry);
    return true;
}

/* What it does until it has a slot is not seen, what it waits for neither. */
static unsigned
refuse(bool has_slot)
{
    if (!is_refused)
        rs_lost_count(has_slot ? RS_LOST_THREAD_MEMORY : RS_LOST_THREADS);
    is_refused = true;
    announced_through = 0;
    return 0;
}

/* A slot that has its memory, claimed; 0 when there is none. */
static unsigned
claim(void)
{
    unsigned slot;

    refused_at = rs_slots_ends();
    slot = rs_slots_claim();
    if (slot == 0)
        return refuse(false);
    if (map_memory(&all.threads[slot], slot))
        return slot;
    rs_slots_give_back(slot);
    return refuse(true);
}

static void
reset_ring(struct rs_ring *ring)
{
    rs_store(&ring->written, 0);
}

static struct rs_thread *
attach_slow(void)
{
    unsigned slot = claim();
    struct rs_thread *thread = &all.threads[slot];

    if (slot == 0)
        return NULL;
    is_refused = false;
    thread->slot = (uint16_t)slot;
    thread->live_word = rs_word_make(RS_STATE_LIVE, slot).bits;
    thread->tstate = NULL;
    rs_store(&thread->epoch, rs_load(&rs_thread_life));
    thread->now = rs_arch_ticks();
    rs_store(&thread->pointer, rs_arch_thread_pointer());
    thread->tid = rs_sys_thread_id();
    thread->created_by = announced_by;
    thread->name[0] = '\0';
    thread->announced = 0;
    rs_add(&thread->events, rs_load(&thread->acts.written));
    reset_ring(&thread->acts);
    reset_ring(&thread->lives);
    rs_unwind_bounds_read(&thread->bounds);
    /* Under a second slot it is ordered behind all that is past: what it knew
     * is not copied. */
    rs_happens_before_begin(slot, announced_through);
    announced_through = 0;
    rs_store(&thread->has_ended, false);
    rs_slots_run(slot);
    rs_thread_current = thread;
    (void)pthread_setspecific(all.at_end, thread);
    return thread;
}

/* A new life of the runtime: the thread goes on under a new slot. */
static struct rs_thread *
attach_again(struct rs_thread *old)
{
    announced_by = old->created_by;
    rs_sys_own_name(old->name);
    mark_ended(old);
    rs_thread_current = NULL;
    return attach_slow();
}

struct rs_thread *
rs_thread_enter_slow(void)
{
    struct rs_thread *self = rs_thread_current;
    uint32_t life = rs_load(&rs_thread_life);

    if (life == RS_THREAD_STOPPED)
        return NULL;
    if (self == NULL)
        self =
            is_refused && refused_at == rs_slots_ends() ? NULL : attach_slow();
    else if (rs_load(&self->gate) == RS_THREAD_INSIDE) {
        rs_lost_count(RS_LOST_REENTRY);
        return NULL;
    }
    else if (rs_load(&self->epoch) != life)
        self = attach_again(self);
    if (self != NULL)
        rs_store(&self->gate, RS_THREAD_INSIDE);
    return self;
}

unsigned
rs_thread_top(void)
{
    return rs_slots_top();
}

struct rs_thread *
rs_thread_get(unsigned slot)
{
    return slot == 0 || slot > rs_slots_top() ? NULL : &all.threads[slot];
}

void
rs_thread_announce(unsigned created_by, uintptr_t through)
{
    announced_by = (uint16_t)created_by;
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
    rs_add(&rs_thread_life, 1);
}

uint32_t
rs_thread_epoch(void)
{
    return rs_load(&rs_thread_life);
}

void
rs_thread_prepare(void)
{
    if (!all.has_key)
        all.has_key = pthread_key_create(&all.at_end, end_thread) == 0;
    RS_CHECK(all.has_key);
}

void
rs_thread_start(unsigned acts_entries, unsigned lives_entries)
{
    all.acts_entries = rs_power_of_two(acts_entries);
    all.lives_entries = rs_power_of_two(lives_entries);
    rs_thread_prepare();
    rs_store_release(&rs_thread_life, 0);
}

void
rs_thread_stop(void)
{
    rs_store_release(&rs_thread_life, RS_THREAD_STOPPED);
}

/* Names of the others are lost: the child has no such threads. */
void
rs_thread_after_fork(void)
{
    for (unsigned slot = 1; slot <= rs_slots_top(); slot++) {
        struct rs_thread *thread = &all.threads[slot];

        if (rs_slots_use(slot) != RS_SLOT_RUNNING)
            continue;
        if (thread == rs_thread_current)
            thread->tid = rs_sys_thread_id();
        else
            mark_ended(thread);
    }
    rs_happens_before_after_fork(
        rs_thread_current != NULL ? rs_thread_current->slot : 0);
}
