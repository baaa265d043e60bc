/* SPDX-License-Identifier: MIT */
/* tally.h -- what `refsan run` must know of a process whatever became of the
 * channel: whether it found errors, and how many reports did not arrive.
 *
 * A page of memory that all processes of a run share. It is mapped at the start
 * and inherited by fork, and needs neither descriptor nor disk nor permission
 * after that. scripts/refsan/listening/tally.py makes and reads it.
 *
 * Missed: a program that is started (exec) where neither its descriptor nor its
 * path lead to the page; it has nothing but its own stderr and status. */
#pragma once

/* As rs_channel_start(). Without it nothing is counted. */
void rs_tally_start(const char *path, const char *words);

void rs_tally_error(void);
void rs_tally_missed_report(void);
void rs_tally_after_fork(void);
