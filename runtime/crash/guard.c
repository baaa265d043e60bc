/* SPDX-License-Identifier: MIT */
/* guard.c -- see guard.h. In a signal handler, which fatal signals may
 * interrupt. */
#include "crash/guard.h"

#include <setjmp.h>
#include <stdatomic.h>

#include "os/atomics.h"
#include "os/sys.h"
#include "os/sys_signal.h"
#include "os/sys_thread.h"

static struct {
    _Atomic int tid; /* of the thread that is in a part, or 0 */
    int signal;      /* of the alarm; 0: none yet */
    sigjmp_buf way_out;
} guard;

void
rs_guard_escape(void)
{
    if (rs_load(&guard.tid) == rs_sys_thread_id())
        siglongjmp(guard.way_out, 1);
}

static void
take_too_long(int signal, void *info, void *context)
{
    (void)signal;
    (void)info;
    (void)context;
    rs_guard_escape();
}

/* The mask is restored, because a part is left in the middle of a handler.
 * Without a spare signal a part may hang. */
bool
rs_guard_run(void (*part)(void *), void *context, unsigned milliseconds)
{
    int tid = rs_sys_thread_id();
    volatile bool is_done = false;

    if (guard.signal == 0) {
        guard.signal = rs_sys_thread_spare_signal(tid);
        if (guard.signal != 0)
            (void)rs_sys_thread_catch(guard.signal, take_too_long);
    }
    if (sigsetjmp(guard.way_out, 1) == 0) {
        rs_store(&guard.tid, tid);
        (void)rs_sys_alarm(guard.signal, milliseconds);
        part(context);
        is_done = true;
    }
    rs_store(&guard.tid, 0);
    (void)rs_sys_alarm(guard.signal, 0);
    return is_done;
}

void
rs_guard_end(void)
{
    rs_sys_alarm_end();
    if (guard.signal != 0)
        rs_sys_thread_let_go(guard.signal, true);
    guard.signal = 0;
}
