/* SPDX-License-Identifier: MIT */
/* core_note.h -- what a reader of a core file must be told to find its way in
 * refsan's memory: where variables are, how structures are laid out, and what
 * numbers stand for, as the compiler has it.
 *
 * Each file says so of what it keeps, in rows that the linker puts side by side
 * (RS_CORE_ROWS); runtime/core_note.c says where they are, by a note that is
 * found without symbols. The rows are writable data, because that is what every
 * core has: pages that are as they are in the file are often left out.
 * scripts/refsan/triaging/cores/ reads them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum rs_core_row_kind {
    RS_CORE_ROW_VARIABLE = 1, /* address and size */
    RS_CORE_ROW_MEMBER,       /* offset and size; without a member: size */
    RS_CORE_ROW_NUMBER,       /* value; of an event also its traits, as size */
};

struct rs_core_row {
    char name[48];
    const void *address;
    uint64_t value;
    uint32_t bytes;
    uint32_t kind; /* enum rs_core_row_kind; never 0 */
};

/* A table of rows of this file's. Others may follow it with a gap of zeros. */
#define RS_CORE_ROWS(id)                                                      \
    static struct rs_core_row rs_core_rows_of_##id[]                          \
        __attribute__((section("rs_core_rows"), used, aligned(8)))

// clang-format off
#define RS_CORE_VARIABLE(name, variable)                                      \
    {name, &(variable), 0, sizeof(variable), RS_CORE_ROW_VARIABLE}
#define RS_CORE_MEMBER_AS(name, type, member)                                 \
    {name, NULL, offsetof(type, member), sizeof(((type *)0)->member),         \
     RS_CORE_ROW_MEMBER}
#define RS_CORE_MEMBER(type, member)                                          \
    RS_CORE_MEMBER_AS(#type "." #member, struct type, member)
#define RS_CORE_STRUCT(type)                                                  \
    {#type, NULL, 0, sizeof(struct type), RS_CORE_ROW_MEMBER}
#define RS_CORE_NUMBER_AS(name, value)                                        \
    {name, NULL, (uint64_t)(value), 0, RS_CORE_ROW_NUMBER}
#define RS_CORE_NUMBER(name) RS_CORE_NUMBER_AS(#name, name)
// clang-format on
