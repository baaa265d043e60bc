/* SPDX-License-Identifier: MIT */
/* channel.h -- lines of JSON to `refsan run`.
 *
 * The channel is an inherited file (inherited.h) without a name; device and
 * inode are compared before each line. `refsan run` holds a lock on the file,
 * and who outlives it sees by the lock that nobody reads. What must be known
 * though no line arrives is in the tally (tally.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* See inherited.h. Without the one or the other there is no channel. */
void rs_channel_start(const char *path, const char *words);

/* True while `refsan run` listens: send lines of JSON, print nothing else. */
bool rs_channel_is_there(void);

/* One line. False when it did not arrive (counted): then it is to be said
 * elsewhere. The next one is tried again, as long as there is a reader. */
bool rs_channel_send(const char *line, size_t bytes);

/* True when there is a channel and no line failed: `refsan run` knows all. */
bool rs_channel_took_all(void);
