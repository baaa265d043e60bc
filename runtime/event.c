/* SPDX-License-Identifier: MIT */
/* event.c -- refsan on one screen: what happens to every event.
 *
 * Any thread, attached or not, under any lock of the program, in signal
 * handlers. Nothing here or below waits, allocates from malloc, takes the GIL
 * or a reference, or calls Python. errno leaves as it came. */
#include "event.h"

#include <errno.h>

#include "acts.h"
#include "capture.h"
#include "check.h"
#include "detect.h"
#include "finding.h"
#include "lives.h"
#include "lost.h"
#include "report.h"
#include "shadow.h"
#include "thread.h"

static const struct rs_event_words words[] = {
#define RS_EVENT(id, phrase, traits) {#id, phrase, traits},
#include "events.def"
};

const struct rs_event_words *
rs_event_words(enum rs_ev op)
{
    RS_CHECK(op < RS_EV_COUNT);
    return &words[op];
}

static RS_NOINLINE enum rs_answer
judge(struct rs_event *ev, const struct rs_step *step)
{
    struct rs_finding found;

    if (!rs_detect(ev, step, &found))
        return RS_PROCEED;
    rs_finding_complete(&found, ev, step);
    rs_report(&found);
    return found.is_skipped ? RS_SKIP : RS_PROCEED;
}

static RS_NOINLINE enum rs_answer
look_closer(struct rs_event *ev)
{
    int saved = errno;
    enum rs_answer answer = RS_PROCEED;
    struct rs_step step;

    ev->life = ev->tstate != NULL ? RS_HOST_RUNNING : rs_host_life();
    if (rs_shadow_look(ev, &step) == RS_LOOK_CLOSER) {
        ev->stack = rs_capture(ev->self, ev->pc, ev->frame, ev->tstate);
        rs_acts_note(ev, &step);
        answer = judge(ev, &step);
        if (answer == RS_PROCEED)
            rs_shadow_note(ev, &step);
    }
    errno = saved;
    return answer;
}

enum rs_answer
rs_event(struct rs_event *ev)
{
    enum rs_answer answer = RS_PROCEED;
    rs_word word;

    ev->self = rs_thread_enter();
    if (ev->self == NULL)
        return RS_PROCEED;
    rs_thread_count_event(ev->self);
    ev->tstate = rs_host_attached();
    if (rs_shadow_is_ordinary(ev, &word)) {
        ev->stack = rs_capture(ev->self, ev->pc, ev->frame, ev->tstate);
        rs_acts_note_ordinary(ev, word);
    }
    else
        answer = look_closer(ev);
    rs_thread_leave(ev->self);
    return answer;
}

void
rs_event_born(const struct rs_life_event *life)
{
    struct rs_thread *self = rs_thread_enter();

    if (self == NULL)
        return;
    rs_lives_note(self, RS_EV_BORN, life, rs_shadow_born(life->object, self));
    rs_thread_leave(self);
}

/* An immortal object dies: the long way. */
static RS_NOINLINE void
judge_gone(struct rs_thread *self, const struct rs_life_event *life,
           rs_word before)
{
    int saved = errno;
    struct rs_step step = {.before = before,
                           .creator = rs_word_creator(before)};
    struct rs_event ev = {.op = RS_EV_GONE,
                          .object = life->object,
                          .pc = life->pc,
                          .frame = life->frame,
                          .self = self,
                          .tstate = life->tstate,
                          .life = rs_host_is_finalizing() ? RS_HOST_FINALIZED
                                                          : RS_HOST_RUNNING,
                          .has_before = true,
                          .before = rs_host_header(life->object)};

    ev.stack = rs_capture(self, ev.pc, ev.frame, ev.tstate);
    (void)judge(&ev, &step);
    errno = saved;
}

void
rs_event_gone(const struct rs_life_event *life)
{
    struct rs_thread *self = rs_thread_enter();
    rs_word before;

    if (self == NULL)
        return;
    before = rs_shadow_gone(life->object, self);
    rs_lives_note(self, RS_EV_GONE, life, before);
    if (rs_unlikely(rs_header_peeks_immortal(rs_host->layout,
                                             (const void *)life->object) ||
                    rs_word_state(before) == RS_STATE_IMMORTAL))
        judge_gone(self, life, before);
    rs_thread_leave(self);
}

void
rs_event_freed(uintptr_t object)
{
    struct rs_thread *self = rs_thread_enter();

    if (self == NULL)
        return;
    rs_shadow_freed(object);
    rs_thread_leave(self);
}

void
rs_event_returned(uintptr_t object)
{
    struct rs_thread *self = rs_thread_enter();

    if (self == NULL)
        return;
    rs_shadow_returned(object, self);
    rs_thread_leave(self);
}
