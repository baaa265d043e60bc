/* SPDX-License-Identifier: MIT */
/* fast_ops.h -- operations that instrumented code announces, before it does
 * them in line.
 *
 * Most are of a live object that only this thread ever touched, with a header
 * that fits and a count that does not reach zero. Then no detector has
 * anything to say (classify.h: ordinary), and all there is to do is an entry in
 * the ring of acts: the short way, inline in the door. Its stack is the site
 * alone; an outer frame costs more than the operation. Everything else goes
 * through rs_pipeline() with a whole stack.
 *
 * No clock: one thread's own order needs none. No guard: nothing of refsan
 * announces anything, so only a signal handler can come in between, and that
 * is noticed at the end of the ring's entry; the long way then writes it once
 * more. No look at the runtime's life: a second one closes the short way for
 * good. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bits.h"
#include "base/check.h"
#include "pipeline.h"
#include "host/top_frame.h"
#include "track/borrow.h"
#include "shadow/plane.h"
#include "refcount/header.h"
#include "stack/site.h"
#include "thread/thread.h"
#include "os/atomics.h"

/* Where it happens, and where to unwind from. */
struct rs_fast_ops_place {
    struct rs_site_key site;
    uintptr_t frame;
};

/* The long way. `flags` are those of an operation in refsan/abi.h. */
enum rs_answer rs_fast_ops_slow(enum rs_ev op, uintptr_t object,
                                int64_t argument,
                                const struct rs_fast_ops_place *place,
                                unsigned flags);

/* Free-threaded builds set the pointer a little before they let the thread in,
 * and until then it runs no code of its own. Only where
 * rs_host_top.thread_offset is not 0. */
RS_INLINE bool
rs_fast_ops_is_attached(void)
{
    return rs_arch_thread_local(rs_host_top.thread_offset) != NULL;
}

/* The object's count; 0 where this thread alone does not know it. Immortal is
 * UINT64_MAX. */
#define RS_FAST_OPS_IMMORTAL UINT64_MAX
RS_INLINE uint64_t
rs_fast_ops_count(enum rs_layout layout, uintptr_t object,
                  const struct rs_thread *self)
{
    const unsigned char *at = (const unsigned char *)object;
    uint64_t owner, shared, wide;
    uint32_t half;

    switch (layout) {
    case RS_LAYOUT_FREE_THREADED:
        memcpy(&half, at + 12, 4);
        if (rs_unlikely(half == RS_LOCAL_IMMORTAL))
            return RS_FAST_OPS_IMMORTAL;
        memcpy(&owner, at, 8);
        memcpy(&shared, at + 16, 8);
        return shared <= RS_SHARED_MAYBE_WEAKREF &&
                       owner == rs_load(&self->pointer)
                   ? half
                   : 0;
    case RS_LAYOUT_SPLIT:
        memcpy(&half, at, 4);
        if (rs_unlikely(half >= RS_SPLIT_IMMORTAL_FLOOR))
            return half <= RS_SPLIT_IMMORTAL ? RS_FAST_OPS_IMMORTAL : 0;
        return half;
    case RS_LAYOUT_WIDE:
        memcpy(&wide, at, 8);
        return (int32_t)wide < 0 ? RS_FAST_OPS_IMMORTAL : wide;
    case RS_LAYOUT_NONE:
        break;
    }
    return 0;
}

/* Counting an immortal object changes nothing; an object that died is another
 * matter. */
RS_INLINE bool
rs_fast_ops_passes(struct rs_thread *self, rs_word word)
{
    if (rs_word_state(word) > RS_STATE_IMMORTAL)
        return false;
    rs_thread_count_event(self);
    return true;
}

/* Where no birth was seen, the header of a free-threaded build says that no
 * other thread has the object. Elsewhere nothing does, and the entries of
 * several threads want to be put in order; but reading the clock costs ten
 * times the rest, so it is read now and then.
 *
 * Wrong when: two threads use such an object within a few operations; a
 * history may show them in the wrong order (Python 3.12 to 3.13.2). */
#define RS_FAST_OPS_PER_TICK 16
RS_INLINE bool
rs_fast_ops_is_ordinary(enum rs_layout layout, struct rs_thread *self,
                        rs_word word)
{
    uint32_t status = word.bits & RS_WORD_STATUS;

    if (rs_likely(status == self->live_word))
        return true;
    if (status != RS_STATE_UNKNOWN)
        return false;
    if (layout != RS_LAYOUT_FREE_THREADED &&
        rs_load(&self->acts.written) % RS_FAST_OPS_PER_TICK == 0)
        self->now = rs_arch_ticks();
    return true;
}

/* True when it is done with. Births are unseen where `cell` is NULL. */
RS_INLINE bool
rs_fast_ops_try(enum rs_layout layout, enum rs_ev op, uintptr_t object,
                uintptr_t pc, bool is_attached)
{
    struct rs_thread *self = rs_thread_current;
    const rs_cell *cell = rs_plane_find_object(object);
    uint64_t least = op == RS_EV_DECREF ? 2 : 1; /* it must not reach zero */
    uint64_t change = op == RS_EV_INCREF   ? 1
                      : op == RS_EV_DECREF ? UINT32_MAX
                                           : 0;
    uint64_t count, at;
    rs_word word;

    if (rs_unlikely(self == NULL || cell == NULL || !is_attached ||
                    (op == RS_EV_INCREF && rs_borrow_may_race(object))))
        return false;
    word = rs_cell_load(cell);
    count = rs_fast_ops_count(layout, object, self);
    if (rs_unlikely(count == RS_FAST_OPS_IMMORTAL))
        return rs_fast_ops_passes(self, word);
    if (rs_unlikely(!rs_is_within(count, least, RS_SPLIT_IMMORTAL_FLOOR - 3) ||
                    !rs_site_is_known(pc) ||
                    !rs_fast_ops_is_ordinary(layout, self, word)))
        return false;
    at = rs_ring_next(&self->acts); /* first: it takes a register less */
    return rs_ring_push(
        &self->acts, at,
        rs_ring_site(self->now,
                     rs_target_make(object, op, rs_word_generation(word)), pc,
                     rs_ring_pair(count, count + change)));
}
