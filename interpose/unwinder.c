/* SPDX-License-Identifier: MIT */
/* unwinder.c -- libunwind calls what unwinder.def says.
 *
 * Once, at start. A shared libunwind whose slots cannot be written, or that
 * uses a pipe in some other way, keeps its pipe. */
#include "unwinder.h"

#include "elf_view.h"
#include "pages.h"
#include "unwinder_caches.h"
#include "unwinder_calls.h"

#include "../runtime/base/lost.h"
#include "../runtime/base/text.h"
#include "../runtime/os/unwind.h"
#include "../runtime/os/unwind_tables.h"
#include "../runtime/report/report.h"

#define UNW_LOCAL_ONLY
#include <libunwind.h>
#include <stdint.h>
#include <string.h>

static const struct {
    const char *symbol;
    uintptr_t function;
} replacements[] = {
#define RS_UNWINDER_CALL(symbol, function) {#symbol, (uintptr_t)function},
#include "unwinder.def"
#undef RS_UNWINDER_CALL
};

struct visit {
    bool is_open; /* RELRO is writable now */
};

static void
replace(void *context, const struct rs_elf_slot *slot)
{
    const struct visit *visit = context;

    if (!slot->is_writable || (slot->is_protected && !visit->is_open))
        return;
    for (size_t i = 0; i < sizeof(replacements) / sizeof(replacements[0]); i++)
        if (strcmp(slot->symbol, replacements[i].symbol) == 0)
            __atomic_store_n(slot->address, replacements[i].function,
                             __ATOMIC_RELAXED);
}

static int
visit_image(struct dl_phdr_info *info, size_t bytes, void *context)
{
    struct rs_elf_view view;
    struct visit visit;

    (void)bytes;
    (void)context;
    if (!rs_elf_view_open(&view, info) ||
        !rs_elf_view_has(&view, (uintptr_t)unw_backtrace) ||
        rs_elf_view_has(&view, (uintptr_t)visit_image))
        return 0;
    visit.is_open = view.relro_low < view.relro_high &&
                    rs_pages_open(view.relro_low, view.relro_high);
    rs_elf_view_slots(&view, replace, &visit);
    if (visit.is_open)
        rs_pages_close(view.relro_low, view.relro_high);
    return 1;
}

void
rs_unwinder_start(void)
{
    rs_unwinder_calls_start();
    dl_iterate_phdr(visit_image, NULL);
}

void
rs_unwinder_loaded(const struct dl_phdr_info *info)
{
    char sentence[512];
    struct rs_text text = rs_text_make(sentence, sizeof(sentence));

    if (rs_unwind_tables_are_sound(info->dlpi_addr, info->dlpi_phdr,
                                   info->dlpi_phnum))
        return;
    rs_unwind_libunwind_distrust();
    rs_lost_count(RS_LOST_UNWIND);
    rs_text_format(&text,
                   "the unwind tables of %s cannot be trusted: from now on "
                   "stacks follow frame pointers only",
                   info->dlpi_name[0] != '\0' ? info->dlpi_name
                                              : "the executable");
    rs_report_note(sentence);
}
