/* SPDX-License-Identifier: MIT */
/* pipeline_lives.c -- births, deaths, and memory that is freed: mostly not of
 * an object, or of one that is dying as it should. Runs where pipeline.c runs:
 * any thread, any lock, signal handlers. */
#include "pipeline.h"
#include "pipeline_order.h"
#include "pipeline_parts.h"

#include <errno.h>

#include "base/check.h"
#include "leak/allocation_site.h"
#include "leak/heap_type_refs.h"
#include "shadow/interpreter_number.h"
#include "shadow/lifetimes.h"
#include "shadow/shadow.h"
#include "thread/thread.h"
#include "track/dealloc_locks.h"
#include "track/leftover_refs.h"
#include "refcount/freed.h"

void
rs_pipeline_born(const struct rs_life_event *life)
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
    struct rs_event ev = rs_pipeline_life_event(RS_EV_GONE, self, life);

    if (rs_host_is_finalizing())
        ev.life = RS_HOST_FINALIZED;
    (void)rs_judge(&ev, &step);
    errno = saved;
}

/* Its dealloc will take it out of a registry. */
static RS_NOINLINE void
note_enabled_gone(struct rs_thread *self, const struct rs_life_event *life)
{
    int saved = errno;
    struct rs_event ev = rs_pipeline_life_event(RS_EV_GONE, self, life);

    rs_pipeline_capture(&ev);
    rs_dealloc_locks_begin(ev.object, ev.before.type, self->slot, ev.stack);
    errno = saved;
}

static RS_NOINLINE void
note_enabled_freed(struct rs_thread *self, const struct rs_life_event *life,
                   rs_word before)
{
    int saved = errno;

    rs_pipeline_order_freed(self, life, before);
    errno = saved;
}

void
rs_pipeline_gone(const struct rs_life_event *life)
{
    struct rs_thread *self = rs_thread_enter();
    rs_word before;

    if (self == NULL)
        return;
    rs_interpreter_follow(self, life->tstate);
    before = rs_shadow_gone(life->object, self);
    rs_lifetimes_note(self, RS_EV_GONE, life, before);
    if (rs_unlikely(rs_heap_type_refs_is_on))
        rs_pipeline_leak_gone(self, life);
    if (rs_unlikely(rs_tsan_is_on))
        rs_pipeline_order_gone(self, life, before);
    if (rs_unlikely(rs_word_has(before, RS_MARK_TRY_ENABLED)))
        note_enabled_gone(self, life);
    if (rs_unlikely(rs_header_peeks_immortal(rs_host->layout,
                                             (const void *)life->object) ||
                    rs_word_state(before) == RS_STATE_IMMORTAL))
        judge_gone(self, life, before);
    rs_thread_leave(self);
}

/* A dealloc frees its object, and somebody has a reference to it. */
static RS_NOINLINE void
judge_freed(struct rs_thread *self, const struct rs_life_event *life,
            rs_word before)
{
    int saved = errno;
    struct rs_step step = {
        .before = before,
        .creator = rs_word_creator(before),
        .destroyer = self->slot,
    };
    struct rs_event ev = rs_pipeline_life_event(RS_EV_FREED, self, life);

    ev.tstate = rs_host_attached();
    rs_pipeline_capture(&ev);
    step.leftover = rs_leftover_refs_ask(&ev, before);
    (void)rs_judge(&ev, &step);
    errno = saved;
}

static bool
is_counted(uintptr_t object)
{
    struct rs_header header = rs_host_header(object);

    return rs_header_count(&header) > 0 && !rs_header_is_immortal(&header);
}

void
rs_pipeline_freed(const struct rs_life_event *life)
{
    struct rs_thread *self = rs_thread_enter();
    rs_word before;

    if (self == NULL)
        return;
    before = rs_shadow_freed(life->object);
    if (rs_word_state(before) == RS_STATE_DYING &&
        rs_unlikely(is_counted(life->object)) &&
        rs_shadow_sees_lives(RS_STATE_DYING))
        judge_freed(self, life, before);
    if (rs_unlikely(rs_heap_type_refs_is_on))
        rs_heap_type_refs_freed(self, life->object);
    if (rs_unlikely(rs_word_has(before, RS_MARK_TRY_ENABLED))) {
        if (rs_unlikely(rs_tsan_is_on))
            note_enabled_freed(self, life, before);
        rs_dealloc_locks_end(life->object);
    }
    rs_thread_leave(self);
}

/* Was there one reference, which is gone now? */
static bool
was_last(const struct rs_event *ev)
{
    bool is_counted =
        ev->op == RS_EV_DECREF_LAST_LOCAL || ev->op == RS_EV_DEALLOC;

    return ev->has_before && !rs_header_is_immortal(&ev->before) &&
           !rs_header_is_deferred(&ev->before) &&
           rs_header_count(&ev->before) == (is_counted ? 0 : 1);
}

/* Since 3.14 _Py_Dealloc() puts an object off when the thread has little stack
 * left, before it tells the tracer. Only some versions tell it later, when the
 * dealloc runs.
 *
 * Missed: what the interpreter itself releases so. */
static RS_NOINLINE void
notice_put_off(struct rs_thread *self, uintptr_t object)
{
    struct rs_header header;

    if (!rs_host_has_outer_trashcan() || !rs_shadow_sees_lives(RS_STATE_LIVE))
        return;
    header = rs_host_header(object);
    if (rs_header_is_at_zero(&header))
        (void)rs_shadow_gone(object, self);
}

void
rs_pipeline_returned(const struct rs_event *ev)
{
    struct rs_thread *self = rs_thread_enter();

    if (self == NULL)
        return;
    if (rs_shadow_returned(ev->object, self) == RS_STATE_LIVE &&
        rs_unlikely(was_last(ev)))
        notice_put_off(self, ev->object);
    rs_thread_leave(self);
}
