/* SPDX-License-Identifier: MIT */
/* owned_slot.h -- where references are stored and taken out again by Py_CLEAR,
 * Py_SETREF and Py_XSETREF: the fields of live objects, and the static
 * variables of modules that announce what they do.
 *
 * A fixed table (access.h), by the field's address and one life of its object.
 *
 * Missed: references that are taken out without these macros, or looked at;
 *         memory that is no object's, as the state of a module; items behind
 *         the fixed part of an object. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "event/step.h"

struct rs_owned_slot {
    uintptr_t address;
    uint16_t generation; /* of the object that has it */
};

bool rs_owned_slot_start(void);

/* The field at an address. False where it is none that can be judged: it is on
 * a stack, or in memory of unknown life, or its object is dying, which takes
 * all references out rightly, whoever releases it. */
bool rs_owned_slot_find(uintptr_t address, struct rs_owned_slot *field);

/* Notes that the event's thread takes the event's object out of it. */
void rs_owned_slot_take(const struct rs_event *ev,
                        const struct rs_owned_slot *field,
                        struct rs_owned_slot_facts *facts);

/* Contended: the facts, and where the other thread took it, into the step. */
void rs_owned_slot_describe(const struct rs_owned_slot_facts *facts,
                            struct rs_step *step);
