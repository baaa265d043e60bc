/* SPDX-License-Identifier: MIT */
/* held_locks.h -- who has which lock, and who waits for whom. */
#pragma once

#include "event/crash.h"
#include "track/locks.h"

/* What a thread said of its locks. Nothing where it has and wants none. */
void rs_crash_locks_note(struct rs_crash *crash, unsigned slot, int tid,
                         const struct rs_locks *locks);

/* When all are there: who has what the others want, and is there a circle? */
void rs_crash_locks_join(struct rs_crash *crash);
