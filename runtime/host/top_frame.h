/* SPDX-License-Identifier: MIT */
/* top_frame.h -- the innermost Python frame, inline and raw: births and deaths
 * ask for it by the million, and mostly nobody ever asks what it was. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "os/arch.h"
#include "base/bits.h"
#include "base/check.h"
#include "host/cpython_abi.h"
#include "host/host.h"
#include "os/atomics.h"

/* What the answer takes, side by side in one cache line. All zero sends every
 * question the long way, or leaves it without an answer. */
struct rs_host_top {
    int64_t thread_offset; /* of the thread state, from the thread pointer */
    /* Where a thread state says whether its thread was let in; 0 where there is
     * nothing to ask, as with a GIL. */
    uint32_t thread_state;
    _Atomic bool was_alive; /* somebody was attached once */
    uint32_t thread_frame;  /* 0 when frames cannot be read in one step */
    _Atomic uint32_t
        short_frame;     /* the same while the short way of births and deaths
                     is open (fast_lives.h), 0 while it is not */
    uint32_t frame_code; /* layout.h has the meaning of these */
    uint32_t frame_instruction;
    uint32_t object_type;
    uint32_t type_flags;
    uintptr_t image_low, image_bytes; /* where the host's own types are */
    uintptr_t float_type;
};
extern struct rs_host_top rs_host_top;

/* rs_host_attached(), in a hurry. */
static inline void *
rs_host_attached_fast(void)
{
    unsigned char *thread;

    if (rs_unlikely(rs_host_top.thread_offset == 0 ||
                    !rs_load(&rs_host_top.was_alive)))
        return rs_host_attached();
    thread = rs_arch_thread_local(rs_host_top.thread_offset);
    if (rs_unlikely(thread == NULL))
        return NULL;
    /* Free-threaded builds set the pointer before they wait to be let in. The
     * word is the thread's own to set, so a stale read cannot say attached. */
    if (rs_host_top.thread_state != 0 &&
        __atomic_load_n((int *)(thread + rs_host_top.thread_state),
                        __ATOMIC_RELAXED) != RS_THREAD_STATE_ATTACHED)
        return NULL;
    return thread;
}

/* The calling thread's state where it is known to be attached, as in a tracer:
 * that it is, is not checked again. */
static inline void *
rs_host_tracing_thread(void)
{
    return rs_likely(rs_host_top.thread_offset != 0)
               ? rs_arch_thread_local(rs_host_top.thread_offset)
               : rs_host_attached();
}

static inline uintptr_t
rs_host_top_word(uintptr_t address, uint32_t offset)
{
    uintptr_t word;

    memcpy(&word, (const void *)(address + offset), sizeof(word));
    return word;
}

/* int, str and bytes. */
#define RS_HOST_VALUE_FLAGS                                                   \
    (RS_TPFLAGS_LONG_SUBCLASS | RS_TPFLAGS_STR_SUBCLASS |                     \
     RS_TPFLAGS_BYTES_SUBCLASS)

/* Is the object, which is live or just about to die, one of the interpreter's
 * own plain values? Their deallocation runs no code and meets no other object.
 */
static inline bool
rs_host_is_value(uintptr_t object)
{
    uintptr_t type = rs_host_top_word(object, rs_host_top.object_type);

    if (!rs_is_within(type, rs_host_top.image_low, rs_host_top.image_bytes))
        return false;
    return type == rs_host_top.float_type ||
           (rs_host_top_word(type, rs_host_top.type_flags) &
            RS_HOST_VALUE_FLAGS) != 0;
}

/* The two words that rs_host_resolve_top() takes. A frame of the interpreter's
 * own, between C and Python, gives words that resolve to nothing. */
struct rs_raw_top {
    uintptr_t code_word;
    uint32_t instruction_low;
};

static inline struct rs_raw_top
rs_host_raw_top(void *tstate)
{
    struct rs_raw_top top = {0};
    uintptr_t frame;

    if (rs_unlikely(tstate == NULL || rs_host_top.thread_frame == 0))
        return top;
    frame = rs_host_top_word((uintptr_t)tstate, rs_host_top.thread_frame);
    if (rs_unlikely(frame == 0))
        return top;
    top.code_word = rs_host_top_word(frame, rs_host_top.frame_code);
    top.instruction_low =
        (uint32_t)rs_host_top_word(frame, rs_host_top.frame_instruction);
    return top;
}
