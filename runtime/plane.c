/* SPDX-License-Identifier: MIT */
/* plane.c -- maps the leaves of plane.h. Runs anywhere an event does. */
#include "plane.h"

#include <stddef.h>

#include "lost.h"
#include "sys.h"

struct rs_plane rs_plane;

#define ROOT_ENTRIES                                                          \
    (UINT64_C(1) << (RS_PLANE_ADDRESS_BITS - RS_PLANE_LEAF_SHIFT))
#define LEAF_BYTES                                                            \
    (sizeof(rs_cell) << (RS_PLANE_LEAF_SHIFT - RS_GRANULE_SHIFT))

bool
rs_plane_start(void)
{
    rs_plane.root = rs_sys_map(ROOT_ENTRIES * sizeof(*rs_plane.root));
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
    leaf = rs_sys_map(LEAF_BYTES);
    if (leaf == NULL) {
        rs_lost_count(RS_LOST_SHADOW);
        return NULL;
    }
    /* Release: pairs with the acquire in rs_plane_find(). The loser's mapping
     * was never touched, and so costs an address range only. */
    if (!atomic_compare_exchange_strong_explicit(entry, &expected, leaf,
                                                 memory_order_release,
                                                 memory_order_relaxed))
        rs_sys_unmap(leaf, LEAF_BYTES);
    return rs_plane_find(object);
}
