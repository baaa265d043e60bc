/* SPDX-License-Identifier: MIT */
/* earlier.h -- the first findings of the process: what a crash may come of.
 *
 * A fixed table; any thread, no lock.
 *
 * Missed: what was silenced, and what came after RS_EARLIER_MAX others. */
#pragma once

#include "detect/finding.h"

#define RS_EARLIER_MAX 64

/* A finding that is said for the first time. */
void rs_earlier_note(const struct rs_finding *found);

/* Which of them a crash of the thread in `slot` comes of, most likely: one about
 * an object that the crashing thread has at hand; or whose operation, on
 * `last`, was the thread's last; or the first whose operation was done to a
 * deallocated object. Fills `cause`; returns its evidence, 0 without one.
 *
 * Wrong when: the crash has a cause of its own besides. */
uint64_t rs_earlier_find(const struct rs_crash *crash, unsigned slot,
                         uintptr_t last, struct rs_crash_cause *cause);
