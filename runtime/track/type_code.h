/* SPDX-License-Identifier: MIT */
/* type_code.h -- where the code of functions lies that extension types have in
 * their slots: tables that are only added to, of fixed size, without a lock.
 *
 * Added to by the hooks of functions that make types; read on the event path.
 * Missed: parts of a function that the compiler moved away from it.
 * Wrong when: a module is unloaded, and another is loaded that has something
 *             else where the first one's function was. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define RS_TYPE_CODES 1024

struct rs_type_code {
    _Atomic uintptr_t low; /* the code is [low, high); 0 while it is filled */
    uintptr_t high;
    uintptr_t module_low, module_high; /* all code of its module */
    atomic_bool is_told;               /* one report a function is enough */
};

struct rs_type_codes {
    atomic_uint claimed; /* never far above RS_TYPE_CODES */
    struct rs_type_code items[RS_TYPE_CODES];
};

/* Adds the function that has the address. NULL when it was there before, or
 * cannot be added. Asks the loader: not for the event path. */
const struct rs_type_code *rs_type_codes_add(struct rs_type_codes *codes,
                                             uintptr_t address);

/* The function that has the instruction at this address, or NULL. */
struct rs_type_code *rs_type_codes_find(struct rs_type_codes *codes,
                                        uintptr_t code);
