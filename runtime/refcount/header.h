/* SPDX-License-Identifier: MIT */
/* header.h -- the header of a Python object, decoded.
 *
 * Three layouts exist on 64-bit little-endian machines (PEP 683, PEP 703,
 * Include/object.h and Include/refcount.h of 3.12 to 3.15):
 *
 *   RS_LAYOUT_FREE_THREADED  3.13t and later
 *        0 ob_tid:64   8 flags:16  10 mutex:8  11 gc_bits:8  12 local:32
 *       16 shared:64 (count << 2 | state)                    24 ob_type:64
 *   RS_LAYOUT_WIDE           3.12, 3.13: one signed 64-bit count, then ob_type
 *   RS_LAYOUT_SPLIT          3.14 and later:
 *        0 refcnt:32   4 overflow:16   6 flags:16             8 ob_type:64
 *
 * A struct rs_header is a copy, taken once; everything here is a pure function
 * of it. rs_host_header() reads one. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum rs_layout {
    RS_LAYOUT_NONE = 0,
    RS_LAYOUT_WIDE,
    RS_LAYOUT_SPLIT,
    RS_LAYOUT_FREE_THREADED,
};

/* The two low bits of ob_ref_shared. */
enum rs_shared_state {
    RS_SHARED_INIT = 0,
    RS_SHARED_MAYBE_WEAKREF = 1,
    RS_SHARED_QUEUED = 2,
    RS_SHARED_MERGED = 3,
};

#define RS_SHARED_SHIFT   2
#define RS_LOCAL_IMMORTAL UINT32_MAX
/* _Py_REF_DEFERRED, PY_SSIZE_T_MAX / 8: added to the shared count of deferred
 * objects on 3.14t and later. */
#define RS_DEFERRED_BIAS INT64_C(0x0fffffffffffffff)
/* The count a split header has once it is immortal on purpose, and the value
 * from which on decrements leave it alone. */
#define RS_SPLIT_IMMORTAL       0xc0000000u
#define RS_SPLIT_IMMORTAL_FLAG  1u
#define RS_SPLIT_IMMORTAL_FLOOR 0x80000000u

enum rs_gc_bit {
    RS_GC_TRACKED = 1,
    RS_GC_FINALIZED = 2,
    RS_GC_UNREACHABLE = 4,
    RS_GC_FROZEN = 8,
    RS_GC_SHARED = 16,
    RS_GC_ALIVE = 32,
    RS_GC_DEFERRED = 64,
};

struct rs_header {
    enum rs_layout layout;
    uint32_t local;    /* free-threaded: ob_ref_local; split: ob_refcnt */
    uint16_t flags;    /* ob_flags, where the layout has them */
    uint16_t overflow; /* split only */
    uint8_t gc_bits;   /* free-threaded only */
    uint64_t owner;    /* free-threaded: ob_tid, 0 when merged or immortal */
    int64_t shared;    /* free-threaded: the whole word; wide: ob_refcnt */
    uintptr_t type;
};

/* From the object's first bytes (32 free-threaded, 16 otherwise). */
static inline struct rs_header
rs_header_decode(enum rs_layout layout, const void *bytes)
{
    const unsigned char *at = bytes;
    struct rs_header h = {.layout = layout};

    switch (layout) {
    case RS_LAYOUT_FREE_THREADED:
        memcpy(&h.owner, at, 8);
        memcpy(&h.flags, at + 8, 2);
        memcpy(&h.gc_bits, at + 11, 1);
        memcpy(&h.local, at + 12, 4);
        memcpy(&h.shared, at + 16, 8);
        memcpy(&h.type, at + 24, 8);
        break;
    case RS_LAYOUT_SPLIT:
        memcpy(&h.local, at, 4);
        memcpy(&h.overflow, at + 4, 2);
        memcpy(&h.flags, at + 6, 2);
        memcpy(&h.type, at + 8, 8);
        break;
    case RS_LAYOUT_WIDE:
        memcpy(&h.shared, at, 8);
        memcpy(&h.type, at + 8, 8);
        break;
    case RS_LAYOUT_NONE:
        break;
    }
    return h;
}

/* The inverse: writes the words of the header, and leaves every byte between
 * them (padding, ob_mutex) alone. Not atomic: for memory that no other thread
 * uses. */
static inline void
rs_header_encode(const struct rs_header *h, void *bytes)
{
    unsigned char *at = bytes;

    switch (h->layout) {
    case RS_LAYOUT_FREE_THREADED:
        memcpy(at, &h->owner, 8);
        memcpy(at + 8, &h->flags, 2);
        memcpy(at + 11, &h->gc_bits, 1);
        memcpy(at + 12, &h->local, 4);
        memcpy(at + 16, &h->shared, 8);
        memcpy(at + 24, &h->type, 8);
        break;
    case RS_LAYOUT_SPLIT:
        memcpy(at, &h->local, 4);
        memcpy(at + 4, &h->overflow, 2);
        memcpy(at + 6, &h->flags, 2);
        memcpy(at + 8, &h->type, 8);
        break;
    case RS_LAYOUT_WIDE:
        memcpy(at, &h->shared, 8);
        memcpy(at + 8, &h->type, 8);
        break;
    case RS_LAYOUT_NONE:
        break;
    }
}

static inline enum rs_shared_state
rs_header_shared_state(const struct rs_header *h)
{
    return (enum rs_shared_state)(h->shared & 3);
}

/* The signed count in the shared half (arithmetic shift, as CPython does). */
static inline int64_t
rs_header_shared_count(const struct rs_header *h)
{
    return h->shared >> RS_SHARED_SHIFT;
}

static inline bool
rs_header_is_deferred(const struct rs_header *h)
{
    return h->layout == RS_LAYOUT_FREE_THREADED &&
           (h->gc_bits & RS_GC_DEFERRED) != 0 && h->local != RS_LOCAL_IMMORTAL;
}

/* A split count that only a decrement below zero makes: the counter wrapped,
 * and looks immortal to every test CPython does. */
static inline bool
rs_header_is_split_underflow(const struct rs_header *h)
{
    return h->layout == RS_LAYOUT_SPLIT &&
           (h->flags & RS_SPLIT_IMMORTAL_FLAG) == 0 &&
           h->local > RS_SPLIT_IMMORTAL;
}

/* What _Py_IsImmortal() answers. Also true by accident: for a count that
 * overflowed into immortality, and for one that wrapped below zero. */
static inline bool
rs_header_is_immortal(const struct rs_header *h)
{
    switch (h->layout) {
    case RS_LAYOUT_FREE_THREADED:
        return h->local == RS_LOCAL_IMMORTAL;
    case RS_LAYOUT_SPLIT:
        return h->local >= RS_SPLIT_IMMORTAL_FLOOR;
    case RS_LAYOUT_WIDE:
        return (int32_t)h->shared < 0;
    case RS_LAYOUT_NONE:
        break;
    }
    return false;
}

/* A split count that rose into immortality by itself: the mark has a flag, and
 * a count of its own. */
static inline bool
rs_header_is_split_overflow(const struct rs_header *h)
{
    return h->layout == RS_LAYOUT_SPLIT &&
           (h->flags & RS_SPLIT_IMMORTAL_FLAG) == 0 &&
           h->local >= RS_SPLIT_IMMORTAL_FLOOR && h->local < RS_SPLIT_IMMORTAL;
}

/* Would one more incref by the owner make it immortal? */
static inline bool
rs_header_is_full(const struct rs_header *h)
{
    switch (h->layout) {
    case RS_LAYOUT_FREE_THREADED:
        return h->local == RS_LOCAL_IMMORTAL - 1;
    case RS_LAYOUT_SPLIT:
        return h->local == RS_SPLIT_IMMORTAL_FLOOR - 1;
    case RS_LAYOUT_WIDE:
        return h->shared == RS_SPLIT_IMMORTAL_FLOOR - 1;
    case RS_LAYOUT_NONE:
        break;
    }
    return false;
}

/* Is it an immortal header as the running interpreter writes it? Code that
 * knows of immortality never changes that. */
static inline bool
rs_header_is_settled(const struct rs_header *h)
{
    switch (h->layout) {
    case RS_LAYOUT_FREE_THREADED:
        return h->local == RS_LOCAL_IMMORTAL && h->owner == 0 &&
               h->shared == 0;
    case RS_LAYOUT_SPLIT:
        return h->local == RS_SPLIT_IMMORTAL;
    case RS_LAYOUT_WIDE:
        return h->shared == UINT32_MAX;
    case RS_LAYOUT_NONE:
        break;
    }
    return false;
}

/* Would setting this count make the object immortal? On free-threaded builds
 * only when the owner sets it. */
static inline bool
rs_header_set_makes_immortal(enum rs_layout layout, int64_t count)
{
    return layout == RS_LAYOUT_FREE_THREADED
               ? count > (int64_t)RS_LOCAL_IMMORTAL
               : (int32_t)count < 0;
}

/* rs_header_is_immortal(), straight from the object's first bytes: asked at
 * every death. */
static inline bool
rs_header_peeks_immortal(enum rs_layout layout, const void *bytes)
{
    uint32_t half;

    memcpy(&half,
           (const unsigned char *)bytes +
               (layout == RS_LAYOUT_FREE_THREADED ? 12 : 0),
           sizeof(half));
    return layout == RS_LAYOUT_FREE_THREADED ? half == RS_LOCAL_IMMORTAL
                                             : (int32_t)half < 0;
}

/* The references the header counts: what Py_REFCNT() returns for a mortal
 * object, less the bias of deferred counting. Per-thread counts of types, code
 * and module dictionaries are kept elsewhere and not in here. */
static inline int64_t
rs_header_count(const struct rs_header *h)
{
    switch (h->layout) {
    case RS_LAYOUT_FREE_THREADED:
        return (int64_t)h->local + rs_header_shared_count(h) -
               (rs_header_is_deferred(h) ? RS_DEFERRED_BIAS : 0);
    case RS_LAYOUT_SPLIT:
        return h->local;
    case RS_LAYOUT_WIDE:
        return h->shared;
    case RS_LAYOUT_NONE:
        break;
    }
    return 0;
}

/* Could these bytes be the header of an object that has references? False for
 * a count of zero, and for what allocators and free lists write over a dead
 * object: a pointer does not fit a default build's count and flags.
 *
 * Wrong for a pointer below 4 GiB: see freed.h. */
static inline bool
rs_header_looks_alive(const struct rs_header *h)
{
    switch (h->layout) {
    case RS_LAYOUT_FREE_THREADED:
        return h->local != 0 || rs_header_shared_count(h) != 0;
    case RS_LAYOUT_SPLIT:
        return h->local != 0 && h->overflow == 0 && h->flags < 16;
    case RS_LAYOUT_WIDE:
        return h->shared > 0 && h->shared <= UINT32_MAX;
    case RS_LAYOUT_NONE:
        break;
    }
    return false;
}
