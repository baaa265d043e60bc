/* SPDX-License-Identifier: MIT */
/* event.h -- what happened, as data: the one thing a door has to build.
 *
 * A hook fills the first block, calls rs_pipeline(), and does the operation
 * only when told RS_PROCEED. Where the operation has an outcome, it sets `op`
 * and `argument` of the same struct and calls rs_pipeline() again: the header
 * from before the operation stays in it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "host/host.h"
#include "refcount/header.h"
#include "event/word.h"
#include "stack/stack.h"

struct rs_thread;

enum rs_ev {
#define RS_EVENT(id, phrase, traits) RS_EV_##id,
#include "events.def"
    RS_EV_COUNT,
};

enum rs_trait {
    RS_TRAIT_OP = 1,
    RS_TRAIT_LIFE = 2,
    RS_TRAIT_OUTCOME = 4,
    RS_TRAIT_DROPS = 8,
    RS_TRAIT_TAKES = 16,
    RS_TRAIT_ASKS = 32,
    RS_TRAIT_OPENS = 128,
    RS_TRAIT_NO_OBJECT = 64,
};

/* The traits as constants, so that a hook's code folds on them. */
enum rs_ev_traits {
#define RS_EVENT(id, phrase, traits) RS_EV_TRAITS_##id = (traits),
#include "events.def"
};

struct rs_event_words {
    const char *op; /* "incref": the id in small letters, for JSON */
    const char *phrase;
    unsigned traits; /* enum rs_trait */
};
const struct rs_event_words *rs_event_words(enum rs_ev op);

struct rs_event {
    enum rs_ev op;
    uintptr_t object;
    uintptr_t pc;     /* return address: the code that did it */
    uintptr_t frame;  /* the hook's frame address: where to unwind from */
    int64_t argument; /* result or value, where the event has one */
    rs_frame site;    /* site.h: of instrumented code; or 0 */

    /* Filled by rs_pipeline(). */
    struct rs_thread *self;
    void *tstate;           /* attached thread state or NULL … */
    enum rs_host_life life; /* … and then the runtime's state */
    rs_cell *cell;   /* the object's, found once; NULL: not yet, or none … */
    rs_word word;    /* … and what it said then */
    bool has_before; /* the header was read: once for one operation … */
    bool is_again;   /* looked at twice: it died meanwhile */
    struct rs_header before; /* … which it is from before */
    rs_stack stack;
};

/* What a hook knows of an operation. What only the pipeline fills is left as it
 * is: to clear all of it costs more than most events do. */
RS_INLINE struct rs_event
rs_event_make(enum rs_ev op, uintptr_t object, uintptr_t pc, uintptr_t frame)
{
    struct rs_event ev;

    ev.op = op;
    ev.object = object;
    ev.pc = pc;
    ev.frame = frame;
    ev.argument = 0;
    ev.site = 0;
    ev.self = NULL;
    ev.cell = NULL;
    ev.has_before = false;
    ev.is_again = false;
    ev.stack = RS_STACK_NONE;
    return ev;
}

enum rs_answer {
    RS_PROCEED,
    RS_SKIP, /* do not do it, so that the object stays alive */
};

/* A birth or a death, or memory that is freed. They are many; only the state
 * is judged, and there is no outcome. */
struct rs_life_event {
    uintptr_t object;
    uintptr_t pc;    /* return address of the tracer, or of the hook */
    uintptr_t frame; /* … and its frame address */
    void *tstate;    /* attached: both happen only then; asked when freed */
};
