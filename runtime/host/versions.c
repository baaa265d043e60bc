/* SPDX-License-Identifier: MIT */
/* versions.c -- what one version of CPython does and another does not, as
 * questions with a name (host.h). Nobody outside host/ compares versions. */
#include "host/host.h"

#include "host/cpython_abi.h"

bool
rs_host_has_outer_trashcan(void)
{
    return rs_host->version >= RS_CPYTHON(3, 14);
}

bool
rs_host_tells_its_end(void)
{
    return rs_host->kind == RS_HOST_CPYTHON &&
           rs_host->version >= RS_CPYTHON(3, 14);
}

/* python/cpython#159431, of free-threaded builds; mended in 3.14.10 and 3.15.2.
 */
bool
rs_host_merges_immortals(void)
{
    uint32_t mended = rs_host->version >= RS_CPYTHON(3, 15)
                          ? RS_CPYTHON_RELEASE(3, 15, 2)
                          : RS_CPYTHON_RELEASE(3, 14, 10);

    return rs_host->version < mended;
}

bool
rs_host_has_tracers(void)
{
    return rs_host->version >= RS_CPYTHON(3, 13);
}

bool
rs_host_tells_removed_tracers(void)
{
    return rs_host->version >= RS_CPYTHON(3, 15);
}

bool
rs_host_has_immortal_bit(void)
{
    return rs_host->version >= RS_CPYTHON(3, 14);
}

unsigned
rs_host_tuple_items(void)
{
    return rs_host->version >= RS_CPYTHON(3, 14) ? 16 : 8;
}

unsigned
rs_host_dict_values_begin(void)
{
    return rs_host->version >= RS_CPYTHON(3, 13) ? 8 : 0;
}
