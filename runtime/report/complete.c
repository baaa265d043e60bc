/* SPDX-License-Identifier: MIT */
/* complete.c -- completes a finding: the object, both acts' stacks, the history
 * and the threads. Report time, on the thread that found it; slow is fine,
 * malloc is not, and the only wait is a short one, for another thread to say
 * where it is (running_stack.h). */
#include "report/complete.h"
#include "report/complete_parts.h"
#include "report/running_test.h"

#include <limits.h>
#include <string.h>

#include "shadow/history.h"
#include "host/host.h"
#include "shadow/interpreter_number.h"
#include "shadow/lifetimes.h"
#include "base/foreign.h"
#include "base/options.h"
#include "shadow/record.h"
#include "shadow/shadow.h"
#include "thread/thread.h"
#include "refcount/freed.h"
#include "os/atomics.h"

/* What is just being freed still is an object. */
static bool
has_count(const struct rs_event *ev, const struct rs_step *step)
{
    return ev->has_before &&
           (rs_word_state(step->before) < RS_STATE_DYING ||
            ev->op == RS_EV_FREED ||
            (!step->is_dealloc_over && rs_header_is_at_zero(&ev->before)));
}

/* Freed memory names no owner. */
static unsigned
find_owner(const struct rs_event *ev, const struct rs_step *step)
{
    if (ev->has_before && ev->before.layout == RS_LAYOUT_FREE_THREADED &&
        !has_count(ev, step))
        return 0;
    if (!ev->has_before || ev->before.layout != RS_LAYOUT_FREE_THREADED)
        return step->creator;
    if (ev->before.owner == ev->self->pointer)
        return ev->self->slot;
    return rs_thread_find_owner((uintptr_t)ev->before.owner);
}

static void
name_type(struct rs_finding_object *object, const struct rs_header *header)
{
    char name[RS_TYPE_NAME_BYTES];

    rs_host_type_name(header, name, sizeof(name));
    rs_foreign_copy(object->type, sizeof(object->type), name);
}

static void
add_object(struct rs_finding *found, const struct rs_event *ev,
           const struct rs_step *step)
{
    struct rs_finding_object *object = &found->object;
    const struct rs_record *record = &step->record;

    object->address = ev->object;
    object->word = step->is_dealloc_over
                       ? rs_word_with_state(step->before, RS_STATE_DEAD)
                       : step->before;
    object->has_header = ev->has_before;
    object->header = ev->before;
    object->has_count = has_count(ev, step);
    object->owner = find_owner(ev, step);
    object->creator = step->creator;
    object->interpreter = rs_interpreter_id(step->before);
    found->interpreter = rs_host_interpreter();
    if (record->object != 0) {
        rs_foreign_copy(object->type, sizeof(object->type), record->type);
        object->generation = record->generation;
        if (record->interpreter >= 0 && !step->is_other_interpreter)
            object->interpreter = record->interpreter;
    }
    if (object->type[0] == '\0' && ev->has_before)
        name_type(object, &ev->before);
}

void
rs_complete_stack(struct rs_finding *found, struct rs_finding_stack stack)
{
    if (found->stacks_count < RS_FINDING_STACKS)
        found->stacks[found->stacks_count++] = stack;
}

static void
add_told(struct rs_finding *found, const struct rs_step *step)
{
    for (unsigned i = 0; i < step->told_count; i++) {
        const struct rs_told *told = &step->told[i];

        rs_complete_stack(found,
                          (struct rs_finding_stack){
                              .role = told->role,
                              .op = told->op,
                              .slot = told->slot,
                              .stack = told->stack.id != 0 || told->place == 0
                                           ? told->stack
                                           : rs_stack_put(&told->place, 1),
                              .held = told->held});
    }
}

static void
add_recorded(struct rs_finding *found, const struct rs_record *record)
{
    if (record->object == 0)
        return;
    if (record->foreign != 0 &&
        record->foreign_stack.id != found->stacks[0].stack.id)
        rs_complete_stack(found, (struct rs_finding_stack){
                                     .role = RS_ROLE_FIRST_FOREIGN,
                                     .op = (enum rs_ev)record->foreign_op,
                                     .slot = record->foreign,
                                     .stack = record->foreign_stack});
    if (record->immortal_stack.id != 0)
        rs_complete_stack(
            found, (struct rs_finding_stack){.role = RS_ROLE_IMMORTALIZED,
                                             .op = RS_EV_IMMORTALIZED,
                                             .slot = 0,
                                             .stack = record->immortal_stack});
}

/* Nothing else to hold against it: the operation before. */
static void
add_last(struct rs_finding *found)
{
    for (unsigned i = found->history_count;
         found->op != RS_EV_BORN && found->stacks_count == 1 && i-- > 0;) {
        const struct rs_past_act *act = &found->history[i];

        if (act->stack.id != found->stacks[0].stack.id && !act->is_skipped)
            rs_complete_stack(found,
                              (struct rs_finding_stack){.role = RS_ROLE_LAST,
                                                        .op = act->op,
                                                        .slot = act->slot,
                                                        .stack = act->stack});
    }
}

static void
add_thread(struct rs_finding *found, unsigned slot)
{
    const struct rs_thread *thread = rs_thread_get(slot);
    struct rs_finding_thread *words;
    char name[16];

    for (unsigned i = 0; i < found->threads_count; i++) {
        if (found->threads[i].slot == slot)
            return;
    }
    if (thread == NULL || found->threads_count == RS_FINDING_THREADS)
        return;
    words = &found->threads[found->threads_count++];
    words->slot = slot;
    words->created_by = thread->created_by;
    words->tid = thread->tid;
    words->has_ended = rs_load(&thread->has_ended);
    rs_thread_name(slot, name, sizeof(name));
    rs_foreign_copy(words->name, sizeof(words->name), name);
}

static void
add_threads(struct rs_finding *found)
{
    add_thread(found, found->slot);
    add_thread(found, found->object.owner);
    add_thread(found, found->object.creator);
    for (unsigned i = 0; i < found->stacks_count; i++)
        add_thread(found, found->stacks[i].slot);
    for (unsigned i = 0; i < found->history_count; i++)
        add_thread(found, found->history[i].slot);
}

/* The act was noted before it was judged. */
static void
correct_skipped(struct rs_finding *found)
{
    struct rs_past_act *last;

    if (!found->is_skipped || found->history_count == 0)
        return;
    last = &found->history[found->history_count - 1];
    if (last->op == found->op && last->slot == found->slot)
        last->is_skipped = true, last->count_after = last->count_before;
}

/* Each look at an operation notes it; the first one's entry goes. */
static void
drop_first_look(struct rs_finding *found)
{
    unsigned i = found->history_count;

    for (unsigned seen = 0; i > 0; i--) {
        const struct rs_past_act *act = &found->history[i - 1];

        if (act->op == found->op && act->slot == found->slot && seen++ == 1)
            break;
    }
    if (i == 0)
        return;
    found->history_count--;
    memmove(&found->history[i - 1], &found->history[i],
            (found->history_count - (i - 1)) * sizeof(found->history[0]));
}

void
rs_complete_finding(struct rs_finding *found, const struct rs_event *ev,
                    const struct rs_step *step)
{
    struct rs_life_found birth = {0};
    unsigned shown = (unsigned)rs_options->history;

    found->op = ev->op;
    found->slot = ev->self->slot;
    found->stacks_count = found->history_count = found->threads_count = 0;
    memset(&found->object, 0, sizeof(found->object));
    add_object(found, ev, step);
    (void)rs_lifetimes_find(ev->object, step->before, RS_EV_BORN, &birth);
    found->history_count = rs_history_collect(
        ev->object, step->before, birth.ticks, found->history, RS_HISTORY_MAX);
    correct_skipped(found);
    if (ev->is_again)
        drop_first_look(found);
    rs_complete_stack(found, (struct rs_finding_stack){.role = RS_ROLE_ACT,
                                                       .op = ev->op,
                                                       .slot = ev->self->slot,
                                                       .stack = ev->stack,
                                                       .held = step->held});
    if (step->leftover.is_known)
        rs_complete_stack(
            found, (struct rs_finding_stack){.role = RS_ROLE_TAKEN,
                                             .op = step->leftover.op,
                                             .slot = step->leftover.slot,
                                             .stack = step->leftover.stack});
    rs_complete_death(found, step);
    add_told(found, step);
    add_recorded(found, &step->record);
    add_last(found);
    if (ev->op != RS_EV_BORN && (birth.slot != 0 || step->creator != 0))
        rs_complete_stack(
            found, (struct rs_finding_stack){
                       .role = RS_ROLE_BIRTH,
                       .op = RS_EV_BORN,
                       .slot = birth.slot != 0 ? birth.slot : step->creator,
                       .stack = birth.stack});
    if (shown < found->history_count) {
        memmove(found->history, found->history + found->history_count - shown,
                shown * sizeof(*found->history));
        found->history_count = shown;
    }
    add_threads(found);
    rs_running_test_find(found);
}
