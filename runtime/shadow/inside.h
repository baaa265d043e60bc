/* SPDX-License-Identifier: MIT */
/* inside.h -- which object has an address in its memory? Any thread; nothing
 * of the program is read. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "event/word.h"

/* The nearest known object that begins at the address, or less than `reach`
 * bytes below; dead ones are passed over unless asked for, because their words
 * stay behind where memory was cut anew. Objects do not overlap: what that one
 * does not cover is no object's. The state is unknown where there is none. */
rs_word rs_shadow_inside(uintptr_t address, uintptr_t reach, bool with_dead,
                         uintptr_t *object);
