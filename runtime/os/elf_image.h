/* SPDX-License-Identifier: MIT */
/* elf_image.h -- the loaded ELF images of this process: where they are, what
 * they export, which of them has a pc.
 *
 * Used to find the host and to name the module of a frame. Symbols are looked
 * up in one image's own tables, not by the loader's rules: those would find
 * refsan's wrappers in front of the originals. */
#pragma once

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rs_elf_image {
    uintptr_t base;      /* what the loader added to the file's addresses */
    uintptr_t low, high; /* all that is mapped */
    uintptr_t text_low, text_high; /* the executable part */
    bool is_executable;            /* the program itself */
    const char *path;  /* the loader's; "" when there is none (vdso) */
    char build_id[48]; /* hex; "" when there is none, cut at 20 bytes */
    const ElfW(Phdr) * headers; /* tables are read in their segments only */
    unsigned headers_count;
    /* DT_SYMTAB, DT_STRTAB, DT_GNU_HASH, DT_HASH; 0 where there is none */
    uintptr_t symbols, strings, gnu_hash, sysv_hash;
};

/* Calls `visit` for each image, the executable first, until it says true;
 * returns whether it did. Takes the loader's lock; `visit` must not load. */
bool rs_elf_image_each(bool (*visit)(void *context,
                                     const struct rs_elf_image *image),
                       void *context);

/* The image that has `pc` in its executable part. */
bool rs_elf_image_find(uintptr_t pc, struct rs_elf_image *image);

/* Does it lie in one segment that is loaded and can be read? */
bool rs_elf_image_is_loaded(const struct rs_elf_image *image,
                            uintptr_t address, uintptr_t bytes);

/* The address of a function or datum the image defines and exports, or 0; also
 * where its tables are damaged. */
uintptr_t rs_elf_image_symbol(const struct rs_elf_image *image,
                              const char *name);
