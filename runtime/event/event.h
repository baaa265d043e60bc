/* SPDX-License-Identifier: MIT */
/* event.h -- what happened: the one thing a door has to build.
 *
 * A hook fills the first block, calls rs_event(), and does the operation only
 * when told RS_PROCEED. Where the operation has an outcome, it sets `op` and
 * `argument` of the same struct and calls rs_event() again: the header from
 * before the operation stays in it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "host/host.h"
#include "refcount/header.h"
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
    rs_frame site;    /* site.h: where the code says itself that it is; or 0 */

    /* Filled by rs_event(). */
    struct rs_thread *self;
    void *tstate;           /* attached thread state or NULL … */
    enum rs_host_life life; /* … and then the runtime's state */
    bool has_before;
    struct rs_header before;
    rs_stack stack;
};

enum rs_answer {
    RS_PROCEED,
    RS_SKIP, /* neutralised: do not do it; the object is kept alive */
};

/* The whole pipeline. Any thread, attached or not, also in a signal handler.
 * Keeps errno. */
enum rs_answer rs_event(struct rs_event *ev);

/* What happens to no object (RS_TRAIT_NO_OBJECT): noted, not judged. */
void rs_event_noted(struct rs_event *ev);

/* The operation of the event, which was announced, is now done by calling a
 * function that has a hook: the calling thread's next event of this object is
 * that call, and not another operation. */
void rs_event_expect_echo(const struct rs_event *ev);

/* Births and deaths, the short way: they come by the million, judge only the
 * state, and have no outcome. */
struct rs_life_event {
    uintptr_t object;
    uintptr_t pc;    /* return address of the tracer, or of the hook */
    uintptr_t frame; /* … and its frame address */
    void *tstate;    /* attached: both happen only then; asked when freed */
};
void rs_event_born(const struct rs_life_event *life);
void rs_event_gone(const struct rs_life_event *life);

/* A container lends the event's object; or takes over a reference to it, and
 * changes by it, unless it is being filled; or is changed: then the event is the
 * container's. They have no answer. */
void rs_event_lent(struct rs_event *ev, uintptr_t container);
void rs_event_stolen(struct rs_event *ev, uintptr_t container, bool is_change);
void rs_event_changed(struct rs_event *ev);

/* The event's object is taken out of the field at this address, and will then be
 * released; RS_SKIP: it must not. */
enum rs_answer rs_event_taken(struct rs_event *ev, uintptr_t address);

/* With leaks=1: an object dies, and the runtime has been finalized (heap_type_refs.h,
 * leak.h). And always: the collector will no longer track an object whose count
 * is deferred (gc_untracked.h). The process ends: now it is known what was
 * leaked. */
void rs_event_leak_gone(struct rs_thread *self,
                        const struct rs_life_event *life);
void rs_event_leak_finalized(void);
void rs_event_untracked(struct rs_event *ev);
void rs_event_leak_end(void);

/* A forked child's other threads are gone, with the references they had. */
void rs_event_leak_forked(void);

/* Why nothing can be said about objects that leaked; NULL when they were looked
 * for. */
const char *rs_event_leak_refusal(void);

/* Memory is about to be freed, of an object or not. A dealloc is to leave no
 * reference behind. */
void rs_event_freed(const struct rs_life_event *life);

/* An operation that may have run a dealloc has returned: that only tells dying
 * objects from dead ones. */
void rs_event_returned(uintptr_t object);
