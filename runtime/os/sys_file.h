/* SPDX-License-Identifier: MIT */
/* sys_file.h -- files that refsan writes to.
 *
 * As sys.h: any thread, also in a signal handler; errno stays as it was. The
 * signals a failing write sends (SIGPIPE, SIGXFSZ) do not reach the program,
 * whose dispositions are never touched. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rs_file_id {
    uint64_t device;
    uint64_t inode;
};

/* Opened for appending, created 0666 & ~umask, close-on-exec. On failure the
 * error number, negative: -ELOOP for a link, since whoever may write to the
 * folder can put one there (but /dev/stdout and its like are the process's
 * own descriptors), -ENXIO for a FIFO that nobody reads. */
int rs_sys_open_append(const char *path);

/* The regular file `id`, if it is what `path` leads to; nothing else is opened
 * and nothing is created. On failure the error number, negative; -ESTALE for
 * another file. */
int rs_sys_open_known(const char *path, struct rs_file_id id);

/* The first `bytes` of that file, shared with all who have it mapped: `fd`, if
 * it is open and the file, else what `path` leads to. NULL without it, and
 * for a file that somebody could make shorter (F_SEAL_SHRINK): its memory
 * would be gone. Never unmapped. */
void *rs_sys_map_known(const char *path, int fd, struct rs_file_id id,
                       size_t bytes);

bool rs_sys_is_open(int fd);

/* True when `fd` is open and is the regular file `id`. */
bool rs_sys_is_file(int fd, struct rs_file_id id);

/* Moves a descriptor to `number`, which programs are told of, or to a higher
 * one, which they are not: then it is close-on-exec. Returns the new one; the
 * old one where that fails. */
int rs_sys_move_up(int fd, int number);

/* True while another open file description has a lock (flock) on the file, and
 * where that cannot be told. */
bool rs_sys_is_locked(int fd);

/* All bytes: 0. Otherwise the error number, negative, and some may have been
 * written. Waits up to a second for the reader of a full non-blocking pipe,
 * and no longer while that reader stays away. */
int rs_sys_write(int fd, const char *bytes, size_t count);

/* The same; what was begun and cannot be ended is taken back, so that a
 * regular file has whole pieces only. Missed: another process appends between
 * the failure and the cut; then the piece stays. */
int rs_sys_append(int fd, const char *bytes, size_t count);
