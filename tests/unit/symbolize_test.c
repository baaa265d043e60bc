/* SPDX-License-Identifier: MIT */
/* symbolize_test.c -- names of this program's own functions, of another
 * module's, of nothing; and broken ELF files. */
#include "stack/symbolize.h"

#include "unit.h"

#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "os/elf_file.h"
#include "os/elf_image.h"

int symbolize_test_visible(int x);

__attribute__((noinline)) static int
hidden_function(int x)
{
    __asm__ volatile("" ::: "memory");
    return x + 1;
}

__attribute__((noinline)) int
symbolize_test_visible(int x)
{
    __asm__ volatile("" ::: "memory");
    return x + 2;
}

/* A return address is one past the call: the function's second byte stands for
 * a call at its first. */
static void
test_own_functions(void)
{
    const struct {
        const char *name;
        uintptr_t address;
    } rows[] = {
        {"hidden_function", (uintptr_t)hidden_function},
        {"symbolize_test_visible", (uintptr_t)symbolize_test_visible},
    };
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
    struct rs_symbol symbol;

    path[length > 0 ? length : 0] = '\0';
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        UNIT_ROW(rows[i].name);
        rs_symbolize(rows[i].address + 1, &symbol);
        UNIT_STR_EQ(symbol.function, rows[i].name);
        UNIT_STR_EQ(symbol.module, path);
        UNIT_CHECK(!symbol.is_python);
        UNIT_CHECK(symbol.offset != 0);
        UNIT_EQ(strlen(symbol.build_id) % 2, 0);
        rs_symbolize(rows[i].address, &symbol); /* before its first byte */
        UNIT_CHECK(strcmp(symbol.function, rows[i].name) != 0);
    }
    UNIT_ROW(NULL);
}

static void
test_other_modules(void)
{
    /* Not &getauxval: that may be a stub of this program's. */
    uintptr_t function = (uintptr_t)dlsym(RTLD_NEXT, "getauxval");
    struct rs_symbol symbol;
    char path[256];
    uintptr_t base = 0;

    rs_symbolize(function + 1, &symbol);
    UNIT_CHECK(strstr(symbol.module, "libc") != NULL);
    UNIT_CHECK(strstr(symbol.function, "getauxval") != NULL);
    UNIT_CHECK(symbol.build_id[0] != '\0');
    UNIT_CHECK(rs_symbolize_module(function, path, sizeof(path), &base));
    UNIT_STR_EQ(path, symbol.module);
    UNIT_EQ(function - base, symbol.offset);
}

static void
test_nowhere(void)
{
    struct rs_symbol symbol;
    char path[256];
    uintptr_t base;
    int here = 0;

    rs_symbolize((uintptr_t)&here, &symbol);
    UNIT_STR_EQ(symbol.function, "");
    UNIT_STR_EQ(symbol.module, "");
    UNIT_EQ(symbol.offset, (uintptr_t)&here - 1);
    rs_symbolize(1, &symbol);
    UNIT_STR_EQ(symbol.module, "");
    UNIT_CHECK(!rs_symbolize_module((uintptr_t)&here, path, 256, &base));
    rs_symbolize(RS_FRAME_PYTHON | 1, &symbol);
    UNIT_CHECK(symbol.is_python);
    UNIT_STR_EQ(symbol.function, "");
}

/* The vdso is an image without a file. */
static void
test_vdso(void)
{
    uintptr_t vdso = (uintptr_t)getauxval(AT_SYSINFO_EHDR);
    struct rs_elf_image image;
    struct rs_symbol symbol;

    if (vdso == 0)
        return;
    rs_symbolize(vdso + 0x801, &symbol);
    UNIT_STR_EQ(symbol.function, "");
    if (rs_elf_image_find(vdso + 0x800, &image))
        UNIT_CHECK(rs_elf_image_symbol(&image, "no_such_symbol") == 0);
}

static bool
count_and_look(void *context, const struct rs_elf_image *image)
{
    int *counts = context;

    UNIT_EQ(image->is_executable, counts[0] == 0);
    counts[0]++;
    counts[1] += rs_elf_image_symbol(image, "getauxval") != 0;
    counts[2] += rs_elf_image_symbol(image, "refsan_has_no_such") != 0;
    return false;
}

static void
test_images(void)
{
    int counts[3] = {0};

    UNIT_CHECK(!rs_elf_image_each(count_and_look, counts));
    UNIT_CHECK(counts[0] >= 3);
    UNIT_CHECK(counts[1] >= 1);
    UNIT_EQ(counts[2], 0);
}

/* This program's file with bytes turned over, at every offset of its headers
 * and all through its section table: no fault, whatever it says then. */
static void
test_broken_files(void)
{
    struct rs_elf_file whole, file;
    unsigned char *copy;
    char text[48];
    uint64_t start;
    size_t sections;

    UNIT_CHECK(rs_elf_file_open(&whole, "/proc/self/exe"));
    UNIT_CHECK(rs_elf_file_function(
                   &whole, rs_elf_file_symbol(&whole, "hidden_function"),
                   &start) != NULL);
    UNIT_CHECK(rs_elf_file_symbol(&whole, "hidden_function") != 0);
    UNIT_EQ(rs_elf_file_symbol(&whole, "hidden"), 0);
    UNIT_EQ(rs_elf_file_symbol(&whole, ""), 0);
    UNIT_CHECK(whole.is_full && whole.symbols_count > 10);
    copy = malloc(whole.size);
    memcpy(copy, whole.bytes, whole.size);
    sections = ((const ElfW(Ehdr) *)whole.bytes)->e_shoff;
    for (size_t i = 0; i < 64 + whole.size - sections; i++) {
        size_t at = i < 64 ? i : sections + i - 64;

        copy[at] ^= 0xff;
        if (rs_elf_file_read(&file, copy, whole.size)) {
            rs_elf_file_build_id(&file, text, sizeof(text));
            (void)rs_elf_file_function(&file, 0x1000, &start);
            (void)rs_elf_file_symbol(&file, "hidden_function");
        }
        copy[at] ^= 0xff;
    }
    for (size_t size = 0; size < 4096; size += 7)
        if (rs_elf_file_read(&file, copy, size))
            (void)rs_elf_file_function(&file, 0x1000, &start);
    UNIT_CHECK(!rs_elf_file_read(&file,
                                 "no ELF file, but long enough for the "
                                 "header of one, which has 64 bytes",
                                 68));
    UNIT_CHECK(!rs_elf_file_open(&file, "/no/such/file"));
    free(copy);
    rs_elf_file_close(&whole);
    UNIT_CHECK(whole.bytes == NULL);
}

static void
test_build_id_notes(void)
{
    static const unsigned char note[] = {
        4,   0,   0,   0, 3,    0,    0,    0, 1, 0, 0, 0, /* another note */
        'G', 'N', 'U', 0, 0x99, 0,    0,    0, 4, 0, 0, 0,
        3,   0,   0,   0, 3,    0,    0,    0, /* build id */
        'G', 'N', 'U', 0, 0xab, 0x01, 0xff, 0};
    char text[48] = "x";

    UNIT_CHECK(rs_elf_note_build_id(note, sizeof(note), text, sizeof(text)));
    UNIT_STR_EQ(text, "ab01ff");
    UNIT_CHECK(rs_elf_note_build_id(note, sizeof(note), text, 5));
    UNIT_STR_EQ(text, "ab01");
    for (size_t cut = 0; cut < sizeof(note); cut++)
        UNIT_CHECK(!rs_elf_note_build_id(note, cut, text, sizeof(text)));
}

int
main(void)
{
    UNIT_EQ(hidden_function(1) + symbolize_test_visible(1), 5);
    test_own_functions();
    test_other_modules();
    test_nowhere();
    test_vdso();
    test_images();
    test_broken_files();
    test_build_id_notes();
    return unit_result();
}
