/* SPDX-License-Identifier: MIT */
/* elf_view.h -- a loaded ELF image, read-only: the relocations that bind its
 * calls to symbols, its names, its protected range.
 *
 * Pure: works on the bytes it is given, checks every bound, and is fuzzed
 * (tests/fuzz). A broken image gives an empty view, never a fault. */
#pragma once

#include <link.h>
#include <stdbool.h>
#include <stdint.h>

struct rs_elf_view {
    uintptr_t base;             /* load bias */
    uintptr_t image_low;        /* mapped range; nothing is read outside */
    uintptr_t image_high;
    const ElfW(Sym) * symbols;
    uintptr_t symbols_count;    /* from the hash tables; 0 when unknown */
    const char *strings;
    uintptr_t strings_bytes;
    const ElfW(Rela) * rela[2]; /* DT_RELA and DT_JMPREL */
    uintptr_t rela_count[2];
    uintptr_t relro_low;        /* PT_GNU_RELRO, page-rounded; 0 when none */
    uintptr_t relro_high;
};

/* From dl_iterate_phdr's info. False when there is nothing to patch. */
bool rs_elf_view_open(struct rs_elf_view *view,
                      const struct dl_phdr_info *info);

/* Calls `visit` for each relocation that binds a named symbol to a slot
 * (JUMP_SLOT, GLOB_DAT, 64-bit absolute), with the slot's address. */
void rs_elf_view_slots(const struct rs_elf_view *view,
                       void (*visit)(void *context, const char *symbol,
                                     uintptr_t *slot),
                       void *context);

/* The address of a symbol the image defines and exports, or 0. */
uintptr_t rs_elf_view_find(const struct rs_elf_view *view, const char *symbol);
