/* SPDX-License-Identifier: MIT */
/* methods_find.c -- looks through the writable data of an image, word by word,
 * for what cannot well be anything else: flags that a method may have, behind
 * an address of code, behind that of a name. Static tables are in that data,
 * and were relocated before any code of the image ran.
 *
 * All that is read lies in segments as the loader mapped them. */
#include "methods_find.h"
#include "../runtime/os/atomics.h"

#include <stddef.h>

#define FLAGS 0x3ff /* all that ever were */

/* Is [address, address + bytes) in one segment that has these flags? */
static bool
is_inside(const struct dl_phdr_info *info, uintptr_t address, uintptr_t bytes,
          ElfW(Word) flags)
{
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t offset = address - info->dlpi_addr - header->p_vaddr;

        if (header->p_type == PT_LOAD && (header->p_flags & flags) == flags &&
            offset <= header->p_filesz && bytes <= header->p_filesz - offset)
            return true;
    }
    return false;
}

bool
rs_methods_has_code(const struct dl_phdr_info *info, uintptr_t address)
{
    return is_inside(info, address, 1, PF_X);
}

/* The flags are asked first: almost no other data has such a number there. */
static bool
is_method(const struct dl_phdr_info *info, const struct rs_method_def *def)
{
    return def->flags > 0 && (def->flags & ~FLAGS) == 0 &&
           is_inside(info, (uintptr_t)rs_load(&def->function), 1, PF_X) &&
           is_inside(info, (uintptr_t)def->name, RS_METHOD_NAME, PF_R);
}

/* What is protected after relocation is no table that may be written to. */
static void
find_relro(const struct dl_phdr_info *info, uintptr_t *low, uintptr_t *high)
{
    *low = *high = 0;
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];

        if (header->p_type != PT_GNU_RELRO)
            continue;
        *low = info->dlpi_addr + header->p_vaddr;
        *high = *low + header->p_memsz;
    }
}

static unsigned
count_methods(const struct dl_phdr_info *info, uintptr_t at, uintptr_t end)
{
    unsigned count = 0;

    while (at < end && end - at >= sizeof(struct rs_method_def) &&
           is_method(info, (const struct rs_method_def *)at)) {
        at += sizeof(struct rs_method_def);
        count++;
    }
    return count;
}

void
rs_methods_find(const struct dl_phdr_info *info,
                void (*visit)(void *context, struct rs_method_def *table,
                              unsigned count),
                void *context)
{
    uintptr_t relro_low, relro_high;

    find_relro(info, &relro_low, &relro_high);
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t at = info->dlpi_addr + header->p_vaddr;
        uintptr_t end = at + header->p_filesz;

        if (header->p_type != PT_LOAD || (header->p_flags & PF_W) == 0)
            continue;
        if (at - relro_low < relro_high - relro_low)
            at = relro_high;
        at = (at + 7) & ~(uintptr_t)7;
        while (at < end) {
            unsigned count = count_methods(info, at, end);

            if (count >= 2)
                visit(context, (struct rs_method_def *)at, count);
            at += count >= 2 ? count * sizeof(struct rs_method_def) : 8;
        }
    }
}
