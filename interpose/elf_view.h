/* SPDX-License-Identifier: MIT */
/* elf_view.h -- a loaded ELF image, read-only: the relocations that bind its
 * calls to symbols, and its protected range.
 *
 * Pure: works on the bytes it is given. The program headers are believed,
 * because the loader mapped the image by them; everything else is checked
 * against the segments they name. A broken image gives an empty view or fewer
 * slots, never a fault (tests/unit/elf_view_test.c flips its bits). */
#pragma once

#include <link.h>
#include <stdbool.h>
#include <stdint.h>

struct rs_elf_view {
    uintptr_t base;      /* load bias */
    uintptr_t image_low; /* the mapped range, from first to last segment */
    uintptr_t image_high;
    const ElfW(Phdr) * headers; /* nothing is read outside their segments */
    unsigned headers_count;
    uintptr_t symbols;
    uintptr_t strings;
    uintptr_t strings_bytes;
    uintptr_t rela[2]; /* DT_RELA and DT_JMPREL */
    uintptr_t rela_count[2];
    uintptr_t relro_low;  /* PT_GNU_RELRO, rounded as the loader rounds it; */
    uintptr_t relro_high; /* low equals high when there is none */
};

/* One relocation that binds a named symbol to a slot. */
struct rs_elf_slot {
    const char *symbol;
    uintptr_t *address;
    bool is_imported;  /* the image does not define the symbol itself */
    bool is_writable;  /* lies in a writable segment; RELRO ones do, too */
    bool is_protected; /* … and in the part the loader made read-only */
};

/* From dl_iterate_phdr's info. False when there is nothing to patch. */
bool rs_elf_view_open(struct rs_elf_view *view,
                      const struct dl_phdr_info *info);

/* Calls `visit` for each aligned slot that a JUMP_SLOT, a GLOB_DAT or a
 * 64-bit absolute relocation without addend fills. */
void rs_elf_view_slots(const struct rs_elf_view *view,
                       void (*visit)(void *context,
                                     const struct rs_elf_slot *slot),
                       void *context);

static inline bool
rs_elf_view_has(const struct rs_elf_view *view, uintptr_t address)
{
    return address - view->image_low < view->image_high - view->image_low;
}
