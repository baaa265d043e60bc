/* SPDX-License-Identifier: MIT */
/* elf_image_fuzz.c -- notes and symbol tables of a loaded image. The loader has
 * read the dynamic section to its end, which is why this one has an end. */
#include "image.h"

#include <stdbool.h>

static int iterate(int (*visit)(struct dl_phdr_info *, size_t, void *),
                   void *context);
#define dl_iterate_phdr iterate
#include "os/elf_image.c"
#undef dl_iterate_phdr

static struct fuzz_image loaded;

static int
iterate(int (*visit)(struct dl_phdr_info *, size_t, void *), void *context)
{
    return visit(&loaded.info, sizeof(loaded.info), context);
}

static bool
look_up(void *context, const struct rs_elf_image *image)
{
    static const char *const names[] = {"", "f", "gg", "_PyRuntime"};

    (void)context;
    FUZZ_CHECK(strlen(image->build_id) <= 40);
    for (int i = 0; i < 4; i++)
        (void)rs_elf_image_symbol(image, names[i]);
    return false;
}

/* Is it inside, aligned, and has it an end? */
static bool
has_end(const ElfW(Phdr) * header)
{
    const ElfW(Dyn) *entry = (const void *)loaded.bytes;

    if (header->p_vaddr % 8 != 0)
        return false;
    for (size_t at = header->p_vaddr; at <= loaded.size - sizeof(*entry);
         at += sizeof(*entry)) {
        entry = (const void *)(loaded.bytes + at);
        if (entry->d_tag == DT_NULL)
            return true;
    }
    return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!fuzz_load(&loaded, data, size, PT_DYNAMIC, PT_NOTE, PT_NOTE))
        return 0;
    if (!has_end(&loaded.headers[2]))
        loaded.headers[2].p_type = PT_NULL;
    (void)rs_elf_image_each(look_up, NULL);
    return 0;
}
