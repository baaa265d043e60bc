/* SPDX-License-Identifier: MIT */
/* shadow.h -- what refsan knows of an object, by its address. Lock-free, fixed
 * memory.
 *
 * Two stores: the plane (plane.h) holds 32 bits for every object
 * (word.h), the records (record.h) more about the few that became
 * interesting. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "event/step.h"

struct rs_thread;

bool rs_shadow_start(uint32_t records);
void rs_shadow_use_contract(enum rs_contract contract);

enum rs_look {
    RS_LOOK_AWAY, /* immortal, or without shadow (counted): judge nothing */
    RS_LOOK_CLOSER,
};

/* Reads the object's header into the event, unless an operation before it in
 * the same hook did, and says what the event met. Changes nothing. */
enum rs_look rs_shadow_look(struct rs_event *ev, struct rs_step *step);

/* Records the transition: state, marks, and what this event is the first to
 * tell. Writes nothing when nothing changes. After the stack was captured. */
void rs_shadow_note(const struct rs_event *ev, const struct rs_step *step);

/* The word of an address; RS_STATE_UNKNOWN where nothing was seen. */
rs_word rs_shadow_get(uintptr_t object);

/* Births and deaths, the short way. The old word comes back. */
rs_word rs_shadow_born(uintptr_t object, const struct rs_thread *creator);
rs_word rs_shadow_gone(uintptr_t object, const struct rs_thread *destroyer);
rs_word rs_shadow_freed(uintptr_t object);
/* A dealloc that this thread began is over. The state before comes back. */
enum rs_state rs_shadow_returned(uintptr_t object,
                                 const struct rs_thread *self);

/* The state after an event by rules.def alone. */
enum rs_state rs_shadow_next_state(enum rs_state state, enum rs_ev op);

/* Births or deaths are not seen from now on (PyRefTracer was taken): DYING and
 * DEAD are read as unknown, for good. */
void rs_shadow_distrust_lives(void);
bool rs_shadow_trusts_lives(void);
/* A runtime began anew and its first births were not seen: what is known of an
 * older runtime's objects is read as unknown, dead or not. */
void rs_shadow_missed_births(void);
bool rs_shadow_has_missed_births(void);
/* Can a word with this state be believed: were births and deaths seen? */
bool rs_shadow_sees_lives(enum rs_state state);

/* Nobody is told when PyRefTracer is taken before 3.15, or forgotten by a
 * runtime that begins anew: `are_seen` is asked before an object's state is
 * believed, and distrusts lives when it says no. */
void rs_shadow_ask_lives(bool (*are_seen)(void));
