/* SPDX-License-Identifier: MIT */
/* tsan_runtime.c -- see tsan_runtime.h. */
#include "order/tsan_runtime.h"

#include <stdint.h>
#include <string.h>

#include "os/elf_file.h"

static bool
has_runtime(void *context, const struct rs_elf_image *image)
{
    if (rs_elf_image_symbol(image, "__tsan_init") == 0)
        return false;
    *(struct rs_elf_image *)context = *image;
    return true;
}

bool
rs_tsan_runtime_find(struct rs_elf_image *image)
{
    return rs_elf_image_each(has_runtime, image);
}

/* A file that was replaced since it was loaded has other addresses: one that
 * is known must agree. */
static bool
is_file_of(const struct rs_elf_image *image, const struct rs_elf_file *file)
{
    uintptr_t init = rs_elf_image_symbol(image, "__tsan_init");
    char build_id[sizeof(image->build_id)];

    rs_elf_file_build_id(file, build_id, sizeof(build_id));
    return rs_elf_file_symbol(file, "__tsan_init") + image->base == init &&
           strcmp(build_id, image->build_id) == 0;
}

static void
find_hidden(const struct rs_elf_image *image,
            const struct rs_tsan_symbol *symbols, size_t count)
{
    struct rs_elf_file file;

    if (!image->is_executable || !rs_elf_file_open(&file, "/proc/self/exe"))
        return;
    if (is_file_of(image, &file)) {
        for (size_t i = 0; i < count; i++) {
            uint64_t value = *symbols[i].place != NULL
                                 ? 0
                                 : rs_elf_file_symbol(&file, symbols[i].name);

            if (value != 0)
                *symbols[i].place = (void *)(image->base + value);
        }
    }
    rs_elf_file_close(&file);
}

static bool
are_all_there(const struct rs_tsan_symbol *symbols, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (*symbols[i].place == NULL)
            return false;
    return true;
}

bool
rs_tsan_runtime_symbols(const struct rs_elf_image *image,
                        const struct rs_tsan_symbol *symbols, size_t count)
{
    for (size_t i = 0; i < count; i++)
        *symbols[i].place =
            (void *)rs_elf_image_symbol(image, symbols[i].name);
    if (!are_all_there(symbols, count))
        find_hidden(image, symbols, count);
    return are_all_there(symbols, count);
}
