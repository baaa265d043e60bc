/* SPDX-License-Identifier: MIT */
/* other_threads.c -- see other_threads.h. In a signal handler of the crashing
 * thread; the others go on meanwhile, but for the moment in which they answer.
 *
 * Wrong when: a thread's Python frames change while they are read; then some
 * are missing, or are not its own. */
#include "crash/other_threads.h"

#include <string.h>

#include "base/foreign.h"
#include "crash/held_locks.h"
#include "host/host.h"
#include "os/sys.h"
#include "os/sys_thread.h"
#include "os/atomics.h"
#include "report/running_stack.h"
#include "shadow/history.h"
#include "thread/capture.h"
#include "thread/thread.h"

#define TIDS_MAX 4096

static rs_stack
ask(struct rs_crash *crash, unsigned slot, int tid)
{
    struct rs_running_stack_found found;
    rs_frame frames[RS_STACK_FRAMES_MAX];
    unsigned count = 0;

    if (rs_running_stack_ask_any(tid, crash->ends, &found)) {
        count = rs_stack_get(found.stack, frames, RS_RUNNING_STACK_MAX);
        rs_crash_locks_note(crash, slot, tid, &found.locks);
    }
    count += rs_capture_python(rs_host_thread_of(tid), frames + count);
    return count == 0 ? RS_STACK_NONE : rs_stack_put(frames, count);
}

static void
add(struct rs_crash_thread *entry, unsigned slot, int tid, rs_stack stack)
{
    char name[RS_SYS_NAME_BYTES];

    entry->slot = slot;
    entry->tid = tid;
    entry->others = 0;
    entry->stack = stack;
    if (slot != 0)
        rs_thread_name(slot, name, sizeof(name));
    else
        rs_sys_thread_name(tid, name, sizeof(name));
    rs_foreign_copy(entry->name, sizeof(entry->name), name);
}

static void
note(struct rs_crash *crash, unsigned slot, int tid, rs_stack stack)
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
    if (crash->threads_count < RS_THREAD_SLOTS)
        add(&crash->threads[crash->threads_count++], slot, tid, stack);
}

/* Its slot, or 0. */
static unsigned
find_slot(int tid)
{
    for (unsigned slot = 1; slot <= rs_thread_top(); slot++) {
        const struct rs_thread *thread = rs_thread_get(slot);

        if (thread != NULL && thread->tid == tid &&
            !rs_load(&thread->has_ended))
            return slot;
    }
    return 0;
}

void
rs_other_threads_ask(struct rs_crash *crash, unsigned milliseconds)
{
    static int tids[TIDS_MAX]; /* of the one thread that reports */
    unsigned count = rs_sys_thread_list(tids, TIDS_MAX);
    uint64_t end = rs_sys_milliseconds() + milliseconds;

    for (unsigned i = 0; i < count; i++) {
        unsigned slot;

        if (tids[i] == rs_sys_thread_id())
            continue;
        slot = find_slot(tids[i]);
        if (rs_sys_milliseconds() < end)
            note(crash, slot, tids[i], ask(crash, slot, tids[i]));
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
