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

/* One operation. 32 bytes. */
struct rs_act {
    uint64_t ticks;  /* rs_arch_ticks() */
    uint64_t target; /* rs_target_make: object, event, generation */
    uint32_t stack;
    uint32_t argument;    /* result or value, where the event has one */
    int32_t count_before; /* clamped; INT32_MIN when the header was not read */
    int32_t count_after;
};

/* One birth or death. 32 bytes. */
struct rs_life {
    uint64_t ticks; /* a lower bound for births (see shadow.c) */
    uint64_t target;
    uint64_t code; /* the Python frame that was on top, raw (top_frame.h), or
                         RS_LIFE_STACK and a stack's id (birth_stacks=1) … */
    uint32_t instruction_low; /* … and the second word of the frame */
    uint32_t frame32;         /* low bits of the tracer's frame address */
};

#define RS_LIFE_STACK (UINT64_C(1) << 63)

/* In place of the event's highest bit: the entry's third word is a site's
 * (fast_ops.h), not a stack and an argument. */
#define RS_TARGET_SITE (UINT64_C(1) << 55)

/* The low byte of the word's generation goes along (word.h). */
static inline uint64_t
rs_target_make(uintptr_t object, unsigned event, unsigned generation)
{
    return ((uint64_t)object & UINT64_C(0xffffffffffff)) |
           (uint64_t)event << 48 | (uint64_t)generation << 56;
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

static inline unsigned
rs_target_generation(uint64_t target)
{
    return (unsigned)(target >> 56);
}

/* `size` entries, a power of two. `written` counts all ever written. */
struct rs_ring {
    uint64_t *words; /* 4 words an entry */
    uint32_t size;
    _Atomic uint64_t written;
};

#define RS_RING_ENTRY_WORDS 4

static inline void
rs_ring_push(struct rs_ring *ring, uint64_t word0, uint64_t word1,
             uint64_t word2, uint64_t word3)
{
    uint64_t at = atomic_load_explicit(&ring->written, memory_order_relaxed);
    _Atomic uint64_t *slot =
        (_Atomic uint64_t *)(ring->words +
                             (at & (ring->size - 1)) * RS_RING_ENTRY_WORDS);

    atomic_store_explicit(&slot[0], word0, memory_order_relaxed);
    atomic_store_explicit(&slot[1], word1, memory_order_relaxed);
    atomic_store_explicit(&slot[2], word2, memory_order_relaxed);
    atomic_store_explicit(&slot[3], word3, memory_order_relaxed);
    /* Release: pairs with the acquire in rs_ring_read(). */
    atomic_store_explicit(&ring->written, at + 1, memory_order_release);
}

/* Copies entry number `at`. False when it was overwritten, or may have been. */
static inline bool
rs_ring_read(const struct rs_ring *ring, uint64_t at,
             uint64_t entry[RS_RING_ENTRY_WORDS])
{
    struct rs_ring *r = (struct rs_ring *)(uintptr_t)ring;
    _Atomic uint64_t *slot =
        (_Atomic uint64_t *)(ring->words +
                             (at & (ring->size - 1)) * RS_RING_ENTRY_WORDS);

    if (atomic_load_explicit(&r->written, memory_order_acquire) <= at)
        return false;
    for (int i = 0; i < RS_RING_ENTRY_WORDS; i++)
        entry[i] = atomic_load_explicit(&slot[i], memory_order_relaxed);
    /* The writer fills slot `at` for entry at + size before it counts it, so an
     * entry is whole only while the writer has not come that far. */
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&r->written, memory_order_relaxed) <
           at + ring->size;
}
