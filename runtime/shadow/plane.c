/* SPDX-License-Identifier: MIT */
/* plane.c -- maps the leaves of plane.h. Runs anywhere an event does. */
#include "shadow/plane.h"

#include <stddef.h>

#include "base/core_note.h"
#include "base/lost.h"
#include "os/sys.h"

struct rs_plane rs_plane;

RS_CORE_ROWS(plane) = {RS_CORE_VARIABLE("plane", rs_plane)};

#define LEAF_BYTES (sizeof(rs_cell) * RS_PLANE_LEAF_CELLS)

static size_t leaf_bytes = LEAF_BYTES; /* written at start */

void
rs_plane_with_origins(void)
{
    leaf_bytes = 2 * LEAF_BYTES;
}

bool
rs_plane_start(void)
{
    rs_plane.root = rs_sys_map(RS_PLANE_LEAVES * sizeof(*rs_plane.root));
    return rs_plane.root != NULL;
}

rs_cell *
rs_plane_put_slow(uintptr_t object)
{
    _Atomic(rs_cell *) *entry;
    rs_cell *expected = NULL;
    rs_cell *leaf;

    if (object >> RS_PLANE_ADDRESS_BITS != 0)
        return NULL;
    entry = &rs_plane.root[object >> RS_PLANE_LEAF_SHIFT];
    leaf = rs_sys_map(leaf_bytes);
    if (leaf == NULL) {
        rs_lost_count(RS_LOST_SHADOW);
        return NULL;
    }
    /* Release: pairs with the acquire in rs_plane_find(). The loser's mapping
     * was never touched, and so costs an address range only. */
    if (!atomic_compare_exchange_strong_explicit(entry, &expected, leaf,
                                                 memory_order_release,
                                                 memory_order_relaxed))
        rs_sys_unmap(leaf, leaf_bytes);
    return rs_plane_find(object);
}
