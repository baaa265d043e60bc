/* SPDX-License-Identifier: MIT */
/* unwind_fuzz.c -- .eh_frame_hdr and .eh_frame of a loaded image, and the bytes
 * as one program of call frame instructions (DWARF CFI). */
#include "image.h"

#include "os/unwind_cfi.h"
#include "os/unwind_tables.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_image image;
    struct rs_cfi_rules rules = {.data_align = -8};

    if (!fuzz_load(&image, data, size, PT_GNU_EH_FRAME, PT_NOTE, PT_NOTE))
        return 0;
    (void)rs_unwind_tables_are_sound(image.info.dlpi_addr, image.headers,
                                     IMAGE_HEADERS);
    for (int i = 0; i < 2; i++) {
        rules.is_signal = i == 1;
        (void)rs_cfi_is_sound((struct rs_cfi_reader){image.bytes,
                                                     image.bytes + image.size,
                                                     false},
                              &rules);
    }
    return 0;
}
