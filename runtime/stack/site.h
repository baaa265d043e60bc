/* SPDX-License-Identifier: MIT */
/* site.h -- places in instrumented code, as small ids: the return address of
 * the call that announced an operation, and the file, line and function that
 * the module says it has there. A report needs no debug information for them.
 *
 * Insert-only, fixed memory, lock-free, like stack.h. The strings are copied
 * when a site is first seen, so they outlive their module.
 *
 * Told apart by their return addresses: instrument.h keeps compilers from
 * merging the calls of two lines into one.
 *
 * Wrong when: a module is unloaded and another is loaded that has a call at
 * the same address; it gets the first one's strings. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stack/stack.h"
#include "os/atomics.h"

/* What the code says of itself. The strings are read when the site is new. */
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

bool rs_site_start(size_t bytes);

/* A frame for stack.h, or 0 when there is no room left (counted). A site that
 * `is_watched` is never known by rs_site_is_known(): each operation there goes
 * the long way. */
rs_frame rs_site_put(const struct rs_site_key *key, bool is_watched);

struct rs_site rs_site_get(rs_frame frame);

/* The return address of a native frame, announced or not. */
static inline uintptr_t
rs_site_pc(rs_frame frame)
{
    return rs_frame_is_site(frame) ? rs_site_get(frame).pc : (uintptr_t)frame;
}

/* ---- Fast, by return address alone ---------------------------------------
 */

/* The site's frame, or only its return address where it is not known. */
rs_frame rs_site_find(uintptr_t pc);

/* The low halves of the return addresses that were put: a two-way cache. An
 * address that shares its low half with a known one counts as known, and shows
 * as a bare return address. Relaxed: a thread that sees an old entry puts the
 * site once more. */
#define RS_SITE_WAYS 16384
extern _Atomic uint32_t rs_site_known[RS_SITE_WAYS];

static inline bool
rs_site_is_known(uintptr_t pc)
{
    const _Atomic uint32_t *way =
        &rs_site_known[(pc >> 3) & (RS_SITE_WAYS - 2)];

    return rs_load(&way[0]) == (uint32_t)pc ||
           rs_load(&way[1]) == (uint32_t)pc;
}
