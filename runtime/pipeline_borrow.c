/* SPDX-License-Identifier: MIT */
/* pipeline_borrow.c -- containers that lend a reference, take one, or are changed.
 *
 * The ground is pipeline.c's, and this is its short relative: most of these
 * events are only remembered, for the operation that comes next. */
#include "event/event.h"

#include <errno.h>

#include "shadow/history.h"
#include "thread/capture.h"
#include "base/check.h"
#include "track/container.h"
#include "detect/detect.h"
#include "detect/finding.h"
#include "track/borrow.h"
#include "track/locks.h"
#include "shadow/plane.h"
#include "report/report.h"
#include "shadow/shadow.h"
#include "thread/thread.h"

static void
capture(struct rs_event *ev)
{
    ev->stack = rs_capture_site(ev->self, ev->site != 0 ? ev->site : ev->pc,
                                ev->pc, ev->frame, ev->tstate);
}

static bool
enter(struct rs_event *ev)
{
    ev->self = rs_thread_enter();
    if (ev->self == NULL)
        return false;
    ev->tstate = rs_host_attached();
    if (ev->tstate != NULL && rs_shadow_trusts_lives())
        return true;
    rs_thread_leave(ev->self);
    return false;
}

static void
note_change(struct rs_event *ev, uintptr_t container)
{
    struct rs_container_change change = {.slot = ev->self->slot, .op = ev->op};

    if (rs_container_is_own(container, ev->self))
        return;
    change.when = rs_happens_before_act(ev->self->slot);
    change.locks = rs_locks_tags();
    if (!rs_container_change(container, &change))
        return;
    capture(ev);
    change.stack = ev->stack;
    rs_container_keep(container, &change);
}

void
rs_event_lent(struct rs_event *ev, uintptr_t container)
{
    if (rs_header_peeks_immortal(rs_host->layout, (const void *)ev->object) ||
        !enter(ev))
        return;
    if (!rs_container_is_own(container, ev->self))
        rs_container_use(container, ev->self->slot);
    rs_borrow_note(ev, container, RS_BORROW_LENT);
    rs_thread_leave(ev->self);
}

/* What is this thread's alone, and no container has lent lately, is only
 * remembered. */
static bool
note_ordinary_gift(struct rs_event *ev)
{
    const rs_cell *cell = rs_plane_find(ev->object);
    rs_word word;

    if (cell == NULL || rs_borrow_is_marked(ev->object))
        return false;
    word = rs_cell_load(cell);
    if ((word.bits & RS_WORD_STATUS) != ev->self->live_word)
        return false;
    ev->before = rs_host_header(ev->object);
    ev->has_before = true;
    rs_history_note_place(ev, word);
    return true;
}

/* Given away while it was only lent? */
static void
judge_gift(struct rs_event *ev, struct rs_step *step)
{
    struct rs_finding found;

    if (!rs_detect(ev, step, &found))
        return;
    rs_complete_finding(&found, ev, step);
    rs_report(&found);
}

void
rs_event_stolen(struct rs_event *ev, uintptr_t container, bool is_change)
{
    int saved = errno;
    struct rs_step step;

    if (rs_header_peeks_immortal(rs_host->layout, (const void *)ev->object) ||
        !enter(ev))
        return;
    ev->life = RS_HOST_RUNNING;
    if (is_change)
        note_change(ev, container);
    if (note_ordinary_gift(ev))
        rs_borrow_note(ev, container, RS_BORROW_STOLEN);
    else if (rs_shadow_look(ev, &step) == RS_LOOK_CLOSER) {
        rs_borrow_describe(ev, &step.borrow);
        capture(ev);
        rs_history_note(ev, &step);
        judge_gift(ev, &step);
        rs_borrow_note(ev, container, RS_BORROW_STOLEN);
    }
    rs_thread_leave(ev->self);
    errno = saved;
}

void
rs_event_changed(struct rs_event *ev)
{
    const struct rs_thread *self = rs_thread_current;
    int saved;

    /* Mostly there is nothing to note, and that can be told without being
     * inside. */
    if (rs_likely(self != NULL && rs_container_is_own(ev->object, self)))
        return;
    saved = errno;
    if (!enter(ev))
        return;
    note_change(ev, ev->object);
    rs_thread_leave(ev->self);
    errno = saved;
}
