/* SPDX-License-Identifier: MIT */
/* sys_sandbox.c -- see rs_sys_is_sandboxed() in sys.h.
 *
 * A filter that refuses with an error number does no harm: refsan's calls may
 * fail. One that kills makes each call a question that must not be asked. What
 * can be asked is whether there is a filter, by prctl(2), which programs that
 * put themselves under one mostly allow. */
#include "os/sys.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool was_filtered; /* from the start: then files could be opened */

static bool
is_filtered(void)
{
    int saved = errno;
    long mode = syscall(SYS_prctl, PR_GET_SECCOMP, 0UL, 0UL, 0UL, 0UL);

    errno = saved;
    return mode != 0;
}

void
rs_sys_sandbox_start(void)
{
    was_filtered = is_filtered();
}

bool
rs_sys_is_sandboxed(void)
{
    return !was_filtered && is_filtered();
}
