/* SPDX-License-Identifier: MIT */
/* pyframe.h -- Python frames as small ids, so that a stack of a code object
 * that has died since can still be printed.
 *
 * Insert-only, fixed memory, lock-free, like stack.h. The strings are copied
 * the first time a position is seen; a position is known by code object,
 * offset and the code's name, so another code object at a reused address is
 * another frame unless it has the same name and file. */
#pragma once

#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

#include "host/host.h"
#include "stack/stack.h"

bool rs_pyframe_start(size_t bytes);

/* A frame for stack.h, or 0 when the position cannot be read or there is no
 * room left (counted). */
rs_frame rs_pyframe_put(struct rs_position position);

struct rs_pyframe {
    const char *function; /* never NULL */
    const char *file;
    int line; /* 0 when unknown */
};
struct rs_pyframe rs_pyframe_get(rs_frame frame);
