/* SPDX-License-Identifier: MIT */
/* tracer_slot.c -- the tracer's place in _PyRuntime, found by what it holds.
 *
 * PyRefTracer_SetTracer() stops the world, which no event may wait for. What
 * it then does are two stores, of function and data (Objects/object.c). A
 * runtime that begins anew has set both to NULL, and NULL is our data, so that
 * the first store is all that is left to do. */
#include "tracer_slot.h"

#include "../runtime/host/host.h"
#include "../runtime/os/atomics.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

static _Atomic(_Atomic(rs_tracer) *) slot;

void
rs_tracer_slot_find(rs_tracer ours)
{
    if (rs_load(&slot) == NULL)
        rs_store(&slot, (_Atomic(rs_tracer) *)rs_host_find_in_runtime(
                            (uintptr_t)ours));
}

bool
rs_tracer_slot_fill(rs_tracer ours)
{
    _Atomic(rs_tracer) *place = rs_load(&slot);
    rs_tracer empty = NULL;

    return place != NULL && rs_swap_if(place, &empty, ours);
}
