/* SPDX-License-Identifier: MIT */
/* traverse.h -- the tp_traverse functions of extension types: where their code
 * is, and whether an operation is done inside one.
 *
 * The collector calls them while it keeps numbers of its own in the headers of
 * all objects; on free-threaded builds in the very words that count. So a
 * tp_traverse must not count references, whoever calls it.
 *
 * An operation is inside a tp_traverse when the function itself does it, or
 * code that was compiled into it; and while a collection runs, also when a
 * function of the same module does it that the tp_traverse called.
 *
 * Missed:     what helpers do that are called at the end (by a jump), or lie
 *             in another module, or are called by gc.get_referents or by a
 *             module that calls PyGC_Collect; and before 3.13 what any helper
 *             does. Helpers in instrumented code of a default build, once
 *             their site is known. What type_code.h misses.
 * Never:      the visitor of another tool that walks the objects by itself,
 *             and counts them. It is called by a tp_traverse, too, but no
 *             collection runs.
 * Wrong when: a module is unloaded, and another is loaded that has something
 *             else where the first one's tp_traverse was. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "host/host.h"
#include "event/step.h"
#include "os/atomics.h"
#include "track/type_code.h"

/* A tp_traverse was found in a type. Asks the loader: not for the event path.
 */
void rs_traverse_add(uintptr_t function);

/* The function that has the call before the return address, or NULL. */
struct rs_type_code *rs_traverse_find(uintptr_t pc);

/* False for almost all code: one bit for each 64 bytes of it, shared. */
#define RS_TRAVERSE_WORDS 64
extern _Atomic uint64_t rs_traverse_code[RS_TRAVERSE_WORDS];

static inline bool
rs_traverse_may_have(uintptr_t pc)
{
    uintptr_t place = (pc - 1) >> 6;

    /* Relaxed: a type is made before its instances are traversed. */
    return (rs_load(&rs_traverse_code[place >> 6 & (RS_TRAVERSE_WORDS - 1)]) >>
                (place & 63) &
            1) != 0;
}

extern struct rs_type_codes rs_traverse_functions;

/* Is an operation at `pc` worth a closer look? */
static inline bool
rs_traverse_is_near(uintptr_t pc, const void *tstate)
{
    if (rs_likely(rs_load(&rs_traverse_functions.claimed) == 0))
        return false;
    return rs_traverse_may_have(pc) || rs_host_is_collecting(tstate);
}

/* Of an operation at `pc`, whose stack has that as its innermost frame. */
void rs_traverse_describe(uintptr_t pc, rs_stack stack, const void *tstate,
                          struct rs_traverse_facts *facts);

/* It is being reported. */
static inline void
rs_traverse_tell(const struct rs_traverse_facts *facts)
{
    rs_store(&facts->function->is_told, true);
}
