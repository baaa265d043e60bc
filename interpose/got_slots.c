/* SPDX-License-Identifier: MIT */
/* got_slots.c -- see got_slots.h, and got.c for where it runs. */
#include "got_slots.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "hooks.h"
#include "instrumented.h"
#include "pages.h"

#include "../runtime/base/options.h"
#include "../runtime/base/text.h"
#include "../runtime/report/report.h"
#include "../runtime/os/atomics.h"

static _Atomic unsigned patched; /* a counter, no order needed */

enum slot_state {
    SLOT_PENDING, /* the loader is not done with it */
    SLOT_LAZY,    /* leads to the image's own PLT */
    SLOT_HOST,    /* bound to the host's function */
    SLOT_OURS,
    SLOT_FOREIGN, /* somebody else's function of that name */
};

/* A slot that is not relocated holds zero or an address as the linker wrote
 * it, without the load bias: the image's own address range begins there. */
static enum slot_state
slot_state(const struct rs_elf_view *view, uintptr_t value,
           const struct rs_hook *hook)
{
    if (value == (uintptr_t)hook->replacement)
        return SLOT_OURS;
    if (value == (uintptr_t)*hook->original)
        return SLOT_HOST;
    if (rs_elf_view_has(view, value))
        return SLOT_LAZY;
    return value < view->image_high - view->base ? SLOT_PENDING : SLOT_FOREIGN;
}

static bool
write_slot(struct rs_got_visit *visit, const struct rs_elf_slot *slot,
           const void *function)
{
    const struct rs_elf_view *view = &visit->view;

    if (slot->is_protected && !visit->is_open && !visit->is_refused) {
        visit->is_open = rs_pages_open(view->relro_low, view->relro_high);
        visit->is_refused = !visit->is_open;
    }
    if (!slot->is_writable || (slot->is_protected && !visit->is_open))
        return false;
    /* Release: a thread that calls through the slot finds the hook ready.
     * Pairs with the data dependency of its indirect call. */
    __atomic_store_n(slot->address, (uintptr_t)function, __ATOMIC_RELEASE);
    return true;
}

/* A libpython that calls its own functions through slots (it was built with
 * semantic interposition) would find our exported wrappers in them. They are
 * none of our business: its own calls go to its own functions. */
static void
visit_host_slot(struct rs_got_visit *visit, const struct rs_elf_slot *slot,
                const struct rs_hook *hook)
{
    uintptr_t value = __atomic_load_n(slot->address, __ATOMIC_RELAXED);
    enum slot_state state = slot_state(&visit->view, value, hook);

    if ((state == SLOT_OURS || state == SLOT_LAZY) &&
        !write_slot(visit, slot, *hook->original))
        visit->may_call_hooks = true;
    visit->may_call_hooks |= state == SLOT_PENDING;
}

/* Locks, and functions that only read; not counted. One that is not written is
 * a lock or a use that is not seen. */
static void
visit_aside_slot(struct rs_got_visit *visit, const struct rs_elf_slot *slot,
                 const struct rs_hook *hook)
{
    uintptr_t value = __atomic_load_n(slot->address, __ATOMIC_RELAXED);
    enum slot_state state = slot_state(&visit->view, value, hook);

    if (state == SLOT_HOST || state == SLOT_LAZY)
        (void)write_slot(visit, slot, hook->replacement);
    else if (state == SLOT_PENDING)
        visit->pending++;
}

static bool
is_api(const char *symbol)
{
    symbol += symbol[0] == '_';
    return symbol[0] == 'P' && symbol[1] == 'y';
}

static void
visit_slot(void *context, const struct rs_elf_slot *slot)
{
    struct rs_got_visit *visit = context;
    const struct rs_hook *hook = rs_hooks_find(slot->symbol);
    uintptr_t value;

    visit->uses_api |= slot->is_imported && is_api(slot->symbol);
    visit->tells_tsan |=
        slot->is_imported && strcmp(slot->symbol, "__tsan_func_entry") == 0;
    if (rs_instrumented_is_mark(slot->symbol)) {
        strncpy(visit->mark, slot->symbol, sizeof(visit->mark) - 1);
        visit->watched++;
        visit->hooked += rs_instrumented_is_known(slot->symbol);
    }
    if (hook == NULL || *hook->original == NULL ||
        hook->is_aside != visit->wants_aside)
        return;
    if (visit->is_host) {
        visit_host_slot(visit, slot, hook);
        return;
    }
    if (!slot->is_imported)
        return; /* a private copy of the API: not the host's objects */

    value = __atomic_load_n(slot->address, __ATOMIC_RELAXED);
    if (hook->is_aside) {
        visit_aside_slot(visit, slot, hook);
        return;
    }
    visit->watched++;
    switch (slot_state(&visit->view, value, hook)) {
    case SLOT_PENDING:
        visit->pending++;
        break;
    case SLOT_LAZY:
    case SLOT_HOST:
        if (!write_slot(visit, slot, hook->replacement)) {
            visit->is_short = true;
            break;
        }
        visit->hooked++;
        rs_add(&patched, 1);
        break;
    case SLOT_OURS:
        visit->hooked++;
        break;
    case SLOT_FOREIGN:
        break;
    }
}

void
rs_got_slots_visit(struct rs_got_visit *visit)
{
    rs_elf_view_slots(&visit->view, visit_slot, visit);
}

unsigned
rs_got_slots_patched(void)
{
    return rs_load(&patched);
}

void
rs_got_slots_say(const struct rs_got_visit *visit, const char *path)
{
    char sentence[512];
    struct rs_text text = rs_text_make(sentence, sizeof(sentence));

    if (rs_options->verbosity < 2)
        return;
    rs_text_format(&text, "hooked %u of %u slots of %s", visit->hooked,
                   visit->watched, path[0] != '\0' ? path : "the executable");
    rs_report_note(sentence);
}
