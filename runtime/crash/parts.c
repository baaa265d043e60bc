/* SPDX-License-Identifier: MIT */
/* parts.c -- see parts.h. What a part did not find out is missing. */
#include "crash/parts.h"

#include <string.h>

#include "base/options.h"
#include "crash/clues.h"
#include "crash/held_locks.h"
#include "crash/other_threads.h"
#include "detect/finding.h"
#include "os/sys.h"
#include "os/sys_thread.h"
#include "report/complete.h"
#include "report/earlier.h"
#include "report/report.h"
#include "report/running_stack.h"
#include "report/sheet.h"
#include "shadow/history.h"
#include "shadow/shadow.h"
#include "thread/capture.h"
#include "thread/thread.h"

#define THREADS_MS      500
#define HANG_THREADS_MS 10000

static struct {
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
    unsigned count =
        rs_running_stack_walk(&state.ev.self->bounds, &place, pcs);

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
find_clues(void *unused)
{
    (void)unused;
    state.crash.registers_count =
        rs_sys_registers(state.context, state.crash.registers);
    rs_clues_collect(&state.crash, state.ev.frame);
}

static void
find_cause(void *unused)
{
    struct rs_past_act last;
    uintptr_t object = 0;

    (void)unused;
    (void)rs_history_last(state.ev.self, &last, &object, 1);
    state.found.seen |= rs_earlier_find(&state.crash, state.ev.self->slot,
                                        object, &state.crash.cause);
}

/* An object of which something wrong is known explains more than one that is
 * gone, as most are in the end. */
static void
find_suspect(void *unused)
{
    bool is_known = (state.found.seen & RS_SEEN_CRASH_EARLIER) != 0;
    const struct rs_crash_clue *suspect = rs_clues_suspect(
        &state.crash, is_known ? state.crash.cause.object : 0);

    (void)unused;
    if (suspect == NULL)
        return;
    state.ev.object = suspect->object;
    state.found.seen |= clue_evidence(suspect);
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
    bool is_hang = state.crash.is_hang;

    (void)unused;
    rs_crash_locks_note(&state.crash, state.ev.self->slot, rs_sys_thread_id(),
                        &rs_locks);
    rs_other_threads_ask(&state.crash, is_hang ? HANG_THREADS_MS : THREADS_MS);
    rs_crash_locks_join(&state.crash);
    if (is_hang && state.crash.circle_count > 0)
        state.found.seen |= RS_SEEN_CIRCLE;
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

/* However often, and counted as nothing: somebody asked. */
static void
say_hang(void *unused)
{
    (void)unused;
    state.found.fingerprint = rs_report_fingerprint(&state.found);
    rs_sheet_say(&state.found);
}

static void
end(void *unused)
{
    (void)unused;
    if (state.say_end != NULL)
        state.say_end();
}

void
rs_parts_prepare(const struct rs_parts_of *of)
{
    state.context = of->context;
    state.say_end = of->say_end;
    state.found = (struct rs_finding){
        .kind = of->is_hang ? RS_BUG_HANG : RS_BUG_CRASH,
        .crash = &state.crash,
    };
    state.step = (struct rs_step){0};
    memset(&state.crash, 0, sizeof(state.crash));
    state.crash.is_hang = of->is_hang;
    state.crash.ends = !of->is_hang || of->say_end != NULL;
    state.crash.threads = state.threads;
    state.crash.fault = rs_sys_fault_read(of->signal, of->info);
    state.ev =
        rs_event_make(of->is_hang ? RS_EV_ANSWER : RS_EV_CRASH, 0, 0, 0);
    state.ev.self = &state.nobody;
    state.ev.tstate = NULL;
    state.ev.life = rs_host_life();
}

rs_part *const rs_parts_of_crash[] = {
    find_self,   find_place,   find_native_stack, add_python_stack,
    find_clues,  find_cause,   find_suspect,      describe_suspect,
    ask_threads, collect_acts, complete,          say,
    end,         NULL,
};

rs_part *const rs_parts_of_hang[] = {
    find_self,   find_place,   find_native_stack, add_python_stack,
    ask_threads, collect_acts, complete,          say_hang,
    end,         NULL,
};
