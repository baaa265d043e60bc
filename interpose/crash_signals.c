/* SPDX-License-Identifier: MIT */
/* crash_signals.c -- see crash_signals.h.
 *
 * The kernel has our handler for a fatal signal; what the program set by
 * sigaction() or signal() is kept here, and is what it gets when it asks. After
 * the report the kernel gets the program's own action, and the signal is sent
 * once more as it was: so a handler, a core file and the exit status are those
 * that would have been without refsan. A program that ignores one of these
 * signals has it ignored.
 *
 * Runtimes that turn such a signal into an exception of theirs use it every
 * day; they get it at once (signal_runtimes.h).
 *
 * The signal of report_signal is taken in the same way, but that the process
 * goes on: the program's handler is called from ours, on the signal stack where
 * the thread has one.
 *
 * Missed: a handler set by a system call of the program's own, by sigset(), or
 * inside the C library; a signal that is blocked when it comes; after one
 * report a second crash that the program survives. */
#include "crash_signals.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dl.h"
#include "signal_runtimes.h"
#include "signal_stacks.h"

#include "../runtime/base/check.h"
#include "../runtime/base/options.h"
#include "../runtime/crash/crash.h"
#include "../runtime/host/host.h"
#include "../runtime/os/atomics.h"
#include "../runtime/os/sys.h"
#include "../runtime/os/sys_signal.h"
#include "../runtime/thread/thread.h"

#define SIGNALS 65

typedef int action_function(int, const struct sigaction *, struct sigaction *);
typedef void handler_function(int);
typedef handler_function *signal_function(int, handler_function *);

static struct {
    _Atomic(action_function *) real;
    _Atomic bool is_on;  /* our handlers are the kernel's */
    atomic_flag is_used; /* guards `program`; all signals are blocked then */
    struct sigaction program[SIGNALS];
    void (*say_end)(void);
    int asks; /* the signal of report_signal; 0: none */
} state = {.is_used = ATOMIC_FLAG_INIT};

extern RS_EXPORT action_function sigaction;
extern RS_EXPORT signal_function signal;

static int
set_action(int number, const struct sigaction *wanted,
           struct sigaction *before)
{
    action_function *real = rs_load(&state.real);

    if (real == NULL) {
        real = (action_function *)rs_dl_next("sigaction");
        rs_store(&state.real, real);
    }
    return real(number, wanted, before);
}

static sigset_t
hold(void)
{
    sigset_t all, before;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    while (atomic_flag_test_and_set_explicit(&state.is_used,
                                             memory_order_acquire))
        continue;
    return before;
}

static void
release(sigset_t before)
{
    atomic_flag_clear_explicit(&state.is_used, memory_order_release);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

/* The signal is held back until our handler returns: then it comes with the
 * registers of the crash, as if it had come for the first time. */
static void
pass_on(int number, siginfo_t *info)
{
    struct sigaction wanted = state.program[number];
    sigset_t own;

    sigemptyset(&own);
    sigaddset(&own, number);
    (void)set_action(number, &wanted, NULL);
    sigprocmask(SIG_BLOCK, &own, NULL);
    rs_sys_signal_again(number, info);
}

static void
take(int number, siginfo_t *info, void *context)
{
    rs_crash_escape();
    if (rs_options->crash)
        (void)rs_crash_report(number, info, context, state.say_end);
    pass_on(number, info);
}

/* The program's own handler, as the kernel would call it. */
static void
call_program(int number, siginfo_t *info, void *context)
{
    sigset_t before = hold();
    struct sigaction action = state.program[number];

    if ((action.sa_flags & SA_RESETHAND) != 0)
        state.program[number].sa_handler = SIG_DFL;
    release(before);
    if (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN)
        return;
    if ((action.sa_flags & SA_SIGINFO) != 0)
        action.sa_sigaction(number, info, context);
    else
        action.sa_handler(number);
}

/* Somebody asks what the process does. `refsan run --timeout` says by a value
 * that it is about to end it. */
static void
answer(int number, siginfo_t *info, void *context)
{
    bool ends = info->si_code == SI_QUEUE &&
                info->si_value.sival_int == RS_CRASH_SIGNALS_ENDS;
    int saved = errno;

    (void)rs_crash_report_hang(number, info, context,
                               ends ? state.say_end : NULL);
    errno = saved;
    call_program(number, info, context);
}

static struct sigaction
own_action(void)
{
    struct sigaction action = {.sa_flags =
                                   SA_SIGINFO | SA_ONSTACK | SA_NODEFER};

    action.sa_sigaction = take;
    sigemptyset(&action.sa_mask);
    return action;
}

/* The program's handler runs inside of ours: what it wants to hold back is held
 * back, and what it wants to end ends. */
static struct sigaction
answering_action(const struct sigaction *program)
{
    struct sigaction action = *program;

    if (program->sa_handler == SIG_DFL) {
        action.sa_flags = SA_RESTART;
        sigemptyset(&action.sa_mask);
    }
    action.sa_flags = (action.sa_flags & (SA_RESTART | SA_NODEFER)) |
                      SA_SIGINFO | SA_ONSTACK;
    action.sa_sigaction = answer;
    return action;
}

/* What the kernel gets in place of what the program wants. */
static void
install(int number, const struct sigaction *program)
{
    struct sigaction own =
        number == state.asks ? answering_action(program) : own_action();

    if (program->sa_handler == SIG_IGN || rs_signal_runtimes_use(program))
        own = *program;
    (void)set_action(number, &own, NULL);
}

/* With the guard held: a change of the program's action. */
static void
exchange(int number, const struct sigaction *wanted, struct sigaction *before)
{
    if (before != NULL)
        *before = state.program[number];
    if (wanted != NULL) {
        state.program[number] = *wanted;
        install(number, wanted);
    }
}

static bool
is_ours(int number)
{
    return rs_load_acquire(&state.is_on) &&
           (rs_sys_signal_is_fatal(number) ||
            (number != 0 && number == state.asks));
}

/* SIGKILL and SIGSTOP fail as ever. */
int
sigaction(int number, const struct sigaction *wanted, struct sigaction *before)
{
    struct sigaction copy, old;
    sigset_t mask;

    if (!is_ours(number))
        return set_action(number, wanted, before);
    if (wanted != NULL)
        copy = *wanted;
    mask = hold();
    exchange(number, wanted != NULL ? &copy : NULL, &old);
    release(mask);
    if (before != NULL)
        *before = old;
    return 0;
}

/* As the C library's: restarts system calls, and stays. */
handler_function *
signal(int number, handler_function *handler)
{
    struct sigaction action = {.sa_flags = SA_RESTART}, before;

    if (!is_ours(number))
        return ((signal_function *)rs_dl_next("signal"))(number, handler);
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, number);
    if (sigaction(number, &action, &before) != 0)
        return SIG_ERR;
    return before.sa_handler;
}

static bool
is_sanitized(void)
{
    return rs_host->is_asan || rs_host->is_tsan ||
           rs_dl_first("__asan_init") != NULL ||
           rs_dl_first("__tsan_init") != NULL;
}

/* The first thread may never do anything that is watched, and yet be asked
 * where it is. */
static void
make_known(void)
{
    struct rs_thread *self = rs_thread_enter();

    if (self != NULL)
        rs_thread_leave(self);
}

static void
stand_before(int number)
{
    (void)set_action(number, NULL, &state.program[number]);
    install(number, &state.program[number]);
}

/* A sanitizer says what it knows of a crash itself. Whoever only asks needs the
 * handlers of a crash, too: the page is written with care for itself. */
void
rs_crash_signals_start(void (*say_end)(void))
{
    int asks = rs_sys_signal_number(rs_options->report_signal);
    sigset_t mask;

    if ((!rs_options->crash && asks == 0) || is_sanitized())
        return;
    state.say_end = say_end;
    rs_signal_stacks_start();
    mask = hold();
    state.asks = asks;
    for (int i = 0; i < RS_SYS_FATAL_SIGNALS; i++)
        stand_before(rs_sys_fatal_signals[i]);
    if (asks != 0)
        stand_before(asks);
    rs_store_release(&state.is_on, true);
    release(mask);
    make_known();
}
