/* SPDX-License-Identifier: MIT */
/* unwind_tables_test.c -- the tables of what is loaded here are sound; those of
 * a copy that was damaged are not, and are read without a fault. With arguments:
 * says which of these files are not sound. */
#include "os/unwind_tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "os/sys.h"
#include "unit.h"

#define MUTANTS 20000
#define PAGE    ((uintptr_t)4096)

/* An image as the loader would map it, with nothing else near. */
struct copy {
    unsigned char *at;
    size_t bytes;
    const ElfW(Phdr) * headers;
    unsigned count;
    uintptr_t header; /* of the tables, and where they are */
    uintptr_t frames;
};

static bool
is_sound(const struct copy *copy)
{
    return rs_unwind_tables_are_sound((uintptr_t)copy->at, copy->headers,
                                      copy->count);
}

static bool
load(struct copy *copy, const unsigned char *file, size_t size)
{
    const ElfW(Ehdr) *elf = (const void *)file;

    *copy = (struct copy){0};
    if (size < sizeof(*elf) || memcmp(file, ELFMAG, SELFMAG) != 0 ||
        file[EI_CLASS] != ELFCLASS64 || elf->e_phoff == 0)
        return false;
    copy->headers = (const void *)(file + elf->e_phoff);
    copy->count = elf->e_phnum;
    for (unsigned i = 0; i < copy->count; i++)
        if (copy->headers[i].p_type == PT_LOAD)
            copy->bytes = copy->headers[i].p_vaddr + copy->headers[i].p_memsz;
    copy->bytes = (copy->bytes + PAGE - 1) & ~(PAGE - 1);
    copy->at =
        mmap(NULL, copy->bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (unsigned i = 0; i < copy->count; i++) {
        const ElfW(Phdr) *part = &copy->headers[i];
        uintptr_t low = part->p_vaddr & ~(PAGE - 1);

        if (part->p_type == PT_GNU_EH_FRAME)
            copy->header = part->p_vaddr;
        if (part->p_type != PT_LOAD)
            continue;
        mprotect(copy->at + low, part->p_vaddr + part->p_memsz - low,
                 PROT_READ | PROT_WRITE);
        memcpy(copy->at + part->p_vaddr, file + part->p_offset,
               part->p_filesz);
    }
    if (copy->header != 0)
        copy->frames =
            copy->header + 4 +
            (uintptr_t) * (const int32_t *)(copy->at + copy->header + 4);
    return true;
}

static struct copy
copy_of_this(void)
{
    size_t size;
    const void *file = rs_sys_map_file("/proc/self/exe", &size);
    struct copy copy;

    UNIT_CHECK(load(&copy, file, size));
    return copy;
}

static int
check_loaded(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    UNIT_ROW(info->dlpi_name);
    UNIT_CHECK(rs_unwind_tables_are_sound(info->dlpi_addr, info->dlpi_phdr,
                                          info->dlpi_phnum));
    UNIT_ROW(NULL);
    return 0;
}

/* Bytes that are put at `at` of the header, of the first row of its table, of
 * the FDE it leads to, or of the first CIE. */
enum part { HEADER, ROW, FDE, CIE };
static const struct row {
    const char *name;
    enum part part;
    unsigned at, bytes;
    uint32_t value;
} rows[] = {
    {"another version", HEADER, 0, 1, 2},
    {"no frames", HEADER, 1, 1, 0xff},
    {"an indirect pointer", HEADER, 1, 1, 0x9b},
    {"no table", HEADER, 3, 1, 0xff},
    {"frames outside", HEADER, 4, 4, 0x7fffff00},
    {"too many rows", HEADER, 8, 4, 0x00ffffff},
    {"unsorted", ROW, 0, 4, 0x7fffffff},
    {"an FDE outside", ROW, 4, 4, 0x7ffffff0},
    {"another function's FDE", ROW, 0, 4, 0x80000000},
    {"an FDE without end", FDE, 0, 4, 0x7fffffff},
    {"64 bits", FDE, 0, 4, 0xffffffff},
    {"an empty FDE", FDE, 0, 4, 0},
    {"a CIE outside", FDE, 4, 4, 0x7fffffff},
    {"a CIE in place of an FDE", FDE, 4, 4, 0},
    {"code without end", FDE, 12, 4, 0xffffffff},
    {"data without end", FDE, 16, 1, 0x7f},
    {"an unknown instruction", FDE, 17, 1, 0x3f},
    {"a CIE without end", CIE, 0, 4, 0x7fffffff},
    {"a CIE that is an FDE", CIE, 4, 4, 4},
    {"a CIE of another version", CIE, 8, 1, 9},
    {"unknown letters", CIE, 9, 1, 'q'},
    {"no factor", CIE, 13, 1, 0},
};

static unsigned char *
place_of(const struct copy *copy, const struct row *row)
{
    unsigned char *header = copy->at + copy->header, *fde;
    int32_t entry;

    memcpy(&entry, header + 16, 4);
    fde = header + entry;
    switch (row->part) {
    case HEADER:
        return header + row->at;
    case ROW:
        return header + 12 + row->at;
    case FDE:
        return fde + row->at;
    default:
        return copy->at + copy->frames + row->at;
    }
}

static void
test_damages(void)
{
    struct copy copy = copy_of_this();

    UNIT_CHECK(is_sound(&copy));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned char *place = place_of(&copy, &rows[i]);
        uint32_t before;

        UNIT_ROW(rows[i].name);
        memcpy(&before, place, 4);
        memcpy(place, &rows[i].value, rows[i].bytes);
        UNIT_CHECK(!is_sound(&copy));
        memcpy(place, &before, 4);
    }
    UNIT_ROW(NULL);
    UNIT_CHECK(is_sound(&copy));
}

/* What is read is mapped, whatever stands there. */
static void
test_mutants(void)
{
    struct copy copy = copy_of_this();
    unsigned char *low = copy.at + copy.header;
    size_t bytes = copy.frames - copy.header + 4096;
    uint64_t random = 20261126;
    unsigned refused = 0;

    for (unsigned i = 0; i < MUTANTS; i++) {
        unsigned char *place, before;

        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        place = low + (random >> 33) % bytes;
        before = *place;
        *place ^= (unsigned char)(1 + (random >> 24) % 255);
        refused += !is_sound(&copy);
        *place = before;
    }
    UNIT_CHECK(refused > MUTANTS / 8);
    UNIT_CHECK(is_sound(&copy));
}

static void
say_unsound(const char *path)
{
    size_t size;
    const void *file = rs_sys_map_file(path, &size);
    struct copy copy;

    if (file == NULL || !load(&copy, file, size))
        return;
    printf("%s %s\n", is_sound(&copy) ? "sound  " : "unsound", path);
    munmap(copy.at, copy.bytes);
    rs_sys_unmap(file, size);
}

int
main(int count, char **paths)
{
    for (int i = 1; i < count; i++)
        say_unsound(paths[i]);
    if (count > 1)
        return 0;
    dl_iterate_phdr(check_loaded, NULL);
    test_damages();
    test_mutants();
    return unit_result();
}
