/* SPDX-License-Identifier: MIT */
/* runtime.c -- start, stop, fork: the order in which the parts wake up. A
 * conductor: it sees every part and does no work itself. */
#include "runtime.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline.h"
#include "thread/capture.h"
#include "track/container.h"
#include "track/lender.h"
#include "track/owned_slot.h"
#include "report/running_stack.h"
#include "shadow/lifetimes.h"
#include "base/options.h"
#include "thread/happens_before.h"
#include "leak/allocation_site.h"
#include "stack/pyframe.h"
#include "report/report.h"
#include "report/sheet.h"
#include "shadow/shadow.h"
#include "stack/site.h"
#include "stack/stack.h"
#include "report/suppress.h"
#include "report/tally.h"
#include "os/sys.h"
#include "base/text.h"
#include "thread/thread.h"
#include "leak/heap_type_refs.h"
#include "track/dealloc_locks.h"
#include "os/atomics.h"

#define WARNINGS_BYTES 4096
/* Must be there beside the tables, or refsan sleeps: the host comes first, and
 * each 64 MiB of heap will want a leaf of the shadow. */
#define HOST_ROOM_BYTES ((size_t)96 << 20)

enum phase {
    PHASE_NEW,
    PHASE_STARTING,
    PHASE_RUNNING,
    PHASE_STOPPED,
};

static struct {
    _Atomic int phase;
    bool is_only_pid;
    bool is_awake; /* there are tables, and events are looked at */
    /* About options; said once it is known where. Each ends in a zero. */
    struct rs_text warnings;
    char warnings_bytes[WARNINGS_BYTES];
} state;

static void
keep_warning(const char *sentence)
{
    rs_text_add(&state.warnings, sentence);
    rs_text_add_bytes(&state.warnings, "", 1);
}

static void
say_warnings(void)
{
    const char *end = state.warnings_bytes + state.warnings.used;

    for (const char *at = state.warnings_bytes; at < end; at += strlen(at) + 1)
        rs_report_note(at);
}

/* `refsan run --no-follow` wants to hear of one process, not of its children:
 * they inherit the environment and stay asleep. */
static bool
is_someone_elses(void)
{
    const char *only = getenv("REFSAN_ONLY_PID");

    state.is_only_pid = only != NULL;
    return only != NULL && atoi(only) != rs_sys_pid();
}

static void
start_options(void)
{
    const char *text = rs_sys_is_secure() ? NULL : getenv("REFSAN_OPTIONS");

    state.warnings =
        rs_text_make(state.warnings_bytes, sizeof(state.warnings_bytes));
    rs_options_start(text, keep_warning);
}

static enum rs_contract
chosen_contract(void)
{
    if (strcmp(rs_options->contract, "relaxed") == 0)
        return RS_CONTRACT_RELAXED;
    return strcmp(rs_options->contract, "3.14") == 0 ? RS_CONTRACT_314
                                                     : RS_CONTRACT_315;
}

/* What needs no tables: most processes have no Python and never get any. The
 * keys of thread-local storage are taken early, as long as there are some that
 * the C library stores without allocating. */
static void
start_parts(void)
{
    rs_thread_prepare();
    rs_capture_start(rs_options->unwind, (unsigned)rs_options->native_frames,
                     (unsigned)rs_options->python_frames);
    rs_shadow_use_contract(chosen_contract());
    rs_lifetimes_start(rs_options->birth_stacks);
    if (rs_sys_is_secure())
        rs_report_start(NULL, NULL);
    else {
        rs_tally_start(getenv("REFSAN_TALLY"), getenv("REFSAN_TALLY_FILE"));
        rs_report_start(getenv("REFSAN_CHANNEL"),
                        getenv("REFSAN_CHANNEL_FILE"));
    }
    rs_suppress_start(rs_options->suppressions, rs_report_note);
    if (rs_options->known && !rs_sys_is_secure())
        rs_suppress_start_known(getenv("REFSAN_KNOWN"), rs_report_note);
}

/* The largest first: without memory little is taken in vain. */
static bool
map_tables(void)
{
    size_t depot_bytes = (size_t)rs_options->depot_mb << 20;

    return rs_allocation_site_start(rs_options->leaks) &&
           rs_shadow_start((uint32_t)rs_options->records) &&
           rs_happens_before_start() && rs_sheet_prepare() &&
           rs_stack_start(depot_bytes) && rs_pyframe_start(depot_bytes / 8) &&
           rs_site_start(depot_bytes / 16) && rs_container_start() &&
           rs_owned_slot_start() && rs_lender_start() &&
           rs_dealloc_locks_start() &&
           rs_heap_type_refs_start(rs_options->leaks);
}

void
rs_runtime_start(void)
{
    int new = PHASE_NEW;

    if (!rs_swap_if(&state.phase, &new, PHASE_STARTING))
        return;
    if (is_someone_elses())
        return;
    rs_sys_sandbox_start();
    start_options();
    start_parts();
    say_warnings();
    if (rs_options->help)
        rs_options_print_help(STDERR_FILENO);
    /* Release: publishes everything above. Pairs with the acquire in
     * rs_runtime_is_running(). */
    rs_store_release(&state.phase, PHASE_RUNNING);
}

bool
rs_runtime_wake(void)
{
    const void *room = rs_sys_map(HOST_ROOM_BYTES);

    state.is_awake = room != NULL && map_tables();
    if (room != NULL)
        rs_sys_unmap(room, HOST_ROOM_BYTES);
    if (state.is_awake)
        rs_thread_start((unsigned)rs_options->ring_entries,
                        (unsigned)rs_options->life_entries);
    return state.is_awake;
}

void
rs_runtime_stop(const char *coverage)
{
    int running = PHASE_RUNNING;

    if (!rs_swap_if(&state.phase, &running, PHASE_STOPPED))
        return;
    if (state.is_awake)
        rs_pipeline_leak_end();
    rs_thread_stop();
    rs_report_stop(coverage != NULL ? coverage : "");
}

bool
rs_runtime_is_running(void)
{
    return rs_load_acquire(&state.phase) == PHASE_RUNNING;
}

void
rs_runtime_after_fork(void)
{
    if (!rs_runtime_is_running())
        return;
    rs_thread_after_fork();
    rs_running_stack_after_fork();
    rs_report_after_fork();
    rs_pipeline_leak_forked();
    if (!state.is_only_pid)
        return;
    rs_thread_stop();
    rs_store(&state.phase, PHASE_STOPPED);
}
