/* SPDX-License-Identifier: MIT */
/* other_threads.c -- see other_threads.h. In a signal handler of the crashing
 * thread; the others go on meanwhile, but for the moment in which they answer.
 *
 * Wrong when: a thread's Python frames change while they are read; then some
 * are missing, or are not its own. */
#include "crash/other_threads.h"

#include <string.h>

#include "base/foreign.h"
#include "host/host.h"
#include "os/sys.h"
#include "os/sys_thread.h"
#include "os/atomics.h"
#include "report/running_stack.h"
#include "shadow/history.h"
#include "thread/capture.h"
#include "thread/thread.h"

static rs_stack
ask(const struct rs_thread *thread)
{
    struct rs_running_stack_found found;
    rs_frame frames[RS_STACK_FRAMES_MAX];
    unsigned count = 0;

    if (rs_running_stack_ask_last(thread->slot, &found))
        count = rs_stack_get(found.stack, frames, RS_RUNNING_STACK_MAX);
    count += rs_capture_python(rs_host_thread_of(thread->tid), frames + count);
    return count == 0 ? RS_STACK_NONE : rs_stack_put(frames, count);
}

static void
add(struct rs_crash_thread *entry, unsigned slot, rs_stack stack)
{
    char name[RS_SYS_NAME_BYTES];

    entry->slot = slot;
    entry->others = 0;
    entry->stack = stack;
    rs_thread_name(slot, name, sizeof(name));
    rs_foreign_copy(entry->name, sizeof(entry->name), name);
}

static void
note(struct rs_crash *crash, unsigned slot, rs_stack stack)
{
    if (stack.id == RS_STACK_NONE.id) {
        crash->threads_silent++;
        return;
    }
    for (unsigned i = 0; i < crash->threads_count; i++)
        if (crash->threads[i].stack.id == stack.id) {
            crash->threads[i].others++;
            return;
        }
    add(&crash->threads[crash->threads_count++], slot, stack);
}

static bool
is_other(const struct rs_thread *thread)
{
    return thread != NULL && thread->tid != 0 &&
           thread->tid != rs_sys_thread_id() && !rs_load(&thread->has_ended);
}

void
rs_other_threads_ask(struct rs_crash *crash, unsigned milliseconds)
{
    uint64_t end = rs_sys_milliseconds() + milliseconds;

    for (unsigned slot = 1; slot <= rs_thread_top(); slot++) {
        const struct rs_thread *thread = rs_thread_get(slot);

        if (!is_other(thread))
            continue;
        if (rs_sys_milliseconds() < end)
            note(crash, slot, ask(thread));
        else
            crash->threads_silent++;
    }
}

static void
insert(struct rs_crash *crash, const struct rs_past_act *act, uintptr_t object)
{
    unsigned at = crash->acts_count;

    while (at > 0 && crash->acts[at - 1].ticks > act->ticks)
        at--;
    if (crash->acts_count == RS_CRASH_ACTS) {
        if (at-- == 0)
            return;
        memmove(crash->acts, crash->acts + 1, at * sizeof(crash->acts[0]));
        memmove(crash->objects, crash->objects + 1,
                at * sizeof(crash->objects[0]));
    }
    else {
        unsigned behind = crash->acts_count++ - at;

        memmove(crash->acts + at + 1, crash->acts + at,
                behind * sizeof(crash->acts[0]));
        memmove(crash->objects + at + 1, crash->objects + at,
                behind * sizeof(crash->objects[0]));
    }
    crash->acts[at] = *act;
    crash->objects[at] = object;
}

/* The clock is not read for an ordinary operation, so that those of a thread
 * are in order, and of several threads only as far as they met. */
void
rs_other_threads_acts(struct rs_crash *crash)
{
    for (unsigned slot = 1; slot <= rs_thread_top(); slot++) {
        struct rs_thread *thread = rs_thread_get(slot);
        struct rs_past_act acts[RS_CRASH_ACTS];
        uintptr_t objects[RS_CRASH_ACTS];
        unsigned count = 0;

        if (thread != NULL)
            count = rs_history_last(thread, acts, objects, RS_CRASH_ACTS);
        for (unsigned i = 0; i < count; i++)
            insert(crash, &acts[i], objects[i]);
    }
}
