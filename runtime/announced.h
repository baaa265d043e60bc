/* SPDX-License-Identifier: MIT */
/* announced.h -- operations that instrumented code announces, before it does
 * them in line.
 *
 * Most are of a live object that only this thread ever touched, with a header
 * that fits and a count that does not reach zero. Then no detector has anything
 * to say (shadow.h: ordinary), and all there is to do is an entry in the ring
 * of acts: the short way, inline in the door. Its stack is the site alone; an
 * outer frame costs more than the operation. Everything else goes through
 * rs_event() with a whole stack.
 *
 * No clock and no guard: nothing of refsan announces anything, so only a signal
 * handler can come in between, and that is noticed at the end of the ring's
 * entry; the long way then writes it once more. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "check.h"
#include "event.h"
#include "host_top.h"
#include "plane.h"
#include "refcount/header.h"
#include "site.h"
#include "thread.h"

/* Sites met lately by the thread, direct mapped. */
struct rs_announced_memo {
    uintptr_t pc;
    const char *file;
    int line;
    uint32_t stack; /* the site and nothing else; 0 is not yet met */
};
#define RS_ANNOUNCED_MEMOS 64
extern RS_THREAD_LOCAL struct rs_announced_memo
    rs_announced_memos[RS_ANNOUNCED_MEMOS];

/* What the short way takes to know of the host. */
struct rs_announced_host {
    enum rs_layout layout; /* RS_LAYOUT_NONE closes the short way */
    uint32_t thread_state; /* free-threaded builds: offset of the word */
};
extern struct rs_announced_host rs_announced_host;

/* The host is known. */
void rs_announced_start(void);

/* Where it happens, and where to unwind from. */
struct rs_announced_place {
    struct rs_site_key site;
    uintptr_t frame;
};

/* The long way. `calls`: the operation will be a call that has a hook. */
enum rs_answer rs_announced(enum rs_ev op, uintptr_t object, int64_t argument,
                            const struct rs_announced_place *place,
                            bool calls);

static inline struct rs_announced_memo *
rs_announced_memo(uintptr_t pc)
{
    return &rs_announced_memos[(pc >> 2 ^ pc >> 8) & (RS_ANNOUNCED_MEMOS - 1)];
}

/* Attached, as rs_host_attached() says it. */
RS_INLINE bool
rs_announced_is_attached(enum rs_layout layout)
{
    const unsigned char *thread =
        rs_arch_thread_local(rs_host_top.thread_offset);

    return thread != NULL &&
           (layout != RS_LAYOUT_FREE_THREADED ||
            __atomic_load_n((const int *)(thread +
                                          rs_announced_host.thread_state),
                            __ATOMIC_RELAXED) == 1);
}

/* The object's count, 0 where this thread alone does not know it. */
RS_INLINE uint64_t
rs_announced_count(enum rs_layout layout, uintptr_t object,
                   const struct rs_thread *self)
{
    const unsigned char *at = (const unsigned char *)object;
    uint64_t owner, shared, wide;
    uint32_t half;

    switch (layout) {
    case RS_LAYOUT_FREE_THREADED:
        memcpy(&owner, at, 8);
        memcpy(&half, at + 12, 4);
        memcpy(&shared, at + 16, 8);
        return shared <= RS_SHARED_MAYBE_WEAKREF &&
                       owner == atomic_load_explicit(&self->pointer,
                                                     memory_order_relaxed)
                   ? half
                   : 0;
    case RS_LAYOUT_SPLIT:
        memcpy(&half, at, 4);
        return half;
    case RS_LAYOUT_WIDE:
        memcpy(&wide, at, 8);
        return wide;
    case RS_LAYOUT_NONE:
        break;
    }
    return 0;
}

/* The entry; false when a signal handler came in between. */
RS_INLINE bool
rs_announced_push(struct rs_thread *self, const uint64_t entry[3])
{
    struct rs_ring *ring = &self->acts;
    uint64_t at = atomic_load_explicit(&ring->written, memory_order_relaxed);
    _Atomic uint64_t *slot =
        (_Atomic uint64_t *)(ring->words +
                             (at & (ring->size - 1)) * RS_RING_ENTRY_WORDS);

    atomic_store_explicit(&slot[0], self->now, memory_order_relaxed);
    atomic_store_explicit(&slot[1], entry[0], memory_order_relaxed);
    atomic_store_explicit(&slot[2], entry[1], memory_order_relaxed);
    atomic_store_explicit(&slot[3], entry[2], memory_order_relaxed);
    if (rs_unlikely(atomic_load_explicit(&ring->written,
                                         memory_order_relaxed) != at))
        return false;
    /* Release: pairs with the acquire in rs_ring_read(). */
    atomic_store_explicit(&ring->written, at + 1, memory_order_release);
    return true;
}

RS_INLINE bool
rs_announced_try(enum rs_layout layout, enum rs_ev op, uintptr_t object,
                 int64_t argument, const struct rs_site_key *site)
{
    struct rs_thread *self = rs_thread_current;
    const struct rs_announced_memo *memo = rs_announced_memo(site->pc);
    const rs_cell *cell = rs_plane_find(object);
    uint64_t change = op == RS_EV_INCREF   ? 1
                      : op == RS_EV_DECREF ? UINT32_MAX
                                           : 0;
    uint64_t entry[3];
    uint64_t count;
    uint32_t word;

    if (rs_unlikely(self == NULL || cell == NULL ||
                    atomic_load_explicit(&self->gate, memory_order_relaxed) !=
                        atomic_load_explicit(&rs_thread_life,
                                             memory_order_relaxed)))
        return false;
    word = rs_cell_load(cell).bits;
    if (rs_unlikely((word & RS_WORD_STATUS) != self->live_word ||
                    memo->pc != site->pc || memo->file != site->file ||
                    memo->line != site->line ||
                    !rs_announced_is_attached(layout)))
        return false;
    count = rs_announced_count(layout, object, self);
    /* At least 1, and no decref to zero; what is immortal is further up. */
    if (rs_unlikely(count - (op == RS_EV_DECREF ? 2 : 1) >=
                    RS_SPLIT_IMMORTAL_FLOOR - 3))
        return false;
    entry[0] = (uint64_t)object | (uint64_t)op << 48 |
               (uint64_t)(word >> 16) << 56;
    entry[1] = memo->stack | (uint64_t)argument << 32;
    entry[2] = count | (count + change) << 32;
    return rs_announced_push(self, entry);
}

/* True when it is done with. */
RS_INLINE bool
rs_announced_short(enum rs_ev op, uintptr_t object, int64_t argument,
                   const struct rs_site_key *site)
{
    switch (rs_announced_host.layout) {
    case RS_LAYOUT_FREE_THREADED:
        return rs_announced_try(RS_LAYOUT_FREE_THREADED, op, object, argument,
                                site);
    case RS_LAYOUT_SPLIT:
        return rs_announced_try(RS_LAYOUT_SPLIT, op, object, argument, site);
    case RS_LAYOUT_WIDE:
        return rs_announced_try(RS_LAYOUT_WIDE, op, object, argument, site);
    case RS_LAYOUT_NONE:
        break;
    }
    return false;
}
