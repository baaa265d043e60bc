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
 * day; they get it at once (GIVES_WAY).
 *
 * Missed: a stack overflow of a thread that was there before the host, or while
 * 256 others run; a handler set by a system call of the program's own, by sigset(), or
 * inside the C library; a signal that is blocked when it comes; after one
 * report a second crash that the program survives. */
#include "crash_signals.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "dl.h"

#include "../runtime/base/check.h"
#include "../runtime/base/options.h"
#include "../runtime/crash/crash.h"
#include "../runtime/host/host.h"
#include "../runtime/os/atomics.h"
#include "../runtime/os/sys.h"
#include "../runtime/os/sys_signal.h"
#include "../runtime/stack/symbolize.h"
#include "../runtime/thread/thread.h"

#define STACK_BYTES ((size_t)64 << 10)
#define STACKS      256 /* threads that have one at a time */
#define SIGNALS     65

typedef int action_function(int, const struct sigaction *, struct sigaction *);
typedef void handler_function(int);
typedef handler_function *signal_function(int, handler_function *);

static struct {
    _Atomic(action_function *) real;
    _Atomic bool is_on;  /* our handlers are the kernel's */
    atomic_flag is_used; /* guards `program`; all signals are blocked then */
    struct sigaction program[SIGNALS];
    void (*say_end)(void);
    char *stacks; /* for handlers of threads; NULL: no memory */
    _Atomic uint64_t used[STACKS / 64];
} state = {.is_used = ATOMIC_FLAG_INIT};

static char first_stack[STACK_BYTES]; /* of the thread that starts */

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
    (void)rs_crash_report(number, info, context, state.say_end);
    pass_on(number, info);
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

static bool
gives_way(const struct sigaction *action)
{
    static const char *const runtimes[] = {"/libjvm.so", "/libcoreclr.so",
                                           "/libmono"};
    char path[RS_PATH_BYTES];
    uintptr_t base;

    if (action->sa_handler == SIG_DFL || action->sa_handler == SIG_IGN ||
        !rs_symbolize_module((uintptr_t)action->sa_sigaction, path,
                             sizeof(path), &base))
        return false;
    for (size_t i = 0; i < sizeof(runtimes) / sizeof(runtimes[0]); i++)
        if (strstr(path, runtimes[i]) != NULL)
            return true;
    return false;
}

/* What the kernel gets in place of what the program wants. */
static void
install(int number, const struct sigaction *program)
{
    struct sigaction own = own_action();

    if (program->sa_handler == SIG_IGN || gives_way(program))
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

/* SIGKILL and SIGSTOP fail as ever. */
int
sigaction(int number, const struct sigaction *wanted, struct sigaction *before)
{
    struct sigaction copy, old;
    sigset_t mask;

    if (!rs_load_acquire(&state.is_on) || !rs_sys_signal_is_fatal(number))
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

    if (!rs_load_acquire(&state.is_on) || !rs_sys_signal_is_fatal(number))
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

/* A sanitizer says what it knows of a crash itself. */
void
rs_crash_signals_start(void (*say_end)(void))
{
    sigset_t mask;

    if (!rs_options->crash || is_sanitized())
        return;
    state.say_end = say_end;
    state.stacks = rs_sys_map(STACKS * STACK_BYTES);
    mask = hold();
    for (int i = 0; i < RS_SYS_FATAL_SIGNALS; i++) {
        int number = rs_sys_fatal_signals[i];

        (void)set_action(number, NULL, &state.program[number]);
        install(number, &state.program[number]);
    }
    rs_store_release(&state.is_on, true);
    release(mask);
    make_known();
    if (!rs_sys_has_signal_stack())
        rs_sys_signal_stack(first_stack, sizeof(first_stack));
}

/* Not on the thread's own stack: the C library gives the pages of a thread that
 * ended back but for the first, and deeper frames would have to have theirs
 * anew in each thread. -1 when all are in use. */
static int
take_stack(void)
{
    for (int word = 0; word < STACKS / 64; word++) {
        uint64_t used = rs_load(&state.used[word]);

        while (~used != 0) {
            int bit = __builtin_ctzll(~used);

            if (rs_swap_if(&state.used[word], &used,
                           used | UINT64_C(1) << bit))
                return word * 64 + bit;
        }
    }
    return -1;
}

/* What runs on the thread from now on has none. */
static void
give_back(void *which)
{
    uint64_t at = (uintptr_t)which;

    rs_sys_signal_stack(NULL, 0);
    /* Release: the next one's handler comes after. */
    atomic_fetch_and_explicit(&state.used[at / 64], ~(UINT64_C(1) << at % 64),
                              memory_order_release);
}

void *
rs_crash_signals_run(void *(*start)(void *), void *argument)
{
    int at = rs_load_acquire(&state.is_on) && state.stacks != NULL
                 ? take_stack()
                 : -1;
    void *result;

    if (at < 0)
        return start(argument);
    rs_sys_signal_stack(state.stacks + (size_t)at * STACK_BYTES, STACK_BYTES);
    pthread_cleanup_push(give_back, (void *)(uintptr_t)at);
    result = start(argument);
    pthread_cleanup_pop(1);
    return result;
}
