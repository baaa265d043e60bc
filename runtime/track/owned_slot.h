/* SPDX-License-Identifier: MIT */
/* owned_slot.h -- where references are stored and taken out again by Py_CLEAR,
 * Py_SETREF and Py_XSETREF: the fields of live objects, and the static
 * variables of modules that announce what they do.
 *
 * A fixed table, by the field's address and one life of its object: a field
 * has room for a few threads, and makes room for others.
 *
 * Missed: references that are taken out without these macros, or looked at;
 *         memory that is no object's, as the state of a module; items behind
 *         the fixed part of an object. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "event/event.h"
#include "thread/happens_before.h"
#include "stack/stack.h"

struct rs_owned_slot {
    uintptr_t address;
    uint16_t generation; /* of the object that has it */
};

/* What another thread took out of the field. */
struct rs_owned_slot_taken {
    unsigned slot; /* the thread; 0 is "nobody" */
    uint32_t when; /* happens_before.h */
    bool is_after; /* after another one took something, and unordered */
    uintptr_t value;
    uint16_t generation; /* of the value */
    rs_frame place;
    struct rs_happens_before_locks locks;
};

/* What a detector is told about a field that a reference is taken out of. */
struct rs_owned_slot_facts {
    bool is_contended; /* another thread takes out of it, too, at any time */
    bool is_again;     /* … and this one did before that one did */
    bool is_same;      /* … and what it took was this very reference */
    struct rs_owned_slot_taken other; /* when contended */
};

void rs_owned_slot_start(void);

/* The field at an address. False where it is none that can be judged: it is on
 * a stack, or in memory of unknown life, or its object is dying, which takes
 * all references out rightly, whoever releases it. */
bool rs_owned_slot_find(uintptr_t address, struct rs_owned_slot *field);

/* Notes that the event's thread takes the event's object out of it. */
void rs_owned_slot_take(const struct rs_event *ev,
                        const struct rs_owned_slot *field,
                        struct rs_owned_slot_facts *facts);
