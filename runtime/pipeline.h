/* SPDX-License-Identifier: MIT */
/* pipeline.h -- what a door calls with what it saw.
 *
 * pipeline.c is all of it on one screen: an event in, an answer out. The other
 * pipeline_*.c are for what is no reference operation. All of them: any
 * thread, also in a signal handler; errno is kept; nothing waits, allocates,
 * or calls Python. */
#pragma once

#include "event/event.h"

/* The whole pipeline. Any thread, attached or not, also in a signal handler.
 * Keeps errno. */
enum rs_answer rs_pipeline(struct rs_event *ev);

/* For what happens to no object (RS_TRAIT_NO_OBJECT): noted, not judged. */
void rs_pipeline_noted(struct rs_event *ev);

/* The operation of the event was announced, and is now done by calling a
 * function that has a hook. The calling thread's next event of this object is
 * that call (an echo), and not another operation. */
void rs_pipeline_expect_echo(const struct rs_event *ev);

/* Births and deaths. They are many; only the state is judged, and there is no
 * outcome. */
void rs_pipeline_born(const struct rs_life_event *life);
void rs_pipeline_gone(const struct rs_life_event *life);

/* The code borrows the event's object from the container; the container steals
 * a reference to it, which changes the container (`is_change`) unless it is
 * being filled; the event's object is a container, and is changed. No answer.
 */
void rs_pipeline_lent(struct rs_event *ev, uintptr_t container);
void rs_pipeline_stolen(struct rs_event *ev, uintptr_t container,
                        bool is_change);
void rs_pipeline_changed(struct rs_event *ev);

/* The event's object is read by a function of the C API. Only while TSan
 * judges. */
void rs_pipeline_used(struct rs_event *ev);

/* The same. A C method of an extension begins, with these arguments: what is in
 * their fields may be lent. It has returned the event's object: the fields that
 * this has references from were used. */
#define RS_LENT_FIELDS_MAX 8
struct rs_lent_fields {
    unsigned count;
    uint32_t locks_taken;
    struct rs_lent_field {
        uintptr_t owner, object;
        uint32_t life;
    } fields[RS_LENT_FIELDS_MAX];
};
void rs_pipeline_call_begins(struct rs_lent_fields *lent,
                             const uintptr_t *objects, unsigned count);
void rs_pipeline_call_ended(struct rs_event *ev,
                            const struct rs_lent_fields *lent);

/* The event's object is taken out of the owned slot at this address, and will
 * then be released. RS_SKIP: it must not be. */
enum rs_answer rs_pipeline_taken(struct rs_event *ev, uintptr_t address);

/* With leaks=1: an object dies (heap_type_refs.h); the runtime has been
 * finalized (leak.h). Always: the collector will no longer track an object
 * whose count is deferred (gc_untracked.h); the process ends, and what is left
 * has leaked. */
void rs_pipeline_leak_gone(struct rs_thread *self,
                           const struct rs_life_event *life);
void rs_pipeline_leak_finalized(void);
void rs_pipeline_untracked(struct rs_event *ev);
void rs_pipeline_leak_end(void);

/* In the child of a fork: the other threads have ended without releasing what
 * they owned, so no object is judged. */
void rs_pipeline_leak_forked(void);

/* Why leaked objects were not looked for; NULL when they were. */
const char *rs_pipeline_leak_refusal(void);

/* Memory is about to be freed, of an object or not. If its dealloc left a
 * reference behind, that is a bug. */
void rs_pipeline_freed(const struct rs_life_event *life);

/* An operation that may have run a dealloc has returned, and `ev` is what
 * rs_pipeline() left of it: an object that was dying on this thread is dead
 * now (3.14 and later). One that lost its last reference and was not seen to
 * die is in the interpreter's trashcan: it is dying. */
void rs_pipeline_returned(const struct rs_event *ev);
