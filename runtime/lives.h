/* SPDX-License-Identifier: MIT */
/* lives.h -- births and deaths in the rings: written by the million, read when
 * a dying object or a report asks. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "event.h"
#include "shadow_word.h"
#include "stack.h"
#include "thread.h"

/* Notes a birth or a death. `before` is the address's word before it. */
void rs_lives_note(struct rs_thread *self, enum rs_ev op,
                   const struct rs_life_event *life, rs_word before);

/* Is the deallocation of a dying object over for certain?
 *
 * When it began, the ring kept the stack pointer. The dealloc runs below that;
 * so once its thread was seen at or above it again, the dealloc has returned.
 * Missed: a dealloc that returned to a frame which has called nothing refsan
 * sees since; and one so long ago that the ring forgot (false both times). */
bool rs_lives_dealloc_is_over(const struct rs_event *ev, unsigned destroyer);

/* The last birth or death of the object that a ring still has. */
struct rs_life_found {
    unsigned slot;
    uint64_t ticks; /* a lower bound */
    rs_stack stack; /* its Python line, or its whole stack */
};
bool rs_lives_find(uintptr_t object, enum rs_ev op,
                   struct rs_life_found *found);

/* birth_stacks=1 */
void rs_lives_start(bool keeps_stacks);
