/* SPDX-License-Identifier: MIT */
/* unwind_cfi.h -- one piece of .eh_frame, read with care: what unwind_tables.c
 * and unwind_cfi.c share. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Never reads at or beyond `end`; then `is_bad` is set, and zeros come. */
struct rs_cfi_reader {
    const unsigned char *at, *end;
    bool is_bad;
};

uint64_t rs_cfi_number(struct rs_cfi_reader *reader, unsigned bytes);
uint64_t rs_cfi_uleb(struct rs_cfi_reader *reader);
int64_t rs_cfi_sleb(struct rs_cfi_reader *reader);
void rs_cfi_skip(struct rs_cfi_reader *reader, uint64_t bytes);

/* What an instruction means depends on the CIE. */
struct rs_cfi_rules {
    int64_t data_align;
    bool is_signal; /* the frame of a signal, which may say anything */
};

/* True when the instructions up to the reader's end are all known, stay inside,
 * and say what a compiler or an assembler's author could mean. */
bool rs_cfi_is_sound(struct rs_cfi_reader reader,
                     const struct rs_cfi_rules *rules);
