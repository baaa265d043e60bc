/* SPDX-License-Identifier: MIT */
/* lock_clocks.h -- what was known to those who released a lock, by its
 * address. Private to happens_before.c.
 *
 * A fixed table of sets, as in a cache. A lock whose clock is not in its set
 * has none yet, or had to make room: the lock of the set that was released
 * longest ago does. What it knew goes into one clock that stands for all the
 * set's forgotten locks. Who acquires a lock without a clock learns that one:
 * too much, never too little, and nothing that came after the forgetting.
 *
 * A clock is used between enter and leave. Whoever finds it in use does not
 * wait. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "thread/vector_clock.h"

struct rs_lock_clock {
    atomic_flag is_busy;
    _Atomic bool is_torn; /* a release is missing: it may be any past one */
    /* A thread as it knew things then (happens_before.c), or 0. */
    _Atomic uint64_t seen_by; /* it knows all that is here */
    _Atomic uint64_t last;    /* all that it knows is here */
};

/* What it is that is known. */
struct rs_vector_clock rs_lock_clocks_clock(const struct rs_lock_clock *clock);

bool rs_lock_clocks_start(void); /* false without memory */

/* In the child of a fork: what locks knew is past, and forgotten. */
void rs_lock_clocks_after_fork(void);
bool rs_lock_clocks_are_on(void);

uint32_t rs_lock_clocks_tag(uintptr_t lock); /* never 0 */

/* The clock that an acquirer learns from, entered. False when it is in use;
 * NULL when nobody ever released the lock. */
bool rs_lock_clocks_find(uintptr_t lock, struct rs_lock_clock **clock);

/* The lock's own clock for its releaser, entered; NULL when it is in use. */
struct rs_lock_clock *rs_lock_clocks_own(uintptr_t lock);

void rs_lock_clocks_leave(struct rs_lock_clock *clock);

/* The lock was released, and its clock does not say so. */
void rs_lock_clocks_tear(uintptr_t lock);
