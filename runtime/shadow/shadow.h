/* SPDX-License-Identifier: MIT */
/* shadow.h -- address -> what refsan knows. Lock-free, fixed memory.
 *
 * Two stores: the plane (plane.h) holds 32 bits for every object
 * (word.h), the records (record.h) more about the few that became
 * interesting. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "event/event.h"
#include "track/owned_slot.h"
#include "track/borrow.h"
#include "event/word.h"
#include "track/traverse.h"
#include "track/dealloc_locks.h"

struct rs_record;
struct rs_thread;

/* Whose rules for making an object immortal? (options.def: contract) */
enum rs_contract {
    RS_CONTRACT_315,     /* the only reference, and no str */
    RS_CONTRACT_RELAXED, /* any number of references, all of this thread */
    RS_CONTRACT_314,     /* the same, and str: there was no such function */
};

/* A reference that outlives its object (leftover_refs.h). */
struct rs_leftover_refs_facts {
    bool is_known;
    enum rs_ev op; /* what took it … */
    unsigned slot; /* … on which thread, and where */
    rs_stack stack;
};

/* One transition: what the detectors look at. The state is what may be judged
 * by: a dying or dead object whose header looks alive counts as live, and all
 * is unknown once births and deaths go unseen. */
struct rs_step {
    rs_word before;
    const struct rs_record *record; /* NULL when the object has none */
    unsigned creator;               /* slots; 0 unknown */
    unsigned destroyer;             /* 0 unless dying or dead */
    bool is_foreign;                /* this thread did not make the object */
    bool is_owned_elsewhere;        /* another thread owns it now */
    bool was_shared;                /* … or has operated on it before this */
    bool is_other_interpreter; /* made by one this thread is not attached to */
    bool is_old_runtime;       /* made in an earlier life of the runtime */
    bool is_dealloc_over;      /* certainly; false is "may still be running" */
    bool is_str, is_gc;        /* its type; where the event's contract asks */
    struct rs_borrow_facts borrow;          /* of the object to this thread */
    struct rs_owned_slot_facts slot_access; /* of a TAKE */
    struct rs_dealloc_locks_facts dealloc_locks; /* of a TryIncRef */
    struct rs_leftover_refs_facts leftover; /* of what its dealloc frees */
    struct rs_traverse_facts traverse;
    bool is_left_untracked; /* by the collector, and nobody else can free it */
    bool keeps_type; /* its dealloc is over, and has not released its type */
    uint32_t leaked; /* objects like it, and it, that outlived the runtime … */
    uint32_t held;   /* … and others that only these hold */

    /* Asked only where the answer can matter. */
    enum rs_contract contract; /* of PyUnstable_SetImmortal */
    bool is_finalizing;        /* the runtime is on its way out */
    bool is_owner_gone;        /* the thread that owns it has ended */
    bool is_type;              /* it is a type itself */
    bool is_marked;      /* immortal, and no interpreter makes its like so */
    bool is_drifting;    /* its immortal header is not as it was written … */
    bool is_drift_known; /* … and that was said before */
    bool is_lent_by_stack; /* the calling Python frame holds it uncounted */
};

void rs_shadow_start(uint32_t records);
void rs_shadow_use_contract(enum rs_contract contract);

enum rs_look {
    RS_LOOK_AWAY, /* immortal, or without shadow (counted): judge nothing */
    RS_LOOK_CLOSER,
};

/* Reads the object's header into the event, unless an operation before it in
 * the same hook did, and says what the event met. Changes nothing. */
enum rs_look rs_shadow_look(struct rs_event *ev, struct rs_step *step);

/* Takes the transition: state, marks, and what this event is the first to
 * know. Writes nothing when nothing changes. After the stack was captured. */
void rs_shadow_note(const struct rs_event *ev, const struct rs_step *step);

/* The word of an address; RS_STATE_UNKNOWN where nothing was seen. */
rs_word rs_shadow_get(uintptr_t object);

/* Births and deaths, the short way. The old word comes back. */
rs_word rs_shadow_born(uintptr_t object, const struct rs_thread *creator);
rs_word rs_shadow_gone(uintptr_t object, const struct rs_thread *destroyer);
rs_word rs_shadow_freed(uintptr_t object);
void rs_shadow_returned(uintptr_t object, const struct rs_thread *self);

/* The state after an event by rules.def alone. */
enum rs_state rs_shadow_next_state(enum rs_state state, enum rs_ev op);

/* Births or deaths go unseen from now on (PyRefTracer was taken): DYING and
 * DEAD mean nothing any more, and are read as unknown. For good. */
void rs_shadow_distrust_lives(void);
bool rs_shadow_trusts_lives(void);
/* Can a word with this state be believed: were births and deaths seen? */
bool rs_shadow_sees_lives(enum rs_state state);

/* Nobody is told when PyRefTracer is taken before 3.15, or forgotten by a
 * runtime that begins anew: `are_seen` is asked before an object's state is
 * believed, and distrusts lives when it says no. */
void rs_shadow_ask_lives(bool (*are_seen)(void));
