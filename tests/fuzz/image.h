/* SPDX-License-Identifier: MIT */
/* image.h -- an input as a loaded image: eight numbers of 16 bits, then the bytes
 * that are mapped, in two segments, of which only the second can be written.
 * Where they are is true, as after a loader; all other headers are not. */
#pragma once

#include <link.h>

#include "fuzz.h"

#define IMAGE_NUMBERS 8
#define IMAGE_HEADERS 5

struct fuzz_image {
    ElfW(Phdr) headers[IMAGE_HEADERS];
    struct dl_phdr_info info;
    unsigned char *bytes;
    size_t size;
};

/* The numbers: where the segments meet, and address and size of a part of each
 * of these types; one is not used, so that the bytes are aligned. False when the input is too short. */
static inline int
fuzz_load(struct fuzz_image *image, const uint8_t *data, size_t size,
          ElfW(Word) first, ElfW(Word) second, ElfW(Word) third)
{
    const ElfW(Word) types[] = {first, second, third};
    uint16_t numbers[IMAGE_NUMBERS];
    size_t middle;

    if (size < sizeof(numbers) + 16 || size > FUZZ_PLACE_BYTES)
        return 0;
    memcpy(numbers, data, sizeof(numbers));
    image->size = size - sizeof(numbers);
    image->bytes = fuzz_place(data + sizeof(numbers), image->size);
    middle = numbers[0] % image->size;
    image->headers[0] = (ElfW(Phdr)){.p_type = PT_LOAD,
                                     .p_flags = PF_R,
                                     .p_memsz = middle,
                                     .p_filesz = middle};
    image->headers[1] = (ElfW(Phdr)){.p_type = PT_LOAD,
                                     .p_flags = PF_R | PF_W,
                                     .p_vaddr = middle,
                                     .p_memsz = image->size - middle,
                                     .p_filesz = image->size - middle};
    for (int i = 0; i < 3; i++) /* with a sign: far below and above, too */
        image->headers[i + 2] = (ElfW(Phdr)){
            .p_type = types[i],
            .p_flags = PF_R,
            .p_vaddr = (uintptr_t)(intptr_t)(int16_t)numbers[1 + 2 * i],
            .p_memsz = (uintptr_t)(intptr_t)(int16_t)numbers[2 + 2 * i]};
    image->info = (struct dl_phdr_info){.dlpi_addr = (uintptr_t)image->bytes,
                                        .dlpi_name = "/fuzz.so",
                                        .dlpi_phdr = image->headers,
                                        .dlpi_phnum = IMAGE_HEADERS};
    return 1;
}
