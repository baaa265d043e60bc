/* SPDX-License-Identifier: MIT */
/* inherited.c -- see inherited.h. */
#include "report/inherited.h"

#include <stdlib.h>
#include <string.h>

bool
rs_inherited_read(struct rs_inherited *file, const char *path,
                  const char *words)
{
    char *at;

    if (path == NULL || words == NULL || strlen(path) >= sizeof(file->path))
        return false;
    strcpy(file->path, path);
    file->number = (int)strtol(words, &at, 10);
    if (*at != ':')
        return false;
    file->id.device = strtoull(at + 1, &at, 10);
    if (*at != ':')
        return false;
    file->id.inode = strtoull(at + 1, &at, 10);
    return *at == 0;
}
