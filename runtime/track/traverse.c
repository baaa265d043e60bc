/* SPDX-License-Identifier: MIT */
/* traverse.c -- see traverse.h. Insert-only, fixed memory, lock-free.
 *
 * Added to by the hooks of functions that make types; read on the event path.
 */
#include "track/traverse.h"

#include <stddef.h>

#include "host/host.h"
#include "base/exempt.h"
#include "stack/site.h"
#include "os/atomics.h"

struct rs_type_codes rs_traverse_functions;

_Atomic uint64_t rs_traverse_code[RS_TRAVERSE_WORDS];

static void
mark_code(uintptr_t low, uintptr_t high)
{
    for (uintptr_t place = low >> 6; place <= (high - 1) >> 6; place++)
        atomic_fetch_or_explicit(
            &rs_traverse_code[place >> 6 & (RS_TRAVERSE_WORDS - 1)],
            UINT64_C(1) << (place & 63), memory_order_relaxed);
}

void
rs_traverse_add(uintptr_t address)
{
    const struct rs_type_code *function =
        rs_type_codes_add(&rs_traverse_functions, address);

    if (function != NULL)
        mark_code(rs_load(&function->low), function->high);
}

struct rs_type_code *
rs_traverse_find(uintptr_t pc)
{
    return rs_traverse_may_have(pc)
               ? rs_type_codes_find(&rs_traverse_functions, pc - 1)
               : NULL;
}

static bool
is_in_module(const struct rs_type_code *function, uintptr_t pc)
{
    return pc >= function->module_low && pc < function->module_high;
}

struct frames {
    uintptr_t pcs[RS_STACK_FRAMES_MAX]; /* the native ones */
    unsigned count;
};

static void
read_frames(rs_stack stack, struct frames *native)
{
    rs_frame frames[RS_STACK_FRAMES_MAX];
    unsigned count = rs_stack_get(stack, frames, RS_STACK_FRAMES_MAX);

    native->count = 0;
    while (native->count < count &&
           !rs_frame_is_python(frames[native->count])) {
        native->pcs[native->count] = rs_site_pc(frames[native->count]);
        native->count++;
    }
}

/* Further in than frame `at` there is nothing but code of the same module, and
 * further out the interpreter, which that module did not call: it might be
 * walking its objects by itself. */
static bool
is_called_by_collector(const struct rs_type_code *function,
                       const struct frames *native, unsigned at)
{
    unsigned outer = at + 1;

    for (unsigned i = 0; i < at; i++) {
        if (RS_EXEMPT(traverse_calls_out,
                      !is_in_module(function, native->pcs[i])))
            return false;
    }
    while (outer < native->count && rs_host_has_code(native->pcs[outer]))
        outer++;
    return outer > at + 1 &&
           !RS_EXEMPT(traverse_called_by_module,
                      outer != native->count &&
                          is_in_module(function, native->pcs[outer]));
}

static struct rs_type_code *
find_outer(rs_stack stack)
{
    struct frames native;

    read_frames(stack, &native);
    for (unsigned i = 1; i < native.count; i++) {
        struct rs_type_code *function = rs_traverse_find(native.pcs[i]);

        if (function != NULL)
            return is_called_by_collector(function, &native, i) ? function
                                                                : NULL;
    }
    return NULL;
}

void
rs_traverse_describe(uintptr_t pc, rs_stack stack, const void *tstate,
                     struct rs_traverse_facts *facts)
{
    facts->is_collecting = rs_host_is_collecting(tstate);
    facts->function = rs_traverse_find(pc);
    if (facts->function == NULL && facts->is_collecting)
        facts->function = find_outer(stack);
    facts->is_told =
        facts->function != NULL && rs_load(&facts->function->is_told);
}
