/* SPDX-License-Identifier: MIT */
/* step.h -- one transition: what the detectors look at, as data.
 *
 * shadow/describe.c fills it from what is known of the object. What a tracker
 * remembers beside (track/) is a block of facts of its own, which that tracker
 * fills: a new one is one struct and one member here. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "event/event.h"
#include "event/order.h"
#include "event/word.h"
#include "stack/stack.h"

struct rs_type_code;

/* Whose rules for making an object immortal? (options.def: contract) */
enum rs_contract {
    RS_CONTRACT_315,     /* the only reference, and no str */
    RS_CONTRACT_RELAXED, /* any number of references, all of this thread */
    RS_CONTRACT_314,     /* the same, and str: there was no such function */
};

/* ---- What the shadow keeps beside the word ------------------------------- */

#define RS_TYPE_NAME_BYTES 64

/* shadow/record.h: a copy. */
struct rs_record {
    uint64_t object;     /* 0: there is none */
    uint32_t generation; /* how many objects had this address */
    int64_t interpreter; /* of its creator when known, -1 otherwise */
    unsigned destroyer;  /* slot (thread.h) */
    unsigned foreign;    /* the first thread that was not the creator … */
    unsigned foreign_op; /* … and what it did (enum rs_ev) */
    rs_stack foreign_stack;
    rs_stack immortal_stack;
    bool is_drift_known; /* its immortal header changed, and that was seen */
    char type[RS_TYPE_NAME_BYTES];
};

/* ---- What the trackers know --------------------------------------------- */

/* track/access.h: what another thread did to a container or an owned slot that
 * it shares with this one. */
struct rs_access {
    unsigned slot; /* the thread; 0 is "nobody" */
    uint32_t when; /* thread/happens_before.h; never 0 */
    bool is_after; /* after another one that it is unordered with */
    enum rs_ev op;
    uintptr_t object; /* that was taken out, or 0; and which life of it */
    uint16_t generation;
    rs_frame place; /* of what has no stack */
    rs_stack stack;
    struct rs_order_locks locks;
};

/* track/borrow.h: the object is borrowed by this thread, or was stolen from
 * it. */
enum rs_borrow_kind {
    RS_BORROW_NONE = 0,
    RS_BORROW_LENT,   /* by the container, which still owns it */
    RS_BORROW_STOLEN, /* by the container: the caller's reference is gone */
};
struct rs_borrow_facts {
    enum rs_borrow_kind kind;
    bool is_same_call;
    bool is_stored;    /* the container is alive, and holds it now */
    bool is_contended; /* another thread could change the container now */
    bool is_guarded;   /* a lock was held from the borrow until now */
    bool is_by_macro;  /* PyList_GET_ITEM and such: no function was called */
    bool has_gil;      /* a free-threaded build has one now */
    bool was_detached; /* in between, others could run with a GIL, too */
    uintptr_t container;
};

/* track/owned_slot.h: this thread takes a reference out of the slot. */
struct rs_owned_slot_facts {
    bool is_contended; /* another thread takes out of it, too, at any time */
    bool is_again;     /* … and this one did before that one did */
    bool is_same;      /* … and what it took was this very reference */
    bool is_unordered; /* contended, as TSan says … */
    struct rs_held own_held, other_held; /* … of which these were held */
    struct rs_access other;              /* when contended */
};

/* track/dealloc_locks.h: of a TryIncRef. */
struct rs_dealloc_locks_facts {
    bool is_known;    /* a dealloc of the type was seen, and takes locks */
    bool is_common;   /* this thread holds one of them */
    bool is_guarded;  /* it holds another one */
    bool is_registry; /* another thread held one of them at a TryIncRef */
};

/* track/leftover_refs.h: a reference that outlives its object. */
struct rs_leftover_refs_facts {
    bool is_known;
    enum rs_ev op; /* what took it … */
    unsigned slot; /* … on which thread, and where */
    rs_stack stack;
};

/* track/traverse.h */
struct rs_traverse_facts {
    struct rs_type_code *function; /* the operation is inside; else NULL */
    bool is_told;
    bool is_collecting;
};

/* leak/: what was never freed. */
struct rs_leak_facts {
    bool keeps_type; /* its dealloc is over, and has not released its type */
    bool is_left_untracked; /* by the collector, and nobody else can free it */
    uint32_t objects; /* like it, and it, that outlived the runtime … */
    uint32_t held;    /* … and others that only these hold */
};

/* What a tracker tells for the report: who did it, and where. */
enum rs_role {
#define RS_ROLE(id, slug, phrase, label) RS_ROLE_##id,
#include "roles.def"
    RS_ROLE_COUNT,
};
struct rs_told {
    enum rs_role role;
    enum rs_ev op;
    unsigned slot;       /* the thread */
    rs_stack stack;      /* or, if there is none … */
    rs_frame place;      /* … one frame */
    struct rs_held held; /* where TSan judged */
};
#define RS_TOLD_MAX 4

/* ---- The step ------------------------------------------------------------ */

/* The state is what may be judged by: a dying or dead object whose header
 * looks alive counts as live, and all is unknown once births and deaths go
 * unseen. */
struct rs_step {
    rs_word before;
    struct rs_record record;   /* its object is 0 when there is none */
    unsigned creator;          /* slots; 0 unknown */
    unsigned destroyer;        /* 0 unless dying or dead */
    bool is_foreign;           /* this thread did not make the object */
    bool is_owned_elsewhere;   /* another thread owns it now */
    bool was_shared;           /* … or has operated on it before this */
    bool is_other_interpreter; /* made by one this thread is not attached to */
    bool is_old_runtime;       /* made in an earlier life of the runtime */
    bool is_dealloc_over;      /* certainly; false is "may still be running" */
    bool is_host_dealloc;      /* no module has a part in its dealloc */
    bool is_str, is_gc;        /* its type; where the event's contract asks */

    struct rs_borrow_facts borrow;
    struct rs_owned_slot_facts slot_access;
    struct rs_dealloc_locks_facts dealloc_locks;
    struct rs_leftover_refs_facts leftover;
    struct rs_traverse_facts traverse;
    struct rs_leak_facts leak;
    struct rs_told told[RS_TOLD_MAX];
    unsigned told_count;

    /* Asked only where the answer can matter. */
    enum rs_contract contract; /* of PyUnstable_SetImmortal */
    bool is_finalizing;        /* the runtime is on its way out */
    bool is_owner_gone;        /* the thread that owns it has ended */
    bool is_type;              /* it is a type itself */
    bool is_marked;      /* immortal, and no interpreter makes its like so */
    bool is_drifting;    /* its immortal header is not as it was written … */
    bool is_drift_known; /* … and that was said before */
    bool may_be_merged_by_host; /* … and the interpreter itself may do that */
    bool has_creator_ended;     /* the thread that made it */
    bool is_weakly_held;        /* weak references to it exist */
    bool is_held_by_queue;      /* the merge queue's is the only reference */
    bool is_lent_by_stack; /* the calling Python frame holds it uncounted */
    struct rs_held held;   /* at the act, where TSan judged … */
    bool
        is_unordered; /* … that it was, with what another thread did, says order/tsan.h */
};

/* What there is no room for is not in the report. */
static inline void
rs_step_tell(struct rs_step *step, struct rs_told told)
{
    if (step->told_count < RS_TOLD_MAX)
        step->told[step->told_count++] = told;
}
