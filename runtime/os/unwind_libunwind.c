/* SPDX-License-Identifier: MIT */
/* unwind_libunwind.c -- native frames by libunwind's cached fast trace.
 *
 * For stacks only unw_backtrace() is used: it remembers, per thread, how to step over each
 * return address it met. Stepping a cursor costs a hundred times as much.
 *
 * Runs in hooks. For code it meets for the first time, libunwind calls
 * dl_iterate_phdr(), which takes the loader's lock: our own thread may hold it
 * already (it is recursive), another one holds it for a short list walk. Its
 * memory comes from mmap(), its per-thread cache from a pthread key that
 * rs_unwind_libunwind_start() lets it make early: the C library stores the
 * first 32 keys without allocating. */
#include "os/unwind.h"

#include "os/compiler.h"
#include "os/atomics.h"

#define UNW_LOCAL_ONLY
#include <errno.h>
#include <libunwind.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

/* Frames of refsan itself that unw_backtrace() sees first. */
#define OWN_FRAMES_MAX 16
#define FRAMES_MAX     64

static RS_THREAD_LOCAL bool is_unwinding;
static RS_THREAD_LOCAL struct {
    bool is_held;
    sigset_t before;
} signals;
static atomic_bool is_distrusted;

void
rs_unwind_libunwind_distrust(void)
{
    rs_store(&is_distrusted, true);
}

/* libunwind holds back all signals while it has one of its locks: two system
 * calls for each frame that this thread has not met. Once a walk is enough.
 *
 * Wrong when: a handler of the program comes before that and walks its own stack
 * by libunwind; then the rest of this walk lets signals through. */
int
rs_unwind_libunwind_mask(int how, const sigset_t *mask, sigset_t *before)
{
    int error;

    if (!is_unwinding)
        return sigprocmask(how, mask, before);
    if (before == NULL)
        return 0; /* given back at the walk's end */
    if (!signals.is_held) {
        error = sigprocmask(how, mask, &signals.before);
        if (error != 0)
            return error;
        signals.is_held = true;
    }
    *before = signals.before;
    return 0;
}

static int
walk(void **frames, int max)
{
    int count;

    is_unwinding = true;
    count = unw_backtrace(frames, max);
    is_unwinding = false;
    if (signals.is_held) {
        signals.is_held = false;
        sigprocmask(SIG_SETMASK, &signals.before, NULL);
    }
    return count;
}

unsigned
rs_unwind_libunwind(uintptr_t pc, uintptr_t *pcs, unsigned max)
{
    void *frames[FRAMES_MAX + OWN_FRAMES_MAX];
    unsigned first = 0, count;
    int saved_errno = errno; /* libunwind probes memory by system calls */
    int got;

    if (is_unwinding || rs_load(&is_distrusted))
        return 0;
    if (max > FRAMES_MAX)
        max = FRAMES_MAX;
    got = walk(frames, (int)(max + OWN_FRAMES_MAX));
    errno = saved_errno;
    count = got > 0 ? (unsigned)got : 0;
    while (first < count && (uintptr_t)frames[first] != pc)
        first++;
    if (first == count)
        first = 0;
    count -= first;
    if (count > max)
        count = max;
    for (unsigned i = 0; i < count; i++)
        pcs[i] = (uintptr_t)frames[first + i];
    return count;
}

/* What the unwind tables describe as one piece: parts of the function that a
 * compiler moved away (.cold) are pieces of their own. */
bool
rs_unwind_function(uintptr_t pc, uintptr_t *low, uintptr_t *high)
{
    unw_proc_info_t info;
    int saved_errno = errno;
    int error;

    if (rs_load(&is_distrusted))
        return false;
    error = unw_get_proc_info_by_ip(unw_local_addr_space, pc, &info, NULL);
    errno = saved_errno;
    if (error != 0 || info.start_ip > pc || info.end_ip <= pc)
        return false;
    *low = info.start_ip;
    *high = info.end_ip;
    return true;
}

bool
rs_unwind_libunwind_start(void)
{
    uintptr_t pcs[4];

    unw_set_caching_policy(unw_local_addr_space, UNW_CACHE_PER_THREAD);
    return rs_unwind_libunwind(0, pcs, 4) >= 2;
}
