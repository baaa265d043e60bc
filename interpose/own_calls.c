/* SPDX-License-Identifier: MIT */
/* own_calls.c -- see own_calls.h.
 *
 * A slot that leads into an image with TSan gets the function of that name
 * from the C library. Left alone are the allocator, which must be one for all,
 * and the functions that refsan hooks for the program: what those call next is
 * the interceptor.
 *
 * Once, before anything else of refsan runs, so that what it calls here still
 * goes through the interceptors. */
#include "own_calls.h"

#define UNW_LOCAL_ONLY
#include <libunwind.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "dl.h"
#include "elf_view.h"
#include "hooks.h"
#include "pages.h"

#include "../runtime/order/tsan_runtime.h"

static const char *const allocator[] = {"malloc", "calloc", "realloc", "free"};

struct visit {
    struct rs_elf_image tsan;
    struct rs_elf_view view;
    bool is_refsan; /* not libunwind */
    bool is_open;   /* RELRO is writable now */
};

static bool
is_kept(const struct visit *visit, const char *symbol)
{
    for (size_t i = 0; i < sizeof(allocator) / sizeof(allocator[0]); i++)
        if (strcmp(symbol, allocator[i]) == 0)
            return true;
    return visit->is_refsan && rs_hooks_find(symbol) != NULL;
}

/* Does it lead to an interceptor, or will it, when the loader binds it? */
static bool
is_intercepted(const struct visit *visit, uintptr_t value)
{
    return value - visit->tsan.text_low <
               visit->tsan.text_high - visit->tsan.text_low ||
           rs_elf_view_has(&visit->view, value);
}

static void
redirect(void *context, const struct rs_elf_slot *slot)
{
    const struct visit *visit = context;
    uintptr_t value = __atomic_load_n(slot->address, __ATOMIC_RELAXED);
    void *function;

    if (!slot->is_imported || !slot->is_writable ||
        (slot->is_protected && !visit->is_open) ||
        !is_intercepted(visit, value) || is_kept(visit, slot->symbol))
        return;
    function = rs_dl_libc(slot->symbol);
    if (function != NULL)
        __atomic_store_n(slot->address, (uintptr_t)function, __ATOMIC_RELAXED);
}

static int
visit_image(struct dl_phdr_info *info, size_t bytes, void *context)
{
    struct visit *visit = context;
    struct rs_elf_view *view = &visit->view;

    (void)bytes;
    if (!rs_elf_view_open(view, info))
        return 0;
    visit->is_refsan = rs_elf_view_has(view, (uintptr_t)visit_image);
    if (!visit->is_refsan && !rs_elf_view_has(view, (uintptr_t)unw_backtrace))
        return 0;
    visit->is_open = view->relro_low < view->relro_high &&
                     rs_pages_open(view->relro_low, view->relro_high);
    rs_elf_view_slots(view, redirect, visit);
    if (visit->is_open)
        rs_pages_close(view->relro_low, view->relro_high);
    return 0;
}

void
rs_own_calls_start(void)
{
    struct visit visit = {.is_open = false};
    void (*init)(void);

    if (!rs_tsan_runtime_find(&visit.tsan))
        return;
    init = (void (*)(void))rs_elf_image_symbol(&visit.tsan, "__tsan_init");
    init();
    dl_iterate_phdr(visit_image, &visit);
}
