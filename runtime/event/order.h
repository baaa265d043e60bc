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

/* The locks that were held, as far as they are remembered: 0 is none. */
#define RS_ORDER_LOCKS 2
struct rs_order_locks {
    uint32_t tags[RS_ORDER_LOCKS];
};
