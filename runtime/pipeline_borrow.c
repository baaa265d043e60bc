/* SPDX-License-Identifier: MIT */
/* pipeline_borrow.c -- containers that lend a reference, steal one, or are
 * changed.
 *
 * Runs where pipeline.c runs: any thread, any lock, signal handlers. Most of
 * these events are only remembered, for the operation that comes next. */
#include "pipeline.h"
#include "pipeline_order.h"
#include "pipeline_parts.h"

#include <errno.h>

#include "base/check.h"
#include "shadow/history.h"
#include "shadow/plane.h"
#include "shadow/shadow.h"
#include "thread/thread.h"
#include "track/borrow.h"
#include "track/container.h"
#include "track/locks.h"

static bool
is_immortal(const struct rs_event *ev)
{
    return rs_header_peeks_immortal(rs_host->layout, (const void *)ev->object);
}

static void
note_change(struct rs_event *ev, uintptr_t container)
{
    struct rs_access change = {.slot = ev->self->slot, .op = ev->op};

    if (rs_container_is_own(container, ev->self))
        return;
    if (rs_unlikely(rs_tsan_is_on))
        rs_pipeline_order_changed(ev, container);
    change.when = rs_happens_before_act(ev->self->slot);
    change.locks = rs_locks_tags();
    if (!rs_container_change(container, &change))
        return;
    rs_pipeline_capture(ev);
    change.stack = ev->stack;
    rs_container_keep(container, &change);
}

void
rs_pipeline_lent(struct rs_event *ev, uintptr_t container)
{
    if (is_immortal(ev) || !rs_pipeline_enter_attached(ev))
        return;
    if (!rs_container_is_own(container, ev->self))
        rs_container_use(container, ev->self->slot);
    rs_borrow_note(ev, container, RS_BORROW_LENT);
    rs_thread_leave(ev->self);
}

/* What is this thread's alone, and no container has lent lately, is only
 * remembered. */
static bool
note_ordinary_steal(struct rs_event *ev)
{
    ev->cell = rs_plane_find(ev->object);
    if (ev->cell == NULL)
        return false;
    ev->word = rs_cell_load(ev->cell);
    if (rs_borrow_is_marked(ev->object) ||
        (ev->word.bits & RS_WORD_STATUS) != ev->self->live_word)
        return false;
    ev->before = rs_host_header(ev->object);
    ev->has_before = true;
    rs_history_note_place(ev, ev->word);
    return true;
}

/* Given away while it was only borrowed? */
static bool
judge_steal(struct rs_event *ev)
{
    struct rs_step step;

    if (rs_shadow_look(ev, &step) == RS_LOOK_AWAY)
        return false;
    rs_borrow_describe(ev, &step);
    rs_pipeline_capture(ev);
    rs_history_note(ev, &step);
    (void)rs_judge(ev, &step);
    return true;
}

void
rs_pipeline_stolen(struct rs_event *ev, uintptr_t container, bool is_change)
{
    int saved = errno;

    if (is_immortal(ev) || !rs_pipeline_enter_attached(ev))
        return;
    if (is_change)
        note_change(ev, container);
    if (note_ordinary_steal(ev) || judge_steal(ev))
        rs_borrow_note(ev, container, RS_BORROW_STOLEN);
    rs_thread_leave(ev->self);
    errno = saved;
}

void
rs_pipeline_changed(struct rs_event *ev)
{
    const struct rs_thread *self = rs_thread_current;
    int saved;

    /* Mostly there is nothing to note, and that can be told without being
     * inside. */
    if (rs_likely(self != NULL && rs_container_is_own(ev->object, self)))
        return;
    saved = errno;
    if (!rs_pipeline_enter_attached(ev))
        return;
    note_change(ev, ev->object);
    rs_thread_leave(ev->self);
    errno = saved;
}
