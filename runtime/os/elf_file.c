/* SPDX-License-Identifier: MIT */
/* elf_file.c -- symbol tables of a mapped ELF file. */
#include "os/elf_file.h"

#include "os/sys.h"

#include <string.h>

#define NOTE_ALIGN(n)      (((size_t)(n) + 3) & ~(size_t)3)
#define BUILD_ID_BYTES_MAX 20

/* `count` things of `bytes` each at `offset`, or NULL. Structures are aligned
 * in a file as in memory, where they are read in place. */
static const void *
part(const struct rs_elf_file *file, uint64_t offset, uint64_t count,
     uint64_t bytes)
{
    if (offset > file->size ||
        (bytes > 1 && offset % sizeof(uintptr_t) != 0) ||
        (count != 0 && (file->size - offset) / bytes < count))
        return NULL;
    return file->bytes + offset;
}

static bool
is_ours(const ElfW(Ehdr) * header)
{
    return memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
           header->e_ident[EI_CLASS] ==
               (sizeof(uintptr_t) == 8 ? ELFCLASS64 : ELFCLASS32) &&
           header->e_ident[EI_DATA] == ELFDATA2LSB;
}

static bool
use_table(struct rs_elf_file *file, const ElfW(Shdr) * sections,
          unsigned sections_count, const ElfW(Shdr) * table)
{
    const ElfW(Shdr) * strings;
    size_t count = table->sh_size / sizeof(ElfW(Sym));
    const void *symbols =
        part(file, table->sh_offset, count, sizeof(ElfW(Sym)));

    if (symbols == NULL || count == 0 || table->sh_link >= sections_count)
        return false;
    strings = &sections[table->sh_link];
    /* The string table has no alignment. */
    if (strings->sh_offset > file->size || strings->sh_size == 0 ||
        strings->sh_size > file->size - strings->sh_offset)
        return false;
    file->symbols = symbols;
    file->symbols_count = count;
    file->strings = (const char *)file->bytes + strings->sh_offset;
    file->strings_bytes = strings->sh_size;
    file->is_full = table->sh_type == SHT_SYMTAB;
    return true;
}

bool
rs_elf_file_read(struct rs_elf_file *file, const void *bytes, size_t size)
{
    const ElfW(Ehdr) *header = bytes;
    const ElfW(Shdr) * sections;

    memset(file, 0, sizeof(*file));
    if (size < sizeof(*header) || !is_ours(header))
        return false;
    file->bytes = bytes;
    file->size = size;
    sections = part(file, header->e_shoff, header->e_shnum, sizeof(*sections));
    for (unsigned i = 0; sections != NULL && i < header->e_shnum; i++)
        if ((sections[i].sh_type == SHT_SYMTAB ||
             (sections[i].sh_type == SHT_DYNSYM && file->symbols == NULL)) &&
            use_table(file, sections, header->e_shnum, &sections[i]) &&
            file->is_full)
            break;
    return true;
}

bool
rs_elf_file_open(struct rs_elf_file *file, const char *path)
{
    size_t size;
    const void *bytes = rs_sys_map_file(path, &size);

    if (bytes == NULL)
        return false;
    if (!rs_elf_file_read(file, bytes, size)) {
        rs_sys_unmap(bytes, size);
        return false;
    }
    return true;
}

void
rs_elf_file_close(struct rs_elf_file *file)
{
    rs_sys_unmap(file->bytes, file->size);
    memset(file, 0, sizeof(*file));
}

static bool
has_address(const ElfW(Sym) * symbol, uint64_t address)
{
    unsigned type = symbol->st_info & 0xf;

    return (type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_NOTYPE) &&
           symbol->st_shndx != SHN_UNDEF && address >= symbol->st_value &&
           address - symbol->st_value < symbol->st_size;
}

/* Of two names for the same code, the one others can see. */
static bool
is_better(const ElfW(Sym) * symbol, const ElfW(Sym) * best)
{
    if (best == NULL || symbol->st_value > best->st_value)
        return true;
    return symbol->st_value == best->st_value &&
           symbol->st_info >> 4 == STB_GLOBAL &&
           best->st_info >> 4 != STB_GLOBAL;
}

const char *
rs_elf_file_function(const struct rs_elf_file *file, uint64_t address,
                     uint64_t *start)
{
    const ElfW(Sym) *best = NULL;

    for (size_t i = 0; i < file->symbols_count; i++)
        if (has_address(&file->symbols[i], address) &&
            is_better(&file->symbols[i], best))
            best = &file->symbols[i];
    if (best == NULL || best->st_name >= file->strings_bytes ||
        memchr(file->strings + best->st_name, '\0',
               file->strings_bytes - best->st_name) == NULL)
        return NULL;
    *start = best->st_value;
    return file->strings + best->st_name;
}

uint64_t
rs_elf_file_symbol(const struct rs_elf_file *file, const char *name)
{
    size_t bytes = strlen(name) + 1;

    for (size_t i = 0; i < file->symbols_count; i++) {
        const ElfW(Sym) *symbol = &file->symbols[i];

        if ((symbol->st_info & 0xf) == STT_FUNC &&
            symbol->st_shndx != SHN_UNDEF &&
            symbol->st_name < file->strings_bytes &&
            bytes <= file->strings_bytes - symbol->st_name &&
            memcmp(file->strings + symbol->st_name, name, bytes) == 0)
            return symbol->st_value;
    }
    return 0;
}

static void
copy_hex(char *text, size_t size, const unsigned char *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;

    for (size_t i = 0; i < count && at + 3 <= size; i++) {
        text[at++] = digits[bytes[i] >> 4];
        text[at++] = digits[bytes[i] & 15];
    }
    text[at] = '\0';
}

bool
rs_elf_note_build_id(const void *notes, size_t notes_bytes, char *text,
                     size_t bytes)
{
    const unsigned char *at = notes;
    size_t left = notes_bytes;

    while (left >= sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) note;
        size_t name, value;

        memcpy(&note, at, sizeof(note));
        at += sizeof(note);
        left -= sizeof(note);
        name = NOTE_ALIGN(note.n_namesz);
        value = NOTE_ALIGN(note.n_descsz);
        if (name > left || value > left - name)
            break;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
            memcmp(at, "GNU", 4) == 0) {
            copy_hex(text, bytes, at + name,
                     note.n_descsz < BUILD_ID_BYTES_MAX ? note.n_descsz
                                                        : BUILD_ID_BYTES_MAX);
            return true;
        }
        at += name + value;
        left -= name + value;
    }
    return false;
}

void
rs_elf_file_build_id(const struct rs_elf_file *file, char *text, size_t bytes)
{
    const ElfW(Ehdr) *header = (const void *)file->bytes;
    const ElfW(Phdr) *segments =
        part(file, header->e_phoff, header->e_phnum, sizeof(*segments));

    text[0] = '\0';
    for (unsigned i = 0; segments != NULL && i < header->e_phnum; i++) {
        const void *notes =
            part(file, segments[i].p_offset, segments[i].p_filesz, 1);

        if (segments[i].p_type == PT_NOTE && notes != NULL &&
            rs_elf_note_build_id(notes, segments[i].p_filesz, text, bytes))
            return;
    }
}
