/* SPDX-License-Identifier: MIT */
/* elf_view.c -- a loaded ELF image, read-only.
 *
 * Runs under the loader's lock, on images that another thread may be loading
 * at this moment: what is read here may not be relocated yet. Every address
 * from the image is checked against its segments before it is used. */
#include "elf_view.h"

#include "../runtime/os/arch.h"

#include <elf.h>
#include <string.h>
#include <unistd.h>

/* Is [address, address + bytes) inside one segment with all of `flags`? */
static bool
is_inside(const struct rs_elf_view *view, uintptr_t address, uintptr_t bytes,
          ElfW(Word) flags)
{
    for (unsigned i = 0; i < view->headers_count; i++) {
        const ElfW(Phdr) *segment = &view->headers[i];
        uintptr_t offset = address - view->base - segment->p_vaddr;

        if (segment->p_type == PT_LOAD &&
            (segment->p_flags & flags) == flags &&
            offset <= segment->p_memsz && bytes <= segment->p_memsz - offset)
            return true;
    }
    return false;
}

static bool
is_table(const struct rs_elf_view *view, uintptr_t address, uintptr_t bytes)
{
    return address % sizeof(uintptr_t) == 0 &&
           is_inside(view, address, bytes, PF_R);
}

/* glibc relocates the pointers of the dynamic section in place, other loaders
 * do not; a pointer into the image is taken as it is, another as an offset. */
static uintptr_t
dynamic_pointer(const struct rs_elf_view *view, uintptr_t value)
{
    return rs_elf_view_has(view, value) ? value : view->base + value;
}

/* The range and RELRO. Returns the dynamic section's header or NULL. */
static const ElfW(Phdr) * read_headers(struct rs_elf_view *view)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const ElfW(Phdr) *dynamic = NULL;

    view->image_low = UINTPTR_MAX;
    for (unsigned i = 0; i < view->headers_count; i++) {
        const ElfW(Phdr) *header = &view->headers[i];
        uintptr_t low = view->base + header->p_vaddr;
        uintptr_t high = low + header->p_memsz;

        if (header->p_type == PT_LOAD && low < view->image_low)
            view->image_low = low;
        if (header->p_type == PT_LOAD && high > view->image_high)
            view->image_high = high;
        if (header->p_type == PT_DYNAMIC)
            dynamic = header;
        /* Both ends down: the loader leaves a last, partial page writable. */
        if (header->p_type == PT_GNU_RELRO) {
            view->relro_low = low & ~(page - 1);
            view->relro_high = high & ~(page - 1);
        }
    }
    return dynamic;
}

static void
read_dynamic(struct rs_elf_view *view, uintptr_t at, uintptr_t bytes)
{
    uintptr_t entry_bytes = sizeof(ElfW(Rela));

    for (; bytes >= sizeof(ElfW(Dyn)); bytes -= sizeof(ElfW(Dyn))) {
        ElfW(Dyn) entry;

        memcpy(&entry, (const void *)at, sizeof(entry));
        at += sizeof(entry);
        switch (entry.d_tag) {
        case DT_NULL:
            return;
        case DT_SYMTAB:
            view->symbols = dynamic_pointer(view, entry.d_un.d_ptr);
            break;
        case DT_STRTAB:
            view->strings = dynamic_pointer(view, entry.d_un.d_ptr);
            break;
        case DT_STRSZ:
            view->strings_bytes = entry.d_un.d_val;
            break;
        case DT_RELA:
            view->rela[0] = dynamic_pointer(view, entry.d_un.d_ptr);
            break;
        case DT_RELASZ:
            view->rela_count[0] = entry.d_un.d_val / entry_bytes;
            break;
        case DT_JMPREL:
            view->rela[1] = dynamic_pointer(view, entry.d_un.d_ptr);
            break;
        case DT_PLTRELSZ:
            view->rela_count[1] = entry.d_un.d_val / entry_bytes;
            break;
        default:
            break;
        }
    }
}

bool
rs_elf_view_open(struct rs_elf_view *view, const struct dl_phdr_info *info)
{
    const ElfW(Phdr) * dynamic;
    uintptr_t at;

    *view = (struct rs_elf_view){
        .base = info->dlpi_addr,
        .headers = info->dlpi_phdr,
        .headers_count = info->dlpi_phnum,
    };
    dynamic = read_headers(view);
    if (dynamic == NULL || view->image_low >= view->image_high)
        return false;
    at = view->base + dynamic->p_vaddr;
    if (!is_table(view, at, dynamic->p_memsz))
        return false;
    read_dynamic(view, at, dynamic->p_memsz);

    for (int i = 0; i < 2; i++) {
        uintptr_t most = UINTPTR_MAX / sizeof(ElfW(Rela));
        if (view->rela_count[i] > most ||
            !is_table(view, view->rela[i],
                      view->rela_count[i] * sizeof(ElfW(Rela))))
            view->rela_count[i] = 0;
    }
    /* A terminated table makes every name in it terminated. */
    return view->rela_count[0] + view->rela_count[1] != 0 &&
           view->strings_bytes != 0 &&
           is_inside(view, view->strings, view->strings_bytes, PF_R) &&
           ((const char *)view->strings)[view->strings_bytes - 1] == '\0';
}

/* False when the relocation is of no interest, or broken. */
static bool
read_slot(const struct rs_elf_view *view, const ElfW(Rela) * rela,
          struct rs_elf_slot *slot)
{
    uintptr_t type = ELF64_R_TYPE(rela->r_info);
    uintptr_t symbol_at =
        view->symbols + ELF64_R_SYM(rela->r_info) * sizeof(ElfW(Sym));
    uintptr_t at = view->base + rela->r_offset;
    const ElfW(Sym) *symbol = (const ElfW(Sym) *)symbol_at;

    if (type != RS_ARCH_RELOC_JUMP_SLOT && type != RS_ARCH_RELOC_GLOB_DAT &&
        (type != RS_ARCH_RELOC_ABSOLUTE || rela->r_addend != 0))
        return false;
    if (!is_table(view, symbol_at, sizeof(*symbol)) || symbol->st_name == 0 ||
        symbol->st_name >= view->strings_bytes ||
        !is_table(view, at, sizeof(uintptr_t)))
        return false;
    slot->symbol = (const char *)view->strings + symbol->st_name;
    slot->address = (uintptr_t *)at;
    slot->is_imported = symbol->st_shndx == SHN_UNDEF;
    slot->is_writable = is_inside(view, at, sizeof(uintptr_t), PF_W);
    slot->is_protected =
        at - view->relro_low < view->relro_high - view->relro_low;
    return true;
}

void
rs_elf_view_slots(const struct rs_elf_view *view,
                  void (*visit)(void *context, const struct rs_elf_slot *slot),
                  void *context)
{
    for (int i = 0; i < 2; i++) {
        const ElfW(Rela) *rela = (const ElfW(Rela) *)view->rela[i];

        for (uintptr_t j = 0; j < view->rela_count[i]; j++) {
            struct rs_elf_slot slot;

            if (read_slot(view, &rela[j], &slot))
                visit(context, &slot);
        }
    }
}
