/* SPDX-License-Identifier: MIT */
/* pipeline.c -- refsan on one screen: what happens to every event.
 *
 * Any thread, attached or not, under any lock of the program, in signal
 * handlers. Nothing here or below waits, allocates from malloc, takes the GIL
 * or a reference, or calls Python. errno leaves as it came. */
#include "event/event.h"

#include <errno.h>

#include "shadow/history.h"
#include "thread/capture.h"
#include "base/check.h"
#include "detect/detect.h"
#include "detect/finding.h"
#include "shadow/classify.h"
#include "shadow/interpreter_number.h"
#include "shadow/lifetimes.h"
#include "track/borrow.h"
#include "base/lost.h"
#include "base/exempt.h"
#include "leak/allocation_site.h"
#include "report/report.h"
#include "shadow/shadow.h"
#include "thread/thread.h"
#include "track/traverse.h"
#include "leak/heap_type_refs.h"
#include "track/dealloc_locks.h"

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

static void
capture(struct rs_event *ev)
{
    ev->stack = rs_capture_site(ev->self, ev->site != 0 ? ev->site : ev->pc,
                                ev->pc, ev->frame, ev->tstate);
}

/* The stack is asked while a collection runs. */
static void
describe_traverse(struct rs_event *ev, struct rs_traverse_facts *facts)
{
    bool is_near = rs_traverse_is_near(ev->pc, ev->tstate);

    if (rs_unlikely(is_near))
        capture(ev);
    rs_traverse_describe(ev->pc, is_near ? ev->stack : RS_STACK_NONE,
                         ev->tstate, facts);
}

static RS_NOINLINE enum rs_answer
judge(struct rs_event *ev, const struct rs_step *step)
{
    struct rs_finding found;

    if (!rs_detect(ev, step, &found))
        return RS_PROCEED;
    if (found.kind == RS_BUG_REFOP_IN_TRAVERSE)
        rs_traverse_tell(&step->traverse);
    rs_complete_finding(&found, ev, step);
    rs_report(&found);
    return found.is_skipped ? RS_SKIP : RS_PROCEED;
}

static enum rs_look
look(struct rs_event *ev, struct rs_step *step)
{
    if (rs_shadow_look(ev, step) == RS_LOOK_AWAY)
        return RS_LOOK_AWAY;
    describe_traverse(ev, &step->traverse);
    if (rs_unlikely(rs_borrow_is_marked(ev->object)))
        rs_borrow_describe(ev, &step->borrow);
    if (ev->op == RS_EV_TRYINCREF && ev->has_before)
        step->dealloc_locks = rs_dealloc_locks_ask(ev->before.type);
    /* Be certain that the dealloc runs: it began in a release that was seen. */
    if (ev->op == RS_EV_SET_REFCNT && !step->is_dealloc_over)
        step->is_dealloc_over =
            rs_host->version < 0x030e0000 ||
            RS_EXEMPT(set_outside_dealloc,
                      !rs_history_last_was_zero(ev, step->before));
    return RS_LOOK_CLOSER;
}

static RS_NOINLINE enum rs_answer
look_closer(struct rs_event *ev)
{
    int saved = errno;
    enum rs_answer answer = RS_PROCEED;
    struct rs_step step;

    ev->life = ev->tstate != NULL ? RS_HOST_RUNNING : rs_host_life();
    if (look(ev, &step) == RS_LOOK_CLOSER) {
        capture(ev);
        if ((rs_event_words(ev->op)->traits & RS_TRAIT_OPENS) == 0)
            rs_history_note(ev, &step);
        answer = judge(ev, &step);
        if (answer == RS_PROCEED && step.traverse.function == NULL)
            rs_shadow_note(ev, &step);
        if (rs_unlikely(step.borrow.kind != RS_BORROW_NONE))
            rs_borrow_counted(ev);
    }
    else
        rs_thread_count_event(ev->self);
    errno = saved;
    return answer;
}

/* Nothing came in between: no act was noted since. */
static bool
take_echo(struct rs_event *ev)
{
    struct rs_thread *self = ev->self;

    if (ev->site != 0 ||
        self->announced_at !=
            atomic_load_explicit(&self->acts.written, memory_order_relaxed))
        return false;
    ev->site = self->announced_site;
    self->announced = 0;
    return true;
}

/* The call knows more than the announcement did: which function the inline code
 * chose to call. Judged once more, noted no more. */
static RS_NOINLINE enum rs_answer
judge_echo(struct rs_event *ev)
{
    int saved = errno;
    enum rs_answer answer = RS_PROCEED;
    struct rs_step step;
    struct rs_finding found;

    ev->life = ev->tstate != NULL ? RS_HOST_RUNNING : rs_host_life();
    if (look(ev, &step) == RS_LOOK_CLOSER && rs_detect(ev, &step, &found)) {
        capture(ev);
        answer = judge(ev, &step);
    }
    errno = saved;
    return answer;
}

/* An object that a container lent or holds is an ordinary one, too, unless its
 * last reference goes, or somebody changes the container (check_borrow.c). */
static bool
may_be_borrowed(const struct rs_event *ev)
{
    if (rs_likely(!rs_borrow_is_marked(ev->object)))
        return false;
    if (ev->op == RS_EV_INCREF)
        return rs_borrow_may_race(ev->object);
    return ev->op != RS_EV_DECREF || rs_header_count(&ev->before) <= 1;
}

static enum rs_event_class
glance(struct rs_event *ev, rs_word *word)
{
    enum rs_event_class first = rs_classify(ev, word);

    return first == RS_CLASS_ORDINARY &&
                   (may_be_borrowed(ev) ||
                    rs_traverse_is_near(ev->pc, ev->tstate))
               ? RS_CLASS_CLOSER
               : first;
}

enum rs_answer
rs_event(struct rs_event *ev)
{
    enum rs_answer answer = RS_PROCEED;
    rs_word word;

    ev->self = rs_thread_enter();
    if (ev->self == NULL)
        return RS_PROCEED;
    ev->tstate = rs_host_attached();
    if (rs_interpreter_has_many() && ev->tstate != NULL)
        rs_interpreter_follow(ev->self, ev->tstate);
    if (rs_unlikely(ev->self->announced == ev->object) && take_echo(ev)) {
        answer = judge_echo(ev);
        rs_thread_leave(ev->self);
        return answer;
    }
    if (rs_unlikely(rs_heap_type_refs_is_on) &&
        rs_event_words(ev->op)->traits & RS_TRAIT_DROPS)
        rs_heap_type_refs_dropped(ev->self, ev->object);
    switch (glance(ev, &word)) {
    case RS_CLASS_IDLE:
        rs_thread_count_event(ev->self);
        break;
    case RS_CLASS_ORDINARY:
        capture(ev);
        rs_history_note_ordinary(ev, word);
        break;
    case RS_CLASS_CLOSER:
        answer = look_closer(ev);
        break;
    }
    rs_thread_leave(ev->self);
    return answer;
}

void
rs_event_noted(struct rs_event *ev)
{
    ev->self = rs_thread_enter();
    if (ev->self == NULL)
        return;
    ev->tstate = rs_host_attached();
    capture(ev);
    rs_history_note_in_order(ev);
    if (ev->op == RS_EV_ATTACH)
        rs_borrow_attached();
    rs_thread_leave(ev->self);
}

void
rs_event_expect_echo(const struct rs_event *ev)
{
    struct rs_thread *self = ev->self;

    self->announced = ev->object;
    self->announced_site = ev->site;
    self->announced_at =
        atomic_load_explicit(&self->acts.written, memory_order_relaxed);
}

void
rs_event_born(const struct rs_life_event *life)
{
    struct rs_thread *self = rs_thread_enter();

    if (self == NULL)
        return;
    rs_interpreter_follow(self, life->tstate);
    rs_lifetimes_note(self, RS_EV_BORN, life,
                      rs_shadow_born(life->object, self));
    if (rs_unlikely(rs_allocation_site_is_on))
        rs_allocation_site_born(self, life);
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

/* Its dealloc will take it out of a registry. */
static RS_NOINLINE void
note_enabled_gone(struct rs_thread *self, const struct rs_life_event *life)
{
    int saved = errno;

    rs_dealloc_locks_begin(
        life->object, rs_host_header(life->object).type, self->slot,
        rs_capture(self, life->pc, life->frame, life->tstate));
    errno = saved;
}

void
rs_event_gone(const struct rs_life_event *life)
{
    struct rs_thread *self = rs_thread_enter();
    rs_word before;

    if (self == NULL)
        return;
    rs_interpreter_follow(self, life->tstate);
    before = rs_shadow_gone(life->object, self);
    rs_lifetimes_note(self, RS_EV_GONE, life, before);
    if (rs_unlikely(rs_heap_type_refs_is_on))
        rs_event_leak_gone(self, life);
    if (rs_unlikely(rs_word_has(before, RS_MARK_TRY_ENABLED)))
        note_enabled_gone(self, life);
    if (rs_unlikely(rs_header_peeks_immortal(rs_host->layout,
                                             (const void *)life->object) ||
                    rs_word_state(before) == RS_STATE_IMMORTAL))
        judge_gone(self, life, before);
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
