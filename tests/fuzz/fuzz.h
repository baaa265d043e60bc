/* SPDX-License-Identifier: MIT */
/* fuzz.h -- what the targets of tests/fuzz share. A target is one function; it
 * ends the process where a promise is broken, and returns 0. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <sanitizer/asan_interface.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(claim)                                                     \
    do {                                                                      \
        if (!(claim)) {                                                       \
            fprintf(stderr, "%s:%d: %s is false\n", __FILE__, __LINE__,       \
                    #claim);                                                  \
            abort();                                                          \
        }                                                                     \
    } while (0)

#define FUZZ_PLACE_BYTES ((size_t)1 << 16)
#define FUZZ_GUARD_BYTES ((size_t)1 << 20)

/* A copy, aligned as a mapped file is, of at most FUZZ_PLACE_BYTES. Nothing may
 * be read beside it: ASan says so of what is near, and the pages of what is
 * far. The next call takes it back. */
static inline unsigned char *
fuzz_place(const uint8_t *data, size_t size)
{
    static unsigned char *memory;
    unsigned char *at;

    if (memory == NULL) {
        memory = mmap(NULL, FUZZ_PLACE_BYTES + 2 * FUZZ_GUARD_BYTES, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        FUZZ_CHECK(memory != MAP_FAILED);
        memory += FUZZ_GUARD_BYTES;
        mprotect(memory, FUZZ_PLACE_BYTES, PROT_READ | PROT_WRITE);
    }
    FUZZ_CHECK(size <= FUZZ_PLACE_BYTES);
    ASAN_UNPOISON_MEMORY_REGION(memory, FUZZ_PLACE_BYTES);
    at = memory + ((FUZZ_PLACE_BYTES - size) & ~(size_t)15);
    if (size > 0)
        memcpy(at, data, size);
    ASAN_POISON_MEMORY_REGION(memory, (size_t)(at - memory));
    ASAN_POISON_MEMORY_REGION(at + size,
                              FUZZ_PLACE_BYTES - size - (size_t)(at - memory));
    return at;
}

/* A string of its own; free() it. */
static inline char *
fuzz_string(const uint8_t *data, size_t size)
{
    char *string = malloc(size + 1);

    FUZZ_CHECK(string != NULL);
    if (size > 0)
        memcpy(string, data, size);
    string[size] = '\0';
    return string;
}
