/* SPDX-License-Identifier: MIT */
/* elf_file.h -- the names of functions in an ELF file on disk: .symtab, which
 * has static functions too, or else .dynsym.
 *
 * Every offset in the file is checked before it is followed: a broken file has
 * no names, and never faults (but for one that is truncated while mapped). No
 * malloc. For reports. */
#pragma once

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rs_elf_file {
    const unsigned char *bytes;
    size_t size;
    const ElfW(Sym) * symbols; /* NULL when there are none */
    size_t symbols_count;
    const char *strings;
    size_t strings_bytes;
    bool is_full; /* from .symtab */
};

/* Maps the file. False when it is no ELF file of this machine. */
bool rs_elf_file_open(struct rs_elf_file *file, const char *path);
void rs_elf_file_close(struct rs_elf_file *file);

/* The same on bytes that are already there. */
bool rs_elf_file_read(struct rs_elf_file *file, const void *bytes,
                      size_t size);

/* The function that has `address` (as the file counts, not as loaded), or
 * NULL. Sets *start. */
const char *rs_elf_file_function(const struct rs_elf_file *file,
                                 uint64_t address, uint64_t *start);

/* The value of a function that has this name in the table, or 0. */
uint64_t rs_elf_file_symbol(const struct rs_elf_file *file, const char *name);

/* The build id as hex, "" when there is none. */
void rs_elf_file_build_id(const struct rs_elf_file *file, char *text,
                          size_t bytes);

/* Finds the build id in a note segment; false when it has none. */
bool rs_elf_note_build_id(const void *notes, size_t notes_bytes, char *text,
                          size_t bytes);
