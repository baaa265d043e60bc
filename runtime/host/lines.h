/* SPDX-License-Identifier: MIT */
/* lines.h -- instruction -> line, by the table that code objects of
 * CPython 3.11 and later carry (co_linetable; CPython's
 * InternalDocs/code_objects.md describes it). Private to host*.c. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The line of the instruction at byte offset `lasti`, in a table of `bytes` at
 * `address` which may not be readable; `line` is co_firstlineno. 0 when the
 * instruction has no line, or the table does not reach it. */
int rs_host_lines_find(uintptr_t address, size_t bytes, int line,
                       uint32_t lasti);
