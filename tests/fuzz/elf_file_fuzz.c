/* SPDX-License-Identifier: MIT */
/* elf_file_fuzz.c -- a file on disk: its functions and its build id. */
#include "fuzz.h"

#include "os/elf_file.h"

#define NAMES_MAX 64

static void
look_up(const struct rs_elf_file *file, uint64_t address)
{
    uint64_t start = 1;
    const char *name = rs_elf_file_function(file, address, &start);

    if (name == NULL)
        return;
    FUZZ_CHECK(start <= address);
    FUZZ_CHECK(name + strlen(name) < (const char *)file->bytes + file->size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint64_t addresses[] = {0, 0x1000, 0x1234, UINT64_MAX};
    char build_id[48], *little = malloc(5);
    struct rs_elf_file file;

    if (size <= FUZZ_PLACE_BYTES &&
        rs_elf_file_read(&file, fuzz_place(data, size), size)) {
        for (size_t i = 0; i < 4; i++)
            look_up(&file, addresses[i]);
        for (size_t i = 0; i < file.symbols_count && i < NAMES_MAX; i++)
            look_up(&file, file.symbols[i].st_value);
        (void)rs_elf_file_symbol(&file, "main");
        rs_elf_file_build_id(&file, build_id, sizeof(build_id));
        FUZZ_CHECK(strlen(build_id) <= 40);
        rs_elf_file_build_id(&file, little, 5);
        FUZZ_CHECK(strncmp(build_id, little, strlen(little)) == 0);
    }
    free(little);
    return 0;
}
