/* SPDX-License-Identifier: MIT */
/* order.h -- how two acts of two threads are ordered, as data.
 * thread/happens_before.h computes it. */
#pragma once

#include <stdint.h>

enum rs_order {
    RS_ORDER_NONE,    /* nothing seen orders them */
    RS_ORDER_BY_LOCK, /* only a lock that both held orders them */
    RS_ORDER_BEFORE,  /* the other thread's came first, or is not known */
};

/* What sort of lock: its name in reports. */
#define RS_LOCK_KINDS(KIND)                                                   \
    KIND(C_LIBRARY, "pthread lock")                                           \
    KIND(MUTEX, "PyMutex")                                                    \
    KIND(THREAD, "PyThread lock")                                             \
    KIND(SECTION, "critical section")                                         \
    KIND(PYTHON, "threading lock")
enum rs_lock_kind {
#define RS_LOCK_KIND(id, words) RS_LOCK_##id,
    RS_LOCK_KINDS(RS_LOCK_KIND)
#undef RS_LOCK_KIND
};

/* The locks that were held, as far as they are remembered: 0 is none. */
#define RS_ORDER_LOCKS 2
struct rs_order_locks {
    uint32_t tags[RS_ORDER_LOCKS];
};

/* The same for a report: innermost first, 0 is none. */
struct rs_held {
    uintptr_t locks[RS_ORDER_LOCKS];
    enum rs_lock_kind kinds[RS_ORDER_LOCKS];
};
