/* SPDX-License-Identifier: MIT */
/* tsan_runtime.h -- where in this process ThreadSanitizer's runtime is, and the
 * functions that it has for others.
 *
 * clang's static runtime keeps most of them out of the program's dynamic
 * symbols: those are found in the symbol table of the program's file, if it
 * was not stripped. At start; takes the loader's lock. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "os/elf_image.h"

/* The image that has the runtime. False: there is none. */
bool rs_tsan_runtime_find(struct rs_elf_image *image);

struct rs_tsan_symbol {
    const char *name;
    void **place; /* is set to NULL where there is no such function */
};

/* Looks all of them up; true when all are there. */
bool rs_tsan_runtime_symbols(const struct rs_elf_image *image,
                             const struct rs_tsan_symbol *symbols,
                             size_t count);
