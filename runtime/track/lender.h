/* SPDX-License-Identifier: MIT */
/* lender.h -- objects that were used by a borrowed reference, and who lent them.
 * Only while TSan judges (order/tsan.h).
 *
 * Code that reads a container by a macro says nothing of it. But if an object
 * has one reference, and a container has that, then whoever uses the object has
 * borrowed it. The container is looked for on the thread's own C stack, where
 * the function that reads it keeps it.
 *
 * Two tables of fixed size, by address; relaxed, a lost race is a use less.
 *
 * Missed: a container that is further out on the stack than is looked, or that
 *         has more items than rs_host_holds() reads; a use of which the place
 *         was taken by another object. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

bool rs_lender_start(void);

/* The list, dict, cell or instance that holds the object, and that the code keeps on the
 * stack between here and the evaluation loop that called it; 0 if there is
 * none. `frame`: of the hook that was called. */
uintptr_t rs_lender_find(void *tstate, uintptr_t frame, uintptr_t object);

/* This life of the object is used by a borrowed reference, by an access with
 * this number. Its death will come the long way (fast_lives.h). */
void rs_lender_note_use(uintptr_t object, uint32_t life, uint32_t number);

/* The number of the last use, 0 if there is none. */
uint32_t rs_lender_last_use(uintptr_t object, uint32_t life);

/* The thread let die what this life of the container had lent, by an access
 * with this number; and the number of the last one, 0 if there is none. */
void rs_lender_note_change(uintptr_t container, uint32_t life, unsigned slot,
                           uint32_t number);
uint32_t rs_lender_last_change(uintptr_t container, uint32_t life,
                               unsigned slot);

/* A function of the API gave the thread a reference of its own. Only the last
 * few are known. */
void rs_lender_note_got(uintptr_t object);
bool rs_lender_was_got(uintptr_t object);
