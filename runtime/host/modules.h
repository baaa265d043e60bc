/* SPDX-License-Identifier: MIT */
/* modules.h -- where the code of the modules is that refsan watches.
 *
 * A fixed table: modules are added as they are loaded, and stay. What comes
 * when it is full is counted (RS_LOST_MODULE_CODE), and then has no code.
 *
 * Wrong when: a module was unloaded, and something else is at its address. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum rs_modules_kind {
    RS_MODULES_CALLING = 1,    /* call the C API, and are not the host */
    RS_MODULES_ANNOUNCING = 2, /* … and announce all their operations */
};

/* A module's image; `kinds` are added to those it has. Under the loader's
 * lock: one at a time. */
#define RS_MODULES_MAX 512
void rs_modules_add(uintptr_t low, uintptr_t high, unsigned kinds);

/* Is the address in a module of that kind? Any thread, signal handlers. */
bool rs_modules_have(uintptr_t address, enum rs_modules_kind kind);

/* The lowest address of the module that the address is in; 0 when it is in none
 * of these. The same. */
uintptr_t rs_modules_find(uintptr_t address);
