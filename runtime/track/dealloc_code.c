/* SPDX-License-Identifier: MIT */
/* dealloc_code.c -- see dealloc_code.h. */
#include "track/dealloc_code.h"

#include <stddef.h>

#include "host/host.h"
#include "os/atomics.h"
#include "shadow/lifetimes.h"
#include "stack/site.h"
#include "track/type_code.h"

static struct rs_type_codes deallocs;

void
rs_dealloc_code_add(uintptr_t function)
{
    (void)rs_type_codes_add(&deallocs, function);
}

static bool
is_on_stack(const struct rs_type_code *function, rs_stack stack)
{
    rs_frame frames[RS_STACK_FRAMES_MAX];
    unsigned count = rs_stack_get_native(stack, frames);

    for (unsigned i = 0; i < count; i++) {
        uintptr_t code = rs_site_pc(frames[i]) - 1;

        if (code >= rs_load(&function->low) && code < function->high)
            return true;
    }
    return false;
}

/* A dealloc that is inherited, or called by the one of a Python class, is in
 * the type's bases. */
bool
rs_dealloc_code_runs(const struct rs_event *ev, rs_word word)
{
    uintptr_t type = ev->before.type;

    if (!ev->has_before || !rs_host_has_type(&ev->before) ||
        !rs_lifetimes_is_innermost(ev, word))
        return false;
    for (; type != 0; type = rs_host_base(type)) {
        const struct rs_type_code *function =
            rs_type_codes_find(&deallocs, rs_host_dealloc(type));

        if (function != NULL && is_on_stack(function, ev->stack))
            return true;
    }
    return false;
}
