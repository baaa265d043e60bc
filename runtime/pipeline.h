/* SPDX-License-Identifier: MIT */
/* pipeline.h -- what a door calls with what it saw.
 *
 * pipeline.c is the whole of it on one screen: one event in, the answer out.
 * The other pipeline_*.c are its short relatives, for what is no reference
 * operation. All of them: any thread, also in a signal handler; errno is kept;
 * nothing waits, allocates, or calls Python. */
#pragma once

#include "event/event.h"

/* The whole pipeline. Any thread, attached or not, also in a signal handler.
 * Keeps errno. */
enum rs_answer rs_pipeline(struct rs_event *ev);

/* What happens to no object (RS_TRAIT_NO_OBJECT): noted, not judged. */
void rs_pipeline_noted(struct rs_event *ev);

/* The operation of the event, which was announced, is now done by calling a
 * function that has a hook: the calling thread's next event of this object is
 * that call, and not another operation. */
void rs_pipeline_expect_echo(const struct rs_event *ev);

/* Births and deaths, the short way: they come by the million, judge only the
 * state, and have no outcome. */
void rs_pipeline_born(const struct rs_life_event *life);
void rs_pipeline_gone(const struct rs_life_event *life);

/* A container lends the event's object; or takes over a reference to it, and
 * changes by it, unless it is being filled; or is changed: then the event is the
 * container's. They have no answer. */
void rs_pipeline_lent(struct rs_event *ev, uintptr_t container);
void rs_pipeline_stolen(struct rs_event *ev, uintptr_t container,
                        bool is_change);
void rs_pipeline_changed(struct rs_event *ev);

/* The event's object is taken out of the field at this address, and will then be
 * released; RS_SKIP: it must not. */
enum rs_answer rs_pipeline_taken(struct rs_event *ev, uintptr_t address);

/* With leaks=1: an object dies, and the runtime has been finalized (heap_type_refs.h,
 * leak.h). And always: the collector will no longer track an object whose count
 * is deferred (gc_untracked.h). The process ends: now it is known what was
 * leaked. */
void rs_pipeline_leak_gone(struct rs_thread *self,
                           const struct rs_life_event *life);
void rs_pipeline_leak_finalized(void);
void rs_pipeline_untracked(struct rs_event *ev);
void rs_pipeline_leak_end(void);

/* A forked child's other threads are gone, with the references they had. */
void rs_pipeline_leak_forked(void);

/* Why nothing can be said about objects that leaked; NULL when they were looked
 * for. */
const char *rs_pipeline_leak_refusal(void);

/* Memory is about to be freed, of an object or not. A dealloc is to leave no
 * reference behind. */
void rs_pipeline_freed(const struct rs_life_event *life);

/* An operation that may have run a dealloc has returned: that only tells dying
 * objects from dead ones. */
void rs_pipeline_returned(uintptr_t object);
