/* SPDX-License-Identifier: MIT */
/* crash.c -- a conductor: asks what is known, makes a finding, has it reported.
 *
 * On the alternate stack of the thread that crashed, in its signal handler. What
 * it reads may be what is broken, so it goes part by part (guard.h), the most
 * important first; what a part did not find out is missing in the report. */
#include "crash/crash.h"

#include <stdatomic.h>
#include <string.h>

#include "base/lost.h"
#include "base/options.h"
#include "crash/clues.h"
#include "crash/guard.h"
#include "crash/other_threads.h"
#include "detect/finding.h"
#include "os/atomics.h"
#include "os/sys.h"
#include "os/sys_thread.h"
#include "report/complete.h"
#include "report/report.h"
#include "report/running_stack.h"
#include "shadow/shadow.h"
#include "thread/capture.h"
#include "thread/thread.h"

#define PART_MS    1000
#define THREADS_MS 500
#define WAIT_STEPS 5000 /* of a millisecond */

static struct {
    _Atomic int tid; /* of the thread that reports; 0: nobody has */
    _Atomic bool is_over;
    const void *context;
    void (*say_end)(void);
    struct rs_thread nobody; /* a thread that refsan does not know */
    struct rs_event ev;
    struct rs_step step;
    struct rs_crash crash;
    struct rs_crash_thread threads[RS_THREAD_SLOTS];
    struct rs_finding found;
} state;

/* A thread that did nothing that is watched gets to be known now. */
static void
find_self(void *unused)
{
    struct rs_thread *self = rs_thread_current;

    (void)unused;
    if (self == NULL) {
        self = rs_thread_enter();
        if (self == NULL)
            return;
        rs_thread_leave(self);
    }
    state.ev.self = self;
}

/* The place alone, in case the rest cannot be had. */
static void
find_place(void *unused)
{
    struct rs_sys_place place = rs_sys_thread_place(state.context);
    rs_frame frame = place.pc + 1;

    (void)unused;
    state.ev.pc = place.pc + 1;
    state.ev.frame = place.stack;
    state.ev.stack = rs_stack_put(&frame, 1);
}

static void
find_native_stack(void *unused)
{
    struct rs_sys_place place = rs_sys_thread_place(state.context);
    uintptr_t pcs[RS_RUNNING_STACK_MAX];
    rs_frame frames[RS_RUNNING_STACK_MAX];
    unsigned count = rs_running_stack_walk(state.ev.self, &place, pcs);

    (void)unused;
    if (count > (unsigned)rs_options->native_frames)
        count = (unsigned)rs_options->native_frames;
    for (unsigned i = 0; i < count; i++)
        frames[i] = pcs[i];
    state.ev.stack = rs_stack_put(frames, count);
}

static void
add_python_stack(void *unused)
{
    rs_frame frames[RS_STACK_FRAMES_MAX];
    unsigned count =
        rs_stack_get(state.ev.stack, frames, RS_RUNNING_STACK_MAX);
    void *tstate = rs_host_attached();

    (void)unused;
    if (tstate == NULL)
        tstate = rs_host_thread_of(rs_sys_thread_id());
    count += rs_capture_python(tstate, frames + count);
    state.ev.stack = rs_stack_put(frames, count);
}

static uint64_t
clue_evidence(const struct rs_crash_clue *clue)
{
    uint64_t seen = strcmp(clue->where, "address") == 0 ? RS_SEEN_CRASH_ADDRESS
                    : strcmp(clue->where, "stack") == 0
                        ? RS_SEEN_CRASH_STACK
                        : RS_SEEN_CRASH_REGISTER;

    return seen |
           (rs_word_state(clue->word) == RS_STATE_DEAD ? RS_SEEN_DEALLOC_OVER
                                                       : RS_SEEN_CRASH_DYING);
}

static void
find_suspect(void *unused)
{
    const struct rs_crash_clue *suspect;

    (void)unused;
    state.crash.registers_count =
        rs_sys_registers(state.context, state.crash.registers);
    rs_clues_collect(&state.crash, state.ev.frame);
    suspect = rs_clues_suspect(&state.crash);
    if (suspect == NULL)
        return;
    state.ev.object = suspect->object;
    state.found.seen = clue_evidence(suspect);
    state.found.kind = RS_BUG_CRASH_DEAD_OBJECT;
}

static void
describe_suspect(void *unused)
{
    (void)unused;
    if (state.ev.object != 0)
        (void)rs_shadow_look(&state.ev, &state.step);
}

static void
ask_threads(void *unused)
{
    (void)unused;
    rs_other_threads_ask(&state.crash, THREADS_MS);
}

static void
collect_acts(void *unused)
{
    (void)unused;
    rs_other_threads_acts(&state.crash);
}

static void
complete(void *unused)
{
    (void)unused;
    rs_complete_finding(&state.found, &state.ev, &state.step);
}

static void
say(void *unused)
{
    (void)unused;
    (void)rs_report(&state.found);
}

static void
end(void *unused)
{
    (void)unused;
    if (state.say_end != NULL)
        state.say_end();
}

static void
prepare(int signal, const void *info)
{
    state.ev = rs_event_make(RS_EV_CRASH, 0, 0, 0);
    state.ev.self = &state.nobody;
    state.ev.tstate = NULL;
    state.ev.life = rs_host_life();
    state.found.kind = RS_BUG_CRASH;
    state.found.crash = &state.crash;
    state.crash.threads = state.threads;
    state.crash.fault = rs_sys_fault_read(signal, info);
}

/* A part that fails counts as lost, and the next one is done all the same. */
static void
run(void (*part)(void *))
{
    if (!rs_guard_run(part, NULL, PART_MS))
        rs_lost_count(RS_LOST_CRASH);
}

static void
report(int signal, const void *info)
{
    static void (*const parts[])(void *) = {
        find_self,
        find_place,
        find_native_stack,
        add_python_stack,
        find_suspect,
        describe_suspect,
        ask_threads,
        collect_acts,
        complete,
        say,
        end,
    };

    prepare(signal, info);
    for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        run(parts[i]);
    rs_guard_end();
}

static void
wait_for_report(void)
{
    for (int i = 0; i < WAIT_STEPS && !rs_load_acquire(&state.is_over); i++)
        rs_sys_thread_wait_us(1000);
}

bool
rs_crash_report(int signal, const void *info, const void *context,
                void (*say_end)(void))
{
    int nobody = 0;

    if (!rs_swap_if(&state.tid, &nobody, rs_sys_thread_id())) {
        if (nobody != rs_sys_thread_id())
            wait_for_report();
        return false;
    }
    state.context = context;
    state.say_end = say_end;
    report(signal, info);
    rs_store_release(&state.is_over, true);
    return true;
}

void
rs_crash_escape(void)
{
    rs_guard_escape();
}

void
rs_crash_after_fork(void)
{
    rs_store(&state.tid, 0);
    rs_store(&state.is_over, false);
}
