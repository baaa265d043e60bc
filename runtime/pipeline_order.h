/* SPDX-License-Identifier: MIT */
/* pipeline_order.h -- private to pipeline*.c: where TSan judges. To be called
 * only while rs_tsan_is_on; the thread is entered. */
#pragma once

#include "event/step.h"
#include "order/tsan.h"

struct rs_thread;

/* Which of the objects that had this address is there. */
uint32_t rs_pipeline_order_life(uintptr_t object);

/* The event as an access. */
struct rs_tsan_access rs_pipeline_order_access(const struct rs_event *ev,
                                               uintptr_t address);

/* The use of what a container lent races with a change of the container, which
 * the event makes now. */
void rs_pipeline_order_judge_lent(const struct rs_tsan_access *use,
                                  const struct rs_tsan_access *change,
                                  const struct rs_event *now);

/* The only reference to an object is the container's, and it is used; the event
 * uses what may be so; what may be so; an object dies, whose word was `before`: was it taken
 * out of its container, by whatever code? */
void rs_pipeline_order_lent(struct rs_tsan_access *use, uintptr_t container);
void rs_pipeline_order_found(struct rs_event *ev);
bool rs_pipeline_order_may_be_lent(uintptr_t object, unsigned slot);
void rs_pipeline_order_gone(struct rs_thread *self,
                            const struct rs_life_event *life, rs_word before);

/* The event changes the container. */
void rs_pipeline_order_changed(struct rs_event *ev, uintptr_t container);

/* The event is a TryIncRef, reads a count, or counts what was borrowed; the
 * step is described. */
void rs_pipeline_order_used(struct rs_event *ev, struct rs_step *step);
void rs_pipeline_order_try(struct rs_event *ev, const struct rs_step *step);
void rs_pipeline_order_unique(struct rs_event *ev, struct rs_step *step);

/* The memory of an object that was enabled for TryIncRef is freed; its word
 * was `before`. */
void rs_pipeline_order_freed(struct rs_thread *self,
                             const struct rs_life_event *life, rs_word before);
