/* SPDX-License-Identifier: MIT */
/* clues.h -- which known objects the crashing thread had at hand. */
#pragma once

#include <stdint.h>

#include "event/crash.h"

/* Fills the clues from the fault's address, the registers, and the words above
 * `stack`, those that say most first: what is dying or dead, then what is
 * alive; of equal ones in the order of where they were found. */
void rs_clues_collect(struct rs_crash *crash, uintptr_t stack);

/* The object that the crash is about, most likely: `known`, if that is not 0 and
 * it is being destroyed or gone, and no other; else one in which the address lies that could not be used; or which a register
 * or the stack points to, and watched code did something to lately. NULL without
 * one.
 *
 * Wrong when: the crash has another cause, and a register still holds what was
 * released just before.
 * Missed: what no watched code has touched. It is among the clues. */
const struct rs_crash_clue *rs_clues_suspect(const struct rs_crash *crash,
                                             uintptr_t known);
