/* SPDX-License-Identifier: MIT */
/* channel.h -- lines of JSON to `refsan run`.
 *
 * The channel is a file without a name. Its descriptor is inherited, so that it
 * outlives chroot, a change of user, and a process that has used up its own; a
 * program that closes what it did not open finds the file again by a path in
 * /proc. A program may also have put something else at that number: device and
 * inode are compared before each line. `refsan run` holds a lock on the file,
 * and who outlives it sees by the lock that nobody reads. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* `path` leads to the file; `file` is "descriptor:device:inode". Without
 * either there is no channel. */
void rs_channel_start(const char *path, const char *file);

/* True while `refsan run` listens: send lines of JSON, print nothing else. */
bool rs_channel_is_there(void);

/* One line. False when it did not arrive (counted): then it is to be said
 * elsewhere. The next one is tried again, as long as there is a reader. */
bool rs_channel_send(const char *line, size_t bytes);

/* True when there is a channel and no line failed: `refsan run` knows all. */
bool rs_channel_took_all(void);
