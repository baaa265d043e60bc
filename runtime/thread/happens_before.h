/* SPDX-License-Identifier: MIT */
/* happens_before.h -- what one thread did, and another did later: was that order made
 * by synchronisation, or by luck?
 *
 * Vector clocks, one of each thread and one of each lock or channel. A
 * thread's own time goes on only when it gives something away (a release)
 * after it did something worth remembering (rs_happens_before_act()). What it did
 * before is ordered before what a thread does that acquires the same lock
 * later, and so on.
 *
 * An order that a mutex makes is of two kinds. Did both threads do what they
 * did under that mutex, it could have come the other way round. Was it used to
 * hand something over (a queue, an event), it could not. So a clock remembers,
 * beside the time, by which one lock it learnt of it; and the best time that
 * it learnt another way. Who asks says which locks both had (rs_happens_before_of()).
 *
 * Slots are those of thread.h. Bounded memory, mapped as threads become more;
 * no malloc.
 * Not for the event path but rs_happens_before_act() and rs_happens_before_of(), which are a few
 * loads.
 *
 * Wrong when: threads wait for each other by what is not seen (semaphores of
 *             the C library, atomics, pipes, polling): then "unordered" is
 *             said.
 * Missed:     readers of one rwlock count as threads that handed it over; and
 *             a lock that had to make room (lock_clocks.h), or was released by
 *             a thread without a slot, orders more than it did: then "ordered"
 *             is said of what was done until then. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "event/order.h"
#include "event/word.h"

#define RS_ORDER_SLOTS RS_WORD_CREATORS

uint32_t rs_happens_before_tag(uintptr_t lock); /* never 0 */

bool rs_happens_before_start(void);

/* In the child of a fork: all that other threads did is past, and no lock waits
 * for them. `slot` is that of the thread that forked, or 0. */
void rs_happens_before_after_fork(unsigned slot);

/* A thread begins in the slot, made through `channel` (rs_happens_before_release()); 0:
 * by nobody that is known. */
void rs_happens_before_begin(unsigned slot, uintptr_t channel);

/* The slot's thread has ended: nobody will ask about what it did. */
void rs_happens_before_end(unsigned slot);

/* The thread is about to give the lock back, or to send something; and has
 * just taken it, or received something. Slot 0 releases for an unknown thread.
 */
void rs_happens_before_release(unsigned slot, uintptr_t lock);
void rs_happens_before_acquire(unsigned slot, uintptr_t lock);

/* The thread does what rs_happens_before_of() may be asked about later: when. */
uint32_t rs_happens_before_act(unsigned slot);

/* What the thread in `slot` does now, after what that in `other` did at
 * `when`: in which order are they? `common` are the locks that both had. */
enum rs_order rs_happens_before_of(unsigned slot, unsigned other,
                                   uint32_t when,
                                   const struct rs_order_locks *common);
