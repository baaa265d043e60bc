/* SPDX-License-Identifier: MIT */
/* tracer_slot.h -- where the interpreter keeps its one tracer (3.15+). */
#pragma once

#include <stdbool.h>

typedef int (*rs_tracer)(void *object, int event, void *data);

/* Looks for the place, which holds `ours` now. Cheap when it is known. */
void rs_tracer_slot_find(rs_tracer ours);

/* Puts `ours` there if it is empty. False when it is not, or not known. Any
 * thread, attached or not: waits for nobody. */
bool rs_tracer_slot_fill(rs_tracer ours);
