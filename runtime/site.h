/* SPDX-License-Identifier: MIT */
/* site.h -- places in instrumented code, as small ids: the return address of
 * the call that announced an operation, and the file, line and function that
 * the module says it has there. A report needs no debug information for them.
 *
 * Insert-only, fixed memory, lock-free, like stack.h. The words are copied when
 * a site is first seen, so they outlive their module.
 *
 * Wrong when: a module is unloaded and another is loaded whose strings and call
 * have the same addresses and the same line; it gets the first one's words. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "stack.h"

/* What announces itself. The strings are looked at when the site is new. */
struct rs_site_key {
    uintptr_t pc;
    const char *file;
    const char *function;
    int line;
};

struct rs_site {
    uintptr_t pc;
    const char *file; /* never NULL */
    const char *function;
    int line;
};

void rs_site_start(size_t bytes);

/* A frame for stack.h, or 0 when there is no room left (counted). */
rs_frame rs_site_put(const struct rs_site_key *key);

struct rs_site rs_site_get(rs_frame frame);

/* The return address of a native frame, announced or not. */
static inline uintptr_t
rs_site_pc(rs_frame frame)
{
    return rs_frame_is_site(frame) ? rs_site_get(frame).pc : (uintptr_t)frame;
}
