/* SPDX-License-Identifier: MIT */
/* clues.h -- which known objects the crashing thread had at hand. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "event/crash.h"

/* Fills the clues from the fault's address, the registers, and the words above
 * `stack`, those that say most first: what is dying or dead, then what is
 * alive; of equal ones in the order of where they were found. */
void rs_clues_collect(struct rs_crash *crash, uintptr_t stack);

/* The object that the crash is about, most likely: one that was being destroyed
 * or gone, which the address or a register points to; or the stack, if watched
 * code did something to it lately. NULL when nothing points to such a one.
 *
 * Wrong when: the crash has another cause, and a register still holds what was
 * released just before. */
const struct rs_crash_clue *rs_clues_suspect(const struct rs_crash *crash);

/* Is that no accident? Old pointers stay in registers; but the address that
 * could not be used lies in it, or watched code did something to it lately. */
bool rs_clues_are_certain(const struct rs_crash_clue *suspect);
