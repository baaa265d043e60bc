/* SPDX-License-Identifier: MIT */
/* atomics.h -- the few sorts of access to shared words, in short.
 *
 * The plain ones are relaxed: they say only that a word is read or written
 * whole. One that orders says so by its name, and names its partner where it
 * stands. refcount/ has its own, which the model replaces. */
#pragma once

#include <stdatomic.h>

#define rs_load(from) atomic_load_explicit((from), memory_order_relaxed)
#define rs_load_acquire(from)                                                 \
    atomic_load_explicit((from), memory_order_acquire)

#define rs_store(into, value)                                                 \
    atomic_store_explicit((into), (value), memory_order_relaxed)
#define rs_store_release(into, value)                                         \
    atomic_store_explicit((into), (value), memory_order_release)

/* The value from before comes back. */
#define rs_add(into, value)                                                   \
    atomic_fetch_add_explicit((into), (value), memory_order_relaxed)
#define rs_subtract(from, value)                                              \
    atomic_fetch_sub_explicit((from), (value), memory_order_relaxed)

/* True when it was `*seen`; otherwise `*seen` gets the value that it has. */
#define rs_swap_if(at, seen, value)                                           \
    atomic_compare_exchange_strong_explicit(                                  \
        (at), (seen), (value), memory_order_relaxed, memory_order_relaxed)
