/* SPDX-License-Identifier: MIT */
/* unwind_tables.h -- can the unwind tables of an image be given to libunwind?
 *
 * libunwind believes .eh_frame, which is right for what compilers write. A
 * damaged or hand-written table leads it out of its memory, inside a hook. So
 * the tables of an image are read once, with care, when it was loaded.
 *
 * Missed: numbers that are wrong and plausible (a frame that is 16 bytes larger
 *         than it was), and what an image of more than 16 MiB of tables says of
 *         a single function. */
#pragma once

#include <link.h>
#include <stdbool.h>
#include <stdint.h>

/* True also without tables. Reads in readable segments only. */
bool rs_unwind_tables_are_sound(uintptr_t base, const ElfW(Phdr) * headers,
                                unsigned count);
