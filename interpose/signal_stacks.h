/* SPDX-License-Identifier: MIT */
/* signal_stacks.h -- stacks for handlers: who has run over the end of his own
 * stack has no other place to report that from. */
#pragma once

/* Once; for the calling thread, and for those that begin later. */
void rs_signal_stacks_start(void);

/* A thread that begins runs `start` by this: with a stack for handlers. */
void *rs_signal_stacks_run(void *(*start)(void *), void *argument);
