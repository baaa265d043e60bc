/* SPDX-License-Identifier: MIT */
/* pipeline_order.c -- what TSan is asked about (order/tsan.h), and what becomes
 * of its answers. Runs where pipeline.c runs.
 *
 * TSan answers on the thread whose access came second. Where that is the one
 * that changed something, the finding is about the other one: about the use of
 * a reference that this change could have taken away. It is judged as the
 * event that it was then. */
#include "pipeline_order.h"
#include "pipeline_parts.h"

#include "base/check.h"
#include "shadow/shadow.h"
#include "thread/thread.h"
#include "track/dealloc_locks.h"
#include "track/locks.h"
#include "os/atomics.h"
#include "track/container.h"

uint32_t
rs_pipeline_order_life(uintptr_t object)
{
    return (uint16_t)rs_word_generation(rs_shadow_get(object));
}

struct rs_tsan_access
rs_pipeline_order_access(const struct rs_event *ev, uintptr_t address)
{
    return (struct rs_tsan_access){.address = address,
                                   .life = rs_pipeline_order_life(address),
                                   .op = ev->op,
                                   .slot = ev->self->slot,
                                   .stack = ev->stack,
                                   .held = rs_locks_held(),
                                   .object = ev->object,
                                   .word = rs_shadow_get(ev->object),
                                   .before = ev->before};
}

static struct rs_told
told_of(enum rs_role role, const struct rs_tsan_access *access)
{
    return (struct rs_told){.role = role,
                            .op = access->op,
                            .slot = access->slot,
                            .stack = access->stack,
                            .place = access->place,
                            .held = access->held};
}

/* The step of the use that came first. */
static struct rs_step
step_of(const struct rs_tsan_access *use)
{
    return (struct rs_step){.before = use->word,
                            .creator = rs_word_creator(use->word),
                            .is_foreign = true,
                            .held = use->held,
                            .is_unordered = true};
}

static void
judge_use(const struct rs_tsan_access *use, const struct rs_event *now,
          const struct rs_step *step)
{
    struct rs_event ev = {.op = use->op,
                          .object = use->object,
                          .self = rs_thread_get(use->slot),
                          .tstate = now->tstate,
                          .life = RS_HOST_RUNNING,
                          .has_before = true,
                          .before = use->before,
                          .stack = use->stack};

    if (ev.self != NULL)
        (void)rs_judge(&ev, step);
}

static struct rs_tsan_access
use_of(const struct rs_event *ev, const struct rs_step *step,
       uintptr_t address)
{
    struct rs_tsan_access use = rs_pipeline_order_access(ev, address);

    for (unsigned i = 0; i < step->told_count; i++) {
        if (step->told[i].role == RS_ROLE_LENT)
            use.place = step->told[i].place;
    }
    return use;
}

static void
judge_unique(const struct rs_tsan_access *check, const struct rs_event *now,
             const struct rs_tsan_access *use)
{
    struct rs_step step = step_of(check);

    rs_step_tell(&step, told_of(RS_ROLE_UNORDERED, use));
    judge_use(check, now, &step);
}

/* The conditions of check_borrow.c, but for the other thread's. */
static bool
is_unguarded_use(const struct rs_event *ev, const struct rs_step *step)
{
    const struct rs_borrow_facts *borrow = &step->borrow;

    return borrow->is_same_call && !borrow->is_guarded && !borrow->has_gil &&
           rs_host->is_free_threaded && ev->has_before && ev->tstate != NULL &&
           (rs_event_words(ev->op)->traits & RS_TRAIT_TAKES) != 0 &&
           rs_load(&rs_locks_sees_python);
}

/* What a container has lent is counted. */
void
rs_pipeline_order_used(struct rs_event *ev, struct rs_step *step)
{
    struct rs_tsan_access now, other;

    if (!is_unguarded_use(ev, step))
        return;
    rs_pipeline_capture(ev);
    now = use_of(ev, step, ev->object);
    if (rs_header_count(&ev->before) == 1 && step->is_foreign)
        rs_pipeline_order_lent(&now, step->borrow.container);
    if (rs_container_is_own(step->borrow.container, ev->self))
        return;
    if (rs_tsan_read(RS_TSAN_OBJECT, &now, &other) &&
        other.op == RS_EV_REFCNT_READ)
        judge_unique(&other, ev, &now);
    if (step->borrow.is_contended)
        return;
    now = use_of(ev, step, step->borrow.container);
    if (!rs_tsan_read(RS_TSAN_CONTAINER, &now, &other))
        return;
    step->borrow.is_contended = step->is_unordered = true;
    step->held = now.held;
    rs_step_tell(step, told_of(RS_ROLE_CHANGED, &other));
}

void
rs_pipeline_order_judge_lent(const struct rs_tsan_access *use,
                             const struct rs_tsan_access *change,
                             const struct rs_event *now)
{
    struct rs_step step = step_of(use);

    step.borrow = (struct rs_borrow_facts){.kind = RS_BORROW_LENT,
                                           .container = use->container,
                                           .is_same_call = true,
                                           .is_contended = true};
    if (use->place != 0)
        rs_step_tell(&step, (struct rs_told){.role = RS_ROLE_LENT,
                                             .op = RS_EV_BORROW,
                                             .slot = use->slot,
                                             .place = use->place});
    rs_step_tell(&step, told_of(RS_ROLE_CHANGED, change));
    judge_use(use, now, &step);
}

/* A container is changed: was something used that it had lent? */
void
rs_pipeline_order_changed(struct rs_event *ev, uintptr_t container)
{
    struct rs_tsan_access now, use;

    if (rs_host_runs_with_gil(ev->tstate) || rs_host_is_finalizing())
        return;
    rs_pipeline_capture(ev);
    now = rs_pipeline_order_access(ev, container);
    if (!rs_tsan_write(RS_TSAN_CONTAINER, &now, &use) ||
        (rs_event_words(use.op)->traits & RS_TRAIT_TAKES) == 0)
        return;
    use.container = container;
    rs_pipeline_order_judge_lent(&use, &now, ev);
}

/* A TryIncRef without any lock, of an object that others know. */
void
rs_pipeline_order_try(struct rs_event *ev, const struct rs_step *step)
{
    struct rs_tsan_access now, other;

    if (!rs_host->is_free_threaded || ev->tstate == NULL || !ev->has_before ||
        rs_host_runs_with_gil(ev->tstate) || rs_locks_has_any() ||
        (!step->is_foreign && !step->was_shared))
        return;
    rs_pipeline_capture(ev);
    now = rs_pipeline_order_access(ev, ev->object);
    (void)rs_tsan_read(RS_TSAN_MEMORY, &now, &other);
}

/* Its memory goes, after a dealloc that took a lock. */
void
rs_pipeline_order_freed(struct rs_thread *self,
                        const struct rs_life_event *life, rs_word before)
{
    struct rs_event ev = rs_pipeline_life_event(RS_EV_GONE, self, life);
    struct rs_tsan_access now, use;
    struct rs_step step;

    ev.tstate = rs_host_attached();
    if (!rs_host->is_free_threaded || ev.tstate == NULL ||
        rs_host_runs_with_gil(ev.tstate) || rs_host_is_finalizing() ||
        !rs_dealloc_locks_has_taken(life->object))
        return;
    rs_pipeline_capture(&ev);
    now = rs_pipeline_order_access(&ev, life->object);
    now.life = (uint16_t)rs_word_generation(before);
    if (!rs_tsan_write(RS_TSAN_MEMORY, &now, &use))
        return;
    step = step_of(&use);
    step.dealloc_locks.is_known = true;
    rs_step_tell(&step, told_of(RS_ROLE_UNORDERED, &now));
    judge_use(&use, &ev, &step);
}

/* A decision on a count of 1. */
void
rs_pipeline_order_unique(struct rs_event *ev, struct rs_step *step)
{
    struct rs_tsan_access now, use;

    if (!rs_host->is_free_threaded || !ev->has_before || ev->tstate == NULL ||
        rs_header_count(&ev->before) != 1 || rs_host_runs_with_gil(ev->tstate))
        return;
    rs_pipeline_capture(ev);
    now = rs_pipeline_order_access(ev, ev->object);
    if (!rs_tsan_write(RS_TSAN_OBJECT, &now, &use))
        return;
    step->is_unordered = true;
    step->held = now.held;
    rs_step_tell(step, told_of(RS_ROLE_UNORDERED, &use));
}
