/* SPDX-License-Identifier: MIT */
/* history.h -- reference operations in the rings: an object's history. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "event/act.h"
#include "shadow/shadow.h"

/* Notes the operation for its object's history. */
void rs_history_note(const struct rs_event *ev, const struct rs_step *step);

/* The same for an ordinary event (shadow.h). */
void rs_history_note_ordinary(const struct rs_event *ev, rs_word word);

/* The same without a stack: the place alone. */
void rs_history_note_place(const struct rs_event *ev, rs_word word);

/* The same for what happens to no object: in the order of all threads. */
void rs_history_note_in_order(const struct rs_event *ev);

/* The operation that the calling thread noted last is skipped, if it is this
 * one. */
void rs_history_skip(const struct rs_event *ev);

/* The object's last `max` operations of all threads since `born_ticks`, with
 * the word's generation, oldest first. Returns how many. */
unsigned rs_history_collect(uintptr_t object, rs_word word,
                            uint64_t born_ticks, struct rs_past_act *acts,
                            unsigned max);

/* The thread's last operations on whatever object, newest first, at most `max`.
 * Returns how many. */
struct rs_thread;
unsigned rs_history_last(const struct rs_thread *thread,
                         struct rs_past_act *acts, uintptr_t *objects,
                         unsigned max);

/* Is the object's last operation that the calling thread's ring has, a release
 * to zero? Then a deallocation that has begun did so in it. */
bool rs_history_last_was_zero(const struct rs_event *ev, rs_word word);
