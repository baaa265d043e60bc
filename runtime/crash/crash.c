/* SPDX-License-Identifier: MIT */
/* crash.c -- a conductor: has a finding made of a signal, and reported.
 *
 * In the signal's handler, of a crash on the alternate stack of the thread. */
#include "crash/crash.h"

#include <stdatomic.h>

#include "base/lost.h"
#include "crash/guard.h"
#include "crash/parts.h"
#include "os/atomics.h"
#include "os/sys.h"
#include "os/sys_signal.h"
#include "os/sys_thread.h"

#define PART_MS 1000
/* A process that goes on must not be left in the middle of somebody's lock. */
#define HANG_PART_MS 20000
#define WAIT_STEPS   5000 /* of a millisecond */

static struct {
    _Atomic int tid; /* of the thread that reports; 0: nobody does, or … */
    _Atomic bool is_over; /* … did: a crash */
} state;

/* A part that fails counts as lost, and the next one is done all the same. */
static void
run(rs_part *const *part, unsigned milliseconds)
{
    for (; *part != NULL; part++)
        if (!rs_guard_run(*part, NULL, milliseconds))
            rs_lost_count(RS_LOST_CRASH);
    rs_guard_end();
}

/* A crash waits for another thread's, and for a page that somebody asked for;
 * that one is not over, but given back. Who asks twice gets two pages: another
 * thread may get the second signal while the first one ends its page. */
static bool
claim(int steps)
{
    for (int i = 0; i < steps && !rs_load_acquire(&state.is_over); i++) {
        int tid = 0;

        if (rs_swap_if(&state.tid, &tid, rs_sys_thread_id()))
            return true;
        if (tid == rs_sys_thread_id())
            return false;
        rs_sys_thread_wait_us(1000);
    }
    return false;
}

bool
rs_crash_report(int signal, const void *info, const void *context,
                void (*say_end)(void))
{
    if (!claim(WAIT_STEPS))
        return false;
    rs_parts_prepare(
        &(struct rs_parts_of){false, signal, info, context, say_end});
    run(rs_parts_of_crash, PART_MS);
    rs_store_release(&state.is_over, true);
    return true;
}

bool
rs_crash_report_hang(int signal, const void *info, const void *context,
                     void (*say_end)(void))
{
    if (!claim(WAIT_STEPS))
        return false;
    rs_parts_prepare(
        &(struct rs_parts_of){true, signal, info, context, say_end});
    run(rs_parts_of_hang, HANG_PART_MS);
    rs_store_release(&state.tid, 0);
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
    rs_sys_alarm_end();
    rs_store(&state.tid, 0);
    rs_store(&state.is_over, false);
}
