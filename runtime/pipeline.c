/* SPDX-License-Identifier: MIT */
/* pipeline.c -- refsan on one screen: what happens to every event. See
 * rs_pipeline() at the end; everything else hangs from it.
 *
 * Any thread, attached or not, under any lock of the program, in signal
 * handlers. Nothing here or below waits, allocates from malloc, takes the GIL
 * or a reference, or calls Python. errno leaves as it came. */
#include "pipeline.h"
#include "pipeline_order.h"
#include "pipeline_parts.h"

#include <errno.h>

#include "base/check.h"
#include "base/exempt.h"
#include "base/lost.h"
#include "detect/detect.h"
#include "leak/heap_type_refs.h"
#include "shadow/classify.h"
#include "shadow/history.h"
#include "shadow/plane.h"
#include "shadow/shadow.h"
#include "thread/thread.h"
#include "track/borrow.h"
#include "track/dealloc_code.h"
#include "track/dealloc_locks.h"
#include "track/traverse.h"
#include "os/atomics.h"

/* The stack is asked while a collection runs. */
static void
describe_traverse(struct rs_event *ev, struct rs_traverse_facts *facts)
{
    bool is_near = rs_traverse_is_near(ev->pc, ev->tstate);

    if (rs_unlikely(is_near))
        rs_pipeline_capture(ev);
    rs_traverse_describe(ev->pc, is_near ? ev->stack : RS_STACK_NONE,
                         ev->tstate, facts);
}

static RS_NOINLINE void
ask_tsan(struct rs_event *ev, struct rs_step *step)
{
    if (ev->op == RS_EV_TRYINCREF)
        rs_pipeline_order_try(ev, step);
    else if (ev->op == RS_EV_REFCNT_READ)
        rs_pipeline_order_unique(ev, step);
    else if (step->borrow.kind == RS_BORROW_LENT)
        rs_pipeline_order_used(ev, step);
    else if ((rs_event_words(ev->op)->traits & RS_TRAIT_TAKES) != 0 &&
             ev->tstate != NULL)
        rs_pipeline_order_found(ev);
}

/* Be certain that the dealloc runs: it is on the stack, or it began in a
 * release that was seen. */
static RS_NOINLINE void
describe_dealloc(struct rs_event *ev, struct rs_step *step)
{
    const struct rs_thread *creator;

    rs_pipeline_capture(ev);
    step->is_dealloc_over =
        RS_EXEMPT(set_outside_dealloc,
                  !rs_dealloc_code_runs(ev, step->before) &&
                      !(rs_host_has_outer_trashcan() &&
                        rs_history_last_was_zero(ev, step->before)));
    creator = rs_thread_get(step->creator);
    step->has_creator_ended = creator == NULL || rs_load(&creator->has_ended);
    step->is_weakly_held =
        ev->has_before && rs_host_has_weak_references(ev->object, &ev->before);
}

/* What the shadow knows of the object, and what the trackers know. */
static enum rs_look
look(struct rs_event *ev, struct rs_step *step)
{
    ev->life = ev->tstate != NULL ? RS_HOST_RUNNING : rs_host_life();
    if (rs_shadow_look(ev, step) == RS_LOOK_AWAY)
        return RS_LOOK_AWAY;
    describe_traverse(ev, &step->traverse);
    if (rs_unlikely(rs_borrow_is_marked(ev->object)))
        rs_borrow_describe(ev, step);
    if (ev->op == RS_EV_TRYINCREF && ev->has_before)
        rs_dealloc_locks_describe(ev->before.type, step);
    if (rs_unlikely(rs_tsan_is_on))
        ask_tsan(ev, step);
    if (ev->op == RS_EV_SET_REFCNT && !step->is_dealloc_over)
        describe_dealloc(ev, step);
    return RS_LOOK_CLOSER;
}

static RS_NOINLINE enum rs_answer
look_closer(struct rs_event *ev)
{
    int saved = errno;
    enum rs_answer answer = RS_PROCEED;
    struct rs_step step;

    if (look(ev, &step) == RS_LOOK_CLOSER) {
        rs_pipeline_capture(ev);
        if ((rs_event_words(ev->op)->traits & RS_TRAIT_OPENS) == 0)
            rs_history_note(ev, &step);
        answer = rs_judge(ev, &step);
        if (rs_unlikely(answer == RS_SKIP))
            rs_history_skip(ev);
        if (rs_unlikely(rs_detect_is_undecided(ev, &step)))
            rs_lost_count(RS_LOST_UNDECIDED);
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

/* Was the operation announced just before by inline code, which now calls? No
 * act was noted since. */
static bool
take_echo(struct rs_event *ev)
{
    struct rs_thread *self = ev->self;

    if (rs_likely(self->announced != ev->object) || ev->site != 0 ||
        self->announced_at != rs_load(&self->acts.written))
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

    if (look(ev, &step) == RS_LOOK_CLOSER)
        answer = rs_judge(ev, &step);
    if (answer == RS_SKIP)
        rs_history_skip(ev);
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
classify(struct rs_event *ev)
{
    enum rs_event_class class = rs_classify(ev);

    return class == RS_CLASS_ORDINARY &&
                   (may_be_borrowed(ev) ||
                    rs_traverse_is_near(ev->pc, ev->tstate))
               ? RS_CLASS_CLOSER
               : class;
}

/* Another thread has released it while this one looked: a stack takes
 * microseconds, a report much more, and without refsan the count would have
 * been changed long since.
 *
 * Missed: what is released between this look and the count's change, some
 * instructions later; that interval is there in every check before an act. */
static bool
has_died(const struct rs_event *ev)
{
    return ev->op == RS_EV_INCREF && ev->cell != NULL &&
           rs_word_state(ev->word) <= RS_STATE_IMMORTAL &&
           rs_word_state(rs_cell_load(ev->cell)) > RS_STATE_IMMORTAL;
}

/* Once more, and as if nothing had been read. */
static bool
wants_another_look(struct rs_event *ev)
{
    if (ev->is_again || !has_died(ev))
        return false;
    ev->has_before = false;
    ev->is_again = true;
    return true;
}

static void
note_drop(const struct rs_event *ev)
{
    if (rs_unlikely(rs_heap_type_refs_is_on) &&
        rs_event_words(ev->op)->traits & RS_TRAIT_DROPS)
        rs_heap_type_refs_dropped(ev->self, ev->object);
}

enum rs_answer
rs_pipeline(struct rs_event *ev)
{
    enum rs_answer answer = RS_PROCEED;

    if (!rs_pipeline_enter(ev))
        return RS_PROCEED;
    if (rs_unlikely(take_echo(ev))) {
        ev->cell = NULL;
        answer = judge_echo(ev);
        rs_thread_leave(ev->self);
        return answer;
    }
    note_drop(ev);
look:
    switch (classify(ev)) {
    case RS_CLASS_IDLE:
        rs_thread_count_event(ev->self);
        break;
    case RS_CLASS_ORDINARY:
        rs_pipeline_capture(ev);
        rs_history_note_ordinary(ev, ev->word);
        break;
    case RS_CLASS_CLOSER:
        answer = look_closer(ev);
        if (answer == RS_PROCEED && wants_another_look(ev))
            goto look;
        break;
    }
    rs_thread_leave(ev->self);
    return answer;
}

void
rs_pipeline_noted(struct rs_event *ev)
{
    if (!rs_pipeline_enter(ev))
        return;
    rs_pipeline_capture(ev);
    rs_history_note_in_order(ev);
    if (ev->op == RS_EV_ATTACH)
        rs_borrow_attached();
    rs_thread_leave(ev->self);
}

void
rs_pipeline_expect_echo(const struct rs_event *ev)
{
    struct rs_thread *self = ev->self;

    self->announced = ev->object;
    self->announced_site = ev->site;
    self->announced_at = rs_load(&self->acts.written);
}
