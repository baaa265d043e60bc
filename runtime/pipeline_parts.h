/* SPDX-License-Identifier: MIT */
/* pipeline_parts.h -- what all of pipeline*.c share: how a thread enters, and
 * how a step is judged. */
#pragma once

#include <stdbool.h>

#include "base/check.h"
#include "event/step.h"
#include "host/top_frame.h"
#include "os/stack_room.h"
#include "pipeline.h"
#include "shadow/interpreter_number.h"
#include "thread/capture.h"
#include "thread/thread.h"

/* An event is lost for want of stack. Gives the guard back. */
void rs_pipeline_no_room(struct rs_thread *self);

/* Claims the thread's guard (rs_thread_leave() gives it back) and says who and
 * where the thread is: `self` and `tstate`. False: the event is not judged. */
RS_INLINE bool
rs_pipeline_enter(struct rs_event *ev)
{
    ev->self = rs_thread_enter();
    if (ev->self == NULL)
        return false;
    if (rs_unlikely(rs_stack_room_is_short(ev->frame))) {
        rs_pipeline_no_room(ev->self);
        return false;
    }
    ev->tstate = rs_host_attached_fast();
    if (rs_interpreter_has_many() && ev->tstate != NULL)
        rs_interpreter_follow(ev->self, ev->tstate);
    return true;
}

/* The same, and only where borrows, containers and slots can be judged: the
 * thread is attached, and births and deaths are seen. */
bool rs_pipeline_enter_attached(struct rs_event *ev);

/* A death, or memory that is freed, as an event with its object's header. */
struct rs_event rs_pipeline_life_event(enum rs_ev op, struct rs_thread *self,
                                       const struct rs_life_event *life);

/* The event's stack. */
RS_INLINE void
rs_pipeline_capture(struct rs_event *ev)
{
    ev->stack = rs_capture_site(ev->self, ev->site != 0 ? ev->site : ev->pc,
                                ev->pc, ev->frame, ev->tstate);
}

/* The end of every event: detect, complete, report. Where a stack is missing
 * it is captured, but only of what is reported. */
enum rs_answer rs_judge(struct rs_event *ev, const struct rs_step *step);

/* How many findings were completed; most that repeat are not (repeats.h). */
uint64_t rs_judge_completed(void);
