/* SPDX-License-Identifier: MIT */
/* install.c -- which doors open in this process, and in which order.
 *
 * The order at start: the runtime, then the host, the originals of the hooks,
 * the slots of what is loaded, and births; all before main(). In a process
 * without Python everything but the runtime sleeps until one is loaded.
 *
 * The end is the last handler of exit(3): it is registered before any other
 * library's and therefore runs after the destructors of all of them. A process
 * that ends by _exit(2), a signal or exec(3) says no summary; what it found
 * was said when it was found. */
#include "birth.h"
#include "coverage.h"
#include "crash_signals.h"
#include "dl.h"
#include "exec.h"
#include "gil.h"
#include "got.h"
#include "hooks.h"
#include "instrumented.h"
#include "methods.h"
#include "own_calls.h"
#include "spawn.h"
#include "tsan_frames.h"
#include "tsan_reports.h"
#include "unwinder.h"
#include "unwinder_caches.h"
#include "with_tsan.h"

#include "../runtime/base/check.h"
#include "../runtime/crash/crash.h"
#include "../runtime/base/lost.h"
#include "../runtime/pipeline.h"
#include "../runtime/host/host.h"
#include "../runtime/base/options.h"
#include "../runtime/report/report.h"
#include "../runtime/runtime.h"
#include "../runtime/os/atomics.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

static struct {
    atomic_bool is_ready;             /* host and originals are known */
    atomic_flag is_finding;           /* a thread is looking for a host */
    _Atomic unsigned long long loads; /* when it was last looked for */
    bool has_exit_handler;
} install = {.is_finding = ATOMIC_FLAG_INIT};

/* The thread is in refresh(): finding a host asks the loader, too. */
static RS_THREAD_LOCAL bool is_refreshing;

/* A host was found: refsan's tables are for it. Without memory for them it is
 * not watched, and that is said. */
static void
wake(void)
{
    if (rs_host->kind != RS_HOST_REFUSED && !rs_runtime_wake()) {
        rs_lost_count(RS_LOST_TABLES);
        rs_host_refuse("there is no memory for refsan's tables: nothing is "
                       "watched (ulimit -v?)");
    }
    rs_report_host();
}

/* The last lines of a process that crashed: no search for leaks. */
static void
say_end(void)
{
    char sentence[RS_COVERAGE_BYTES];

    rs_coverage_describe(sentence, sizeof(sentence));
    rs_report_stop(sentence);
}

/* One thread looks; others go on without, and their images are patched by the
 * one that looks. */
static void
find_host(void)
{
    unsigned long long loads = rs_got_loads();

    if (loads == rs_load(&install.loads) ||
        atomic_flag_test_and_set_explicit(&install.is_finding,
                                          memory_order_acquire))
        return;
    rs_store(&install.loads, loads);
    if (rs_host_find())
        wake();
    if (rs_host->kind == RS_HOST_CPYTHON ||
        rs_host->kind == RS_HOST_EMBEDDED) {
        rs_hooks_start();
        rs_instrumented_start();
        rs_methods_start();
        rs_tsan_frames_start();
        rs_crash_signals_start(say_end);
        if (rs_options->leaks)
            (void)rs_host_at_end(rs_pipeline_leak_finalized);
        /* Release: publishes the originals. Pairs with the acquire in
         * refresh(). The flag stays set: one host is enough. */
        rs_store_release(&install.is_ready, true);
        return;
    }
    atomic_flag_clear_explicit(&install.is_finding, memory_order_release);
}

/* Something may have been loaded since: look for a host if there is none, and
 * patch what is new. */
static void
refresh(void)
{
    if (!rs_runtime_is_running() || is_refreshing)
        return;
    is_refreshing = true;
    if (!rs_load_acquire(&install.is_ready))
        find_host();
    if (rs_load_acquire(&install.is_ready)) {
        rs_gil_look();
        rs_got_refresh();
        rs_tsan_frames_ask();
        rs_birth_start();
        /* Whoever imports a module lives: without births there may be no other
         * moment at which that is noticed. */
        (void)rs_host_life();
    }
    is_refreshing = false;
}

/* Says the summary, and returns the status to end with. A process without
 * Python has nothing to say. */
static int
finish(int status)
{
    char sentence[RS_COVERAGE_BYTES];

    if (!rs_runtime_is_running())
        return status;
    if (rs_host->kind == RS_HOST_NONE) {
        rs_runtime_stop(NULL);
        return status;
    }
    rs_gil_look();
    rs_coverage_describe(sentence, sizeof(sentence));
    rs_runtime_stop(sentence);
    return rs_report_exit_status(status);
}

/* The status is the sanitizer's. */
static void
at_death(void)
{
    (void)finish(1);
}

/* exit(3) from an exit handler goes on with the handlers that are left,
 * flushes what is open, and ends with the new status (stdlib/exit.c). */
static void
at_exit(int status, void *unused)
{
    int wanted = finish(status);

    (void)unused;
    if (wanted != status)
        exit(wanted);
}

static void
after_fork(void)
{
    is_refreshing = false;
    if (!rs_load(&install.is_ready))
        atomic_flag_clear_explicit(&install.is_finding, memory_order_relaxed);
    rs_unwinder_caches_after_fork();
    rs_runtime_after_fork();
    rs_crash_after_fork();
}

__attribute__((constructor(101))) static void
start(int count, char **arguments)
{
    (void)count;
    rs_with_tsan_restart(arguments);
    rs_own_calls_start();
    rs_with_tsan_at_death(at_death);
    install.has_exit_handler = on_exit(at_exit, NULL) == 0;
    rs_exec_start();
    rs_unwinder_start();
    rs_runtime_start();
    rs_with_tsan_start();
    rs_tsan_reports_start();
    rs_exec_hide();
    rs_spawn_start();
    pthread_atfork(NULL, NULL, after_fork);
    rs_dl_on_load(refresh);
    refresh();
}

__attribute__((destructor(101))) static void
stop(void)
{
    if (!install.has_exit_handler)
        (void)finish(0);
}
