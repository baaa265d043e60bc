/* SPDX-License-Identifier: MIT */
/* ring.h -- what a thread did lately: the flight recorder.
 *
 * Two rings a thread, one writer each, no shared line. `acts` are the reference
 * operations refsan saw; `lives` the births and deaths of objects. Readers on
 * other threads copy entries while they are overwritten; they read the writer's
 * counter before and after and drop what may be torn. An entry's words are
 * relaxed atomics: the counter's release store publishes them. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "os/atomics.h"

/* One entry. What `place` and `detail` hold differs: rs_ring_act(),
 * rs_ring_site() and rs_ring_life() pack them, and the functions named after
 * these unpack them. */
struct rs_ring_entry {
    uint64_t ticks;  /* rs_arch_ticks(); for births a lower bound (shadow.c) */
    uint64_t target; /* rs_target_make() */
    uint64_t place;
    uint64_t detail;
};
#define RS_RING_ENTRY_WORDS 4
_Static_assert(sizeof(struct rs_ring_entry) == 8 * RS_RING_ENTRY_WORDS,
               "options.def says 32 bytes");

/* `size` entries, a power of two. `written` counts all ever written. */
struct rs_ring {
    uint64_t *words; /* RS_RING_ENTRY_WORDS an entry */
    uint32_t size;
    _Atomic uint64_t written;
};

/* In place of the event's highest bit: the entry's place is a site's
 * (fast_ops.h), not a stack. */
#define RS_TARGET_SITE (UINT64_C(1) << 55)

/* Object, event and the low byte of the word's generation (word.h). `object`
 * has at most 48 bits. */
static inline uint64_t
rs_target_make(uintptr_t object, unsigned event, unsigned generation)
{
    RS_DCHECK(object >> 48 == 0 && event < 0x80);
    return (uint64_t)object | (uint64_t)event << 48 |
           (uint64_t)generation << 56;
}

static inline uintptr_t
rs_target_object(uint64_t target)
{
    return (uintptr_t)(target & UINT64_C(0xffffffffffff));
}

static inline unsigned
rs_target_event(uint64_t target)
{
    return (unsigned)(target >> 48 & 0x7f);
}

/* Is it about this life of the object? A life 256 generations before or after
 * it has the same byte. */
static inline bool
rs_target_is_of(uint64_t target, uintptr_t object, unsigned generation)
{
    return rs_target_object(target) == object &&
           target >> 56 == (generation & 0xff);
}

/* `low` has 32 bits, of `high` as many are kept. They come as 64, because the
 * short ways have them so. */
static inline uint64_t
rs_ring_pair(uint64_t low, uint64_t high)
{
    RS_DCHECK(low >> 32 == 0);
    return low | high << 32;
}

/* Above the stack, or the site, which has 48 bits: the act was not done; and
 * the signs of its counts. */
#define RS_RING_SKIPPED      (UINT64_C(1) << 63)
#define RS_RING_BELOW_AFTER  (UINT64_C(1) << 62)
#define RS_RING_BELOW_BEFORE (UINT64_C(1) << 61)
#define RS_RING_SITE_MASK    UINT64_C(0xffffffffffff)

static inline struct rs_ring_entry
rs_ring_act(uint64_t ticks, uint64_t target, uint32_t stack, uint64_t counts)
{
    return (struct rs_ring_entry){ticks, target, stack, counts};
}

/* The place alone, of an operation that instrumented code announced. */
static inline struct rs_ring_entry
rs_ring_site(uint64_t ticks, uint64_t target, uintptr_t pc, uint64_t counts)
{
    return (struct rs_ring_entry){ticks, target | RS_TARGET_SITE, pc, counts};
}

/* The same with counts, from INT32_MIN, which is "not known", to UINT32_MAX. */
static inline struct rs_ring_entry
rs_ring_with_counts(struct rs_ring_entry entry, int64_t before, int64_t after)
{
    entry.place |= (before < 0 ? RS_RING_BELOW_BEFORE : 0) |
                   (after < 0 ? RS_RING_BELOW_AFTER : 0);
    entry.detail = rs_ring_pair((uint32_t)before, (uint32_t)after);
    return entry;
}

static inline bool
rs_ring_act_has_site(const struct rs_ring_entry *entry)
{
    return (entry->target & RS_TARGET_SITE) != 0;
}

static inline bool
rs_ring_act_is_skipped(const struct rs_ring_entry *entry)
{
    return (entry->place & RS_RING_SKIPPED) != 0;
}

static inline uintptr_t
rs_ring_act_site(const struct rs_ring_entry *entry)
{
    return (uintptr_t)(entry->place & RS_RING_SITE_MASK);
}

static inline uint32_t
rs_ring_act_stack(const struct rs_ring_entry *entry)
{
    return (uint32_t)entry->place;
}

static inline int64_t
rs_ring_act_before(const struct rs_ring_entry *entry)
{
    uint32_t low = (uint32_t)entry->detail;

    return (entry->place & RS_RING_BELOW_BEFORE) != 0 ? (int64_t)(int32_t)low
                                                      : (int64_t)low;
}

static inline int64_t
rs_ring_act_after(const struct rs_ring_entry *entry)
{
    uint32_t low = (uint32_t)(entry->detail >> 32);

    return (entry->place & RS_RING_BELOW_AFTER) != 0 ? (int64_t)(int32_t)low
                                                     : (int64_t)low;
}

/* Half of a frame's address, to be compared with those of the same stack.
 *
 * Wrong when: two frames lie 2 GiB or more apart. */
typedef struct {
    uint32_t low;
} rs_frame32;

static inline rs_frame32
rs_frame32_make(uintptr_t frame)
{
    return (rs_frame32){(uint32_t)frame};
}

/* By how many bytes `frame` lies above `other`; negative below it. A stack may
 * lie across a multiple of 4 GiB, so the difference counts, not the halves. */
static inline int32_t
rs_frame32_above(rs_frame32 frame, rs_frame32 other)
{
    return (int32_t)(frame.low - other.low);
}

/* One birth or death: the Python frame that was on top, raw (top_frame.h), and
 * where the tracer's frame was. `code` is that frame's first word, or
 * RS_LIFE_STACK and a stack's id (birth_stacks=1). */
#define RS_LIFE_STACK (UINT64_C(1) << 63)
static inline struct rs_ring_entry
rs_ring_life(uint64_t ticks, uint64_t target, uint64_t code,
             uint32_t instruction_low, uintptr_t frame)
{
    return (struct rs_ring_entry){
        ticks, target, code,
        rs_ring_pair(instruction_low, rs_frame32_make(frame).low)};
}

static inline uint32_t
rs_ring_life_instruction(const struct rs_ring_entry *entry)
{
    return (uint32_t)entry->detail;
}

static inline rs_frame32
rs_ring_life_frame(const struct rs_ring_entry *entry)
{
    return (rs_frame32){(uint32_t)(entry->detail >> 32)};
}

static inline _Atomic uint64_t *
rs_ring_slot(const struct rs_ring *ring, uint64_t at)
{
    RS_DCHECK(ring->size != 0 && (ring->size & (ring->size - 1)) == 0);
    return (_Atomic uint64_t *)(ring->words +
                                (at & (ring->size - 1)) * RS_RING_ENTRY_WORDS);
}

/* The number of the writer's next entry. */
static inline uint64_t
rs_ring_next(const struct rs_ring *ring)
{
    return rs_load(&((struct rs_ring *)(uintptr_t)ring)->written);
}

/* Writes entry number `at`, which was the next. False when a signal handler
 * wrote one in between: this one is lost, and may be written again.
 *
 * Missed: a handler between the last look and the counter's store; its entries
 * are then lost, or this one is. */
RS_INLINE bool
rs_ring_push(struct rs_ring *ring, uint64_t at, struct rs_ring_entry entry)
{
    _Atomic uint64_t *slot = rs_ring_slot(ring, at);

    rs_store(&slot[0], entry.ticks);
    rs_store(&slot[1], entry.target);
    rs_store(&slot[2], entry.place);
    rs_store(&slot[3], entry.detail);
    atomic_signal_fence(memory_order_seq_cst);
    if (rs_unlikely(rs_ring_next(ring) != at))
        return false;
    /* Release: pairs with the acquire load in rs_ring_read(). */
    rs_store_release(&ring->written, at + 1);
    /* Release: pairs with the acquire fence in rs_ring_read(). Who copies a
     * word of the next entry sees that this one was counted, and drops the copy
     * of the one that was there. Here, not before the words, it costs no
     * register on x86-64. */
    atomic_thread_fence(memory_order_release);
    return true;
}

/* Entry number `at`, an act of the calling thread's, was not done. */
static inline void
rs_ring_skip_last(struct rs_ring *ring, uint64_t at)
{
    _Atomic uint64_t *place = &rs_ring_slot(ring, at)[2];

    rs_store(place, rs_load(place) | RS_RING_SKIPPED);
}

/* The same, once more after each handler. */
static inline void
rs_ring_add(struct rs_ring *ring, struct rs_ring_entry entry)
{
    while (rs_unlikely(!rs_ring_push(ring, rs_ring_next(ring), entry)))
        continue;
}

/* Copies entry number `at`. False when it was overwritten, or may have been. */
static inline bool
rs_ring_read(const struct rs_ring *ring, uint64_t at,
             struct rs_ring_entry *entry)
{
    struct rs_ring *r = (struct rs_ring *)(uintptr_t)ring;
    _Atomic uint64_t *slot = rs_ring_slot(ring, at);

    if (rs_load_acquire(&r->written) <= at)
        return false;
    entry->ticks = rs_load(&slot[0]);
    entry->target = rs_load(&slot[1]);
    entry->place = rs_load(&slot[2]);
    entry->detail = rs_load(&slot[3]);
    /* The writer fills slot `at` for entry at + size before it counts it, so an
     * entry is whole only while the writer has not come that far. Acquire:
     * pairs with the release fence in rs_ring_push(). */
    atomic_thread_fence(memory_order_acquire);
    return rs_load(&r->written) < at + ring->size;
}
