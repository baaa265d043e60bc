/* SPDX-License-Identifier: MIT */
/* running_stack.c -- see running_stack.h.
 *
 * Two threads: the one that asks, and the one that answers in a signal handler,
 * with anything interrupted below it. The handler walks its own stack, as hooks
 * in signal handlers do, into memory that is there; it takes nothing but what
 * libunwind takes. Where that waits for the loader's lock, and the asking
 * thread has it, the answer comes too late, which is no harm. */
#include "report/running_stack.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "thread/native_walk.h"
#include "host/host.h"
#include "base/options.h"
#include "os/sys.h"
#include "os/sys_thread.h"
#include "thread/thread.h"
#include "os/unwind.h"
#include "os/atomics.h"

#define FRAMES_MAX RS_RUNNING_STACK_MAX
#define STEP_US    100
#define YIELDS     50   /* mostly the answer comes at once */
#define STEPS_MAX  5000 /* 0.5 s: a busy machine lets a thread wait */

#define BLOCKED_STEPS_MAX 2000 /* 0.2 s */
#define BLOCKED_WAITS     4    /* in vain */

enum state {
    STATE_IDLE,
    STATE_ASKED,
    STATE_WALKING,
    STATE_ANSWERED,
};

static struct {
    atomic_flag is_busy; /* somebody asks; stays so when an answer is lost */
    atomic_uint asks;
    atomic_uint blocked; /* waits for a signal that were in vain */
    _Atomic int signal;  /* caught at present, or 0 */
    _Atomic int wanted;  /* the thread */
    _Atomic int state;

    /* The answer; the handler's while it walks. */
    uintptr_t pcs[FRAMES_MAX];
    unsigned count;
    uintptr_t pointer;
    struct rs_locks locks;
} live = {.is_busy = ATOMIC_FLAG_INIT};

static bool
change_state(enum state from, enum state to)
{
    int expected = from;

    /* Acquire, release: whoever takes the state over sees the answer, or the
     * question, that goes with it. */
    return atomic_compare_exchange_strong_explicit(&live.state, &expected, to,
                                                   memory_order_acq_rel,
                                                   memory_order_acquire);
}

#ifdef REFSAN_IS_IMAGE
/* The linker's: where this image begins, and where its code ends. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char etext[] __attribute__((visibility("hidden")));

static bool
is_own(uintptr_t pc)
{
    return pc - (uintptr_t)__ehdr_start <
           (uintptr_t)etext - (uintptr_t)__ehdr_start;
}
#else
static bool
is_own(uintptr_t pc)
{
    (void)pc;
    return false;
}
#endif

/* A hook that waits is refsan's matter, not the reader's. */
static unsigned
leave_out_own(uintptr_t *pcs, unsigned count)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < count; i++)
        if (i == 0 || !is_own(pcs[i]))
            pcs[kept++] = pcs[i];
    return kept;
}

unsigned
rs_running_stack_walk(struct rs_unwind_bounds *bounds,
                      const struct rs_sys_place *place,
                      uintptr_t pcs[RS_RUNNING_STACK_MAX])
{
    unsigned count = 0;

    if (strcmp(rs_native_walk_unwinder(), "fp") != 0)
        count = rs_unwind_libunwind(place->pc, pcs, FRAMES_MAX);
    if (count == 0 || pcs[0] != place->pc)
        count =
            1 + rs_unwind_fp(place->frame, bounds, pcs + 1, FRAMES_MAX - 1);
    /* As if it were a return address: those lie behind their call. */
    pcs[0] = place->pc + 1;
    return leave_out_own(pcs, count);
}

/* A thread that is not known has bounds for this once. */
static unsigned
walk(struct rs_thread *self, const struct rs_sys_place *place)
{
    struct rs_unwind_bounds bounds = {0};

    if (self != NULL)
        return rs_running_stack_walk(&self->bounds, place, live.pcs);
    rs_unwind_bounds_at(&bounds, place->stack);
    return rs_running_stack_walk(&bounds, place, live.pcs);
}

static void
answer(int signal, void *info, void *context)
{
    struct rs_sys_place place = rs_sys_thread_place(context);
    int saved = errno;

    (void)signal;
    (void)info;
    if (rs_load(&live.wanted) != rs_sys_thread_id() ||
        !change_state(STATE_ASKED, STATE_WALKING))
        return;
    live.count = walk(rs_thread_current, &place);
    live.pointer = place.stack;
    live.locks = rs_locks;
    (void)change_state(STATE_WALKING, STATE_ANSWERED);
    errno = saved;
}

static bool
wait_while(enum state state)
{
    for (int i = 0; i < STEPS_MAX; i++) {
        if (rs_load_acquire(&live.state) != (int)state)
            return true;
        if (i < YIELDS)
            rs_sys_thread_yield();
        else
            rs_sys_thread_wait_us(STEP_US);
    }
    return rs_load_acquire(&live.state) != (int)state;
}

/* True when there is an answer. *is_lost: it is still being written. */
static bool
interrupt(int tid, int signal, bool *is_lost)
{
    bool is_pending = false;

    *is_lost = false;
    if (!rs_sys_thread_catch(signal, answer))
        return false;
    rs_store(&live.signal, signal);
    (void)change_state(STATE_IDLE, STATE_ASKED);
    if (rs_sys_thread_interrupt(tid, signal)) {
        (void)wait_while(STATE_ASKED);
        is_pending = change_state(STATE_ASKED, STATE_IDLE);
        *is_lost = !is_pending && !wait_while(STATE_WALKING);
    }
    else
        (void)change_state(STATE_ASKED, STATE_IDLE);
    rs_sys_thread_let_go(signal, is_pending);
    rs_store(&live.signal, 0);
    return !*is_lost && change_state(STATE_ANSWERED, STATE_IDLE);
}

/* pthread_create() blocks all signals while it makes a thread. A thread that
 * blocks them for good is waited for a few times only.
 * Missed: such a thread that is inside a call that blocks them longer. */
static int
wait_for_signal(int tid)
{
    int signal = rs_sys_thread_spare_signal(tid);

    for (int i = 0; signal == 0 && i < BLOCKED_STEPS_MAX; i++) {
        if (rs_load(&live.blocked) >= BLOCKED_WAITS)
            return 0;
        rs_sys_thread_wait_us(STEP_US);
        signal = rs_sys_thread_spare_signal(tid);
    }
    if (signal == 0)
        rs_add(&live.blocked, 1);
    return signal;
}

/* How far may the question disturb? */
enum care {
    CARE_FOR_CALLS,   /* no call ends with EINTR, or begins again */
    CARE_FOR_RESULTS, /* no call ends with EINTR */
    CARE_FOR_NOTHING,
};

static bool
may_interrupt(int tid, enum care care)
{
    return care == CARE_FOR_NOTHING ||
           (care == CARE_FOR_CALLS ? rs_sys_thread_may_be_interrupted(tid)
                                   : rs_sys_thread_call_restarts(tid));
}

static bool
ask(int tid, struct rs_running_stack_found *found, enum care care,
    bool *is_lost)
{
    rs_frame frames[FRAMES_MAX];
    int signal;

    if (!may_interrupt(tid, care))
        return false;
    signal = wait_for_signal(tid);
    if (signal == 0)
        return false;
    rs_store(&live.wanted, tid);
    if (!interrupt(tid, signal, is_lost))
        return false;
    for (unsigned i = 0; i < live.count; i++)
        frames[i] = live.pcs[i];
    found->stack = rs_stack_put(frames, live.count);
    found->pointer = live.pointer;
    found->locks = live.locks;
    return true;
}

/* ThreadSanitizer holds back signals until the thread waits for something. */
static bool
can_ask(void)
{
    return rs_options->live_stack && !rs_host->is_tsan &&
           strcmp(rs_native_walk_unwinder(), "none") != 0;
}

static bool
ask_in_turn(int tid, struct rs_running_stack_found *found, enum care care)
{
    bool is_lost = false;
    bool is_answered;

    if (atomic_flag_test_and_set_explicit(&live.is_busy, memory_order_acquire))
        return false;
    is_answered = ask(tid, found, care, &is_lost);
    if (!is_lost)
        atomic_flag_clear_explicit(&live.is_busy, memory_order_release);
    return is_answered;
}

bool
rs_running_stack_ask(unsigned slot, struct rs_running_stack_found *found)
{
    const struct rs_thread *thread = rs_thread_get(slot);

    return can_ask() && thread != NULL && thread != rs_thread_current &&
           !rs_load(&thread->has_ended) &&
           rs_add(&live.asks, 1) < RS_LIVE_ASKS &&
           ask_in_turn(thread->tid, found, CARE_FOR_CALLS);
}

bool
rs_running_stack_ask_any(int tid, bool ends,
                         struct rs_running_stack_found *found)
{
    return can_ask() && tid != rs_sys_thread_id() &&
           ask_in_turn(tid, found, ends ? CARE_FOR_NOTHING : CARE_FOR_RESULTS);
}

void
rs_running_stack_after_fork(void)
{
    int signal =
        atomic_exchange_explicit(&live.signal, 0, memory_order_relaxed);

    if (signal != 0)
        rs_sys_thread_let_go(signal, true);
    rs_store(&live.state, STATE_IDLE);
    atomic_flag_clear_explicit(&live.is_busy, memory_order_relaxed);
}
