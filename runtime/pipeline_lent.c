/* SPDX-License-Identifier: MIT */
/* pipeline_lent.c -- a borrowed reference is used on one thread, and what lent
 * it lets it go on another, by whatever code: Python's, the interpreter's, an
 * unwatched module's. Only while TSan judges. Runs where pipeline.c runs.
 *
 * The change itself is not seen; its result is. An object had one reference,
 * the container's. It dies, the container lives on, and the thread on which it
 * dies has released that reference itself. TSan says whether that was ordered
 * after the use.
 *
 * Plain memory orders nothing for TSan, and is how Python code hands things
 * on. So the other thread must have had the container before the use: it made
 * it, or let die what it had lent earlier. The first such death is only noted.
 *
 * Missed:     objects that the borrower made itself, or that were queued for
 *             their owner: they die there, whoever released them; and what
 *             dies once, of a container that the other thread did not make.
 * Wrong when: two threads hand a container to and fro by plain memory. */
#include "pipeline.h"
#include "pipeline_order.h"
#include "pipeline_parts.h"

#include <errno.h>
#include <string.h>

#include "base/check.h"
#include "os/atomics.h"
#include "shadow/shadow.h"
#include "stack/symbolize.h"
#include "thread/thread.h"
#include "track/lender.h"
#include "track/locks.h"

/* An item of a list in a dict in an object: so many were lent at once. */
#define DEPTH 3

void
rs_pipeline_order_lent(struct rs_tsan_access *use, uintptr_t container)
{
    uint32_t number = rs_lender_last_use(use->object, use->life);
    struct rs_tsan_access last;

    use->cell = number != 0 && rs_tsan_recall(number, &last)
                    ? last.cell
                    : rs_tsan_new_cell();
    use->container = container;
    use->container_life = rs_pipeline_order_life(container);
    (void)rs_tsan_read(RS_TSAN_LENT, use, &last);
    rs_lender_note_use(use->object, use->life, use->number);
}

/* Made by another thread, which therefore destroys it, and with one reference,
 * that is not the caller's if a container has it. */
bool
rs_pipeline_order_may_be_lent(uintptr_t object, unsigned slot)
{
    rs_word word = rs_shadow_get(object);
    struct rs_header header;

    if (rs_word_state(word) != RS_STATE_LIVE || rs_word_creator(word) == slot)
        return false;
    header = rs_host_header(object);
    return rs_header_count(&header) == 1 && !rs_header_is_immortal(&header) &&
           !rs_header_is_deferred(&header);
}

/* And what lent it, if that was lent, too. */
void
rs_pipeline_order_found(struct rs_event *ev)
{
    uintptr_t object = ev->object;

    if (!rs_host->is_free_threaded || rs_locks_has_any() ||
        !rs_load(&rs_locks_sees_python) || rs_host_runs_with_gil(ev->tstate))
        return;
    for (unsigned i = 0;
         i < DEPTH && rs_pipeline_order_may_be_lent(object, ev->self->slot);
         i++) {
        uintptr_t container = rs_lender_find(ev->tstate, ev->frame, object);
        struct rs_event use = *ev;
        struct rs_tsan_access access;

        if (container == 0)
            return;
        rs_pipeline_capture(ev);
        use.object = object;
        use.before = rs_host_header(object);
        use.stack = ev->stack;
        access = rs_pipeline_order_access(&use, object);
        rs_pipeline_order_lent(&access, container);
        object = container;
    }
}

void
rs_pipeline_used(struct rs_event *ev)
{
    int saved = errno;

    if (rs_header_peeks_immortal(rs_host->layout, (const void *)ev->object) ||
        !rs_pipeline_enter_attached(ev))
        return;
    rs_pipeline_order_found(ev);
    rs_thread_leave(ev->self);
    errno = saved;
}

/* Did the interpreter end its last reference for others, who had put it into
 * the owner's queue? Only names tell: without them it may have. Slow. */
static bool
may_be_queued(rs_stack stack)
{
    rs_frame frames[2]; /* _Py_Dealloc, and who called it */
    struct rs_symbol symbol;

    if (rs_stack_get(stack, frames, 2) < 2 || rs_frame_is_python(frames[1]))
        return true;
    rs_symbolize(frames[1], &symbol);
    return symbol.function[0] == '\0' ||
           strstr(symbol.function, "merge_refcounts") != NULL ||
           strstr(symbol.function, "merge_queued") != NULL;
}

/* The thread on which it dies released its last reference. If it was queued
 * for the owner, any other may have done that. */
static bool
has_released(const struct rs_event *ev, rs_word before)
{
    return rs_word_creator(before) != ev->self->slot ||
           rs_header_shared_state(&ev->before) != RS_SHARED_MERGED ||
           !may_be_queued(ev->stack);
}

static bool
lives_on(const struct rs_tsan_access *use)
{
    return rs_word_state(rs_shadow_get(use->container)) == RS_STATE_LIVE &&
           rs_pipeline_order_life(use->container) == use->container_life;
}

/* Nobody asks TSan again about a container before it was used again. */
static bool
is_news(const struct rs_tsan_access *use, unsigned slot)
{
    uint32_t last =
        rs_lender_last_change(use->container, use->container_life, slot);

    return last == 0 || (int32_t)(use->number - last) > 0;
}

/* Had the thread the container before the use? */
static bool
had_before(const struct rs_tsan_access *use, const struct rs_tsan_access *now)
{
    uint32_t last =
        rs_lender_last_change(use->container, use->container_life, now->slot);

    rs_lender_note_change(use->container, use->container_life, now->slot,
                          now->number);
    return last != 0 ||
           rs_word_creator(rs_shadow_get(use->container)) == now->slot;
}

void
rs_pipeline_order_gone(struct rs_thread *self,
                       const struct rs_life_event *life, rs_word before)
{
    uint32_t generation = (uint16_t)rs_word_generation(before);
    uint32_t number = rs_lender_last_use(life->object, generation);
    struct rs_event ev;
    struct rs_tsan_access now, last, other;
    int saved = errno;

    if (number == 0 || !rs_tsan_recall(number, &last) || !lives_on(&last) ||
        !is_news(&last, self->slot))
        return;
    ev = rs_pipeline_life_event(RS_EV_GONE, self, life);
    if (ev.tstate == NULL || rs_host_runs_with_gil(ev.tstate) ||
        rs_host_is_collecting(ev.tstate) || rs_host_is_finalizing())
        return;
    rs_pipeline_capture(&ev);
    now = rs_pipeline_order_access(&ev, life->object);
    now.life = generation;
    now.cell = last.cell;
    if (rs_tsan_write(RS_TSAN_LENT, &now, &other) && other.slot == last.slot &&
        has_released(&ev, before) && had_before(&last, &now))
        rs_pipeline_order_judge_lent(&last, &now, &ev);
    errno = saved;
}
