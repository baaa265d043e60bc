/* SPDX-License-Identifier: MIT */
/* elf_view_fuzz.c -- the relocations of a loaded image: each slot is inside of
 * it, and what is said to be writable is. */
#include "image.h"

#include "interpose/elf_view.h"

static void
use_slot(void *context, const struct rs_elf_slot *slot)
{
    const struct fuzz_image *image = context;
    uintptr_t address = (uintptr_t)slot->address;
    uintptr_t end = (uintptr_t)image->bytes + image->size;
    volatile uintptr_t value = *slot->address;

    (void)value;
    FUZZ_CHECK(address >= (uintptr_t)image->bytes);
    FUZZ_CHECK(address <= end - sizeof(uintptr_t) && address % 8 == 0);
    FUZZ_CHECK(!slot->is_writable ||
               address >= (uintptr_t)image->bytes + image->headers[1].p_vaddr);
    FUZZ_CHECK((uintptr_t)slot->symbol + strlen(slot->symbol) < end);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_image image;
    struct rs_elf_view view;

    if (fuzz_load(&image, data, size, PT_DYNAMIC, PT_GNU_RELRO, PT_NOTE) &&
        rs_elf_view_open(&view, &image.info))
        rs_elf_view_slots(&view, use_slot, &image);
    return 0;
}
