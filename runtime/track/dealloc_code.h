/* SPDX-License-Identifier: MIT */
/* dealloc_code.h -- the tp_dealloc functions of extension types: does an
 * operation on an object happen while the object's own dealloc runs? The
 * release that began it may be the interpreter's, and unseen. */
#pragma once

#include <stdbool.h>

#include "event/event.h"
#include "event/word.h"

/* A tp_dealloc was found in a type. Asks the loader: not for the event path.
 */
void rs_dealloc_code_add(uintptr_t function);

/* Is a tp_dealloc of the event's object on the event's stack, called for this
 * very object? `word` is its own; the stack was captured.
 *
 * Missed: what the unwinder does not see; a dealloc that another death has
 * followed which may not be over either: the function could be that one's;
 * and types that were made before refsan came. */
bool rs_dealloc_code_runs(const struct rs_event *ev, rs_word word);
