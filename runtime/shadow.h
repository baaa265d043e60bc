/* SPDX-License-Identifier: MIT */
/* shadow.h -- address -> what refsan knows. Lock-free, fixed memory.
 *
 * The plane holds 16 bits for every 16 bytes of address space that ever had an
 * object (shadow_word.h), in leaves of 64 MiB that are mapped when first
 * needed. Records hold more about the few objects that became interesting: a
 * second thread, or a special API. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "event.h"
#include "shadow_word.h"
#include "stack.h"

#define RS_TYPE_NAME_BYTES 64

/* What is known of an interesting object. Fields are written once per life of
 * the object, by whoever comes first; a reader may see a field still empty. */
struct rs_record {
    _Atomic uint64_t object; /* the key; 0 is a free entry */
    _Atomic uint32_t generation; /* how many objects had this address */
    uint32_t epoch;
    int64_t interpreter; /* of its creator when known, -1 otherwise */
    uint8_t creator;     /* slots (thread.h) */
    uint8_t destroyer;
    uint8_t foreign;     /* the first thread that was not the creator … */
    uint8_t foreign_op;  /* … and what it did (enum rs_ev) */
    rs_stack foreign_stack;
    rs_stack death_stack;
    rs_stack immortal_stack;
    rs_stack enable_stack;
    uint64_t born_ticks; /* a lower bound */
    uint64_t gone_ticks;
    char type[RS_TYPE_NAME_BYTES];
};

/* One transition: what the detectors look at. */
struct rs_step {
    rs_word before;
    rs_word after;
    const struct rs_record *record; /* NULL when the object has none */
    unsigned owner;                 /* slot; 0 unknown */
    unsigned destroyer;             /* slot; 0 unless dying or dead */
    bool is_foreign;   /* this thread neither made nor owns the object */
    bool is_dying_here; /* its deallocation may be running on this thread */
    bool is_dying_known; /* … and that is certain, one way or the other */
};

void rs_shadow_start(uint32_t records);

/* Applies the event's transition and says what it met. False when there is no
 * shadow for the address (counted): judge nothing. */
bool rs_shadow_apply(const struct rs_event *ev, struct rs_step *step);

/* The word of an address; RS_STATE_UNKNOWN where nothing was seen. */
rs_word rs_shadow_get(uintptr_t object);

/* Births and deaths. The old word comes back. */
rs_word rs_shadow_born(uintptr_t object, unsigned creator);
rs_word rs_shadow_gone(uintptr_t object, unsigned destroyer);

/* Births or deaths go unseen from now on (PyRefTracer was taken): DYING and
 * DEAD mean nothing any more, and are read as unknown. For good. */
void rs_shadow_distrust_lives(void);
bool rs_shadow_trusts_lives(void);

/* Makes sure of a record for a live object, or NULL (counted). */
struct rs_record *rs_shadow_record(const struct rs_event *ev, rs_word word);
const struct rs_record *rs_shadow_find_record(uintptr_t object);
