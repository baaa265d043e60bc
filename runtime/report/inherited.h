/* SPDX-License-Identifier: MIT */
/* inherited.h -- a file that `refsan run` has for its processes, in words of
 * the environment. Its descriptor is inherited, so that it outlives chroot and a
 * change of user; whoever closed that finds the file again by a path in /proc.
 * A program may have put something else at the number, or there: device and
 * inode tell. */
#pragma once

#include "os/sys.h"
#include "os/sys_file.h"

struct rs_inherited {
    char path[RS_PATH_BYTES];
    struct rs_file_id id;
    int number; /* the descriptor's */
};

/* `words` are "descriptor:device:inode". False when one of both is missing or
 * is not so. */
bool rs_inherited_read(struct rs_inherited *file, const char *path,
                       const char *words);
