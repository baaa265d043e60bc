/* SPDX-License-Identifier: MIT */
/* with_tsan.h -- `refsan run --tsan`: REFSAN_TSAN=PATH in the environment names
 * a TSan runtime that a process with Python or refsan's embedded runtime shall
 * have, and that shall judge order for refsan (order/tsan.h).
 *
 * Other processes do without: shells do not survive some of these runtimes. */
#pragma once

/* Starts the program again with the runtime, if it needs that. As the first of
 * all, from the constructor. */
void rs_with_tsan_restart(char **arguments);

/* TSan may end the process, at a report or when it checks itself: then this is
 * called before. After own_calls.h. */
void rs_with_tsan_at_death(void (*callback)(void));

/* Lets TSan judge, if it was asked for and is there. After the options are
 * read, before other threads. */
void rs_with_tsan_start(void);
