/* SPDX-License-Identifier: MIT */
/* stack_room.c -- see stack_room.h. Small frames only: this runs where little
 * is left. */
#include "os/stack_room.h"

#include "os/sys.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096

RS_THREAD_LOCAL uintptr_t rs_stack_room_low;

static RS_THREAD_LOCAL struct {
    uintptr_t page;      /* of the frame that had room last */
    uintptr_t low, high; /* all of it can be read */
} known;

/* The low end of the alternate stack, or 0 when the thread is on another one. */
static uintptr_t
signal_stack(void)
{
    stack_t stack;
    int saved = errno;
    bool is_on = syscall(SYS_sigaltstack, NULL, &stack) == 0 &&
                 (stack.ss_flags & SS_ONSTACK) != 0;

    errno = saved;
    return is_on ? (uintptr_t)stack.ss_sp : 0;
}

/* The page above the first that cannot be read below the frame, or 0 when there
 * is none in reach. Below the main thread's stack, to ask makes it grow. */
static uintptr_t
find_end(uintptr_t frame)
{
    uintptr_t page = frame & ~(uintptr_t)(PAGE - 1);
    uintptr_t low = page - RS_STACK_ROOM;

    if (low >= known.low && page < known.high)
        return 0;
    for (uintptr_t at = page; at >= low; at -= PAGE)
        if (!rs_sys_can_read(at, 1))
            return at + PAGE;
    if (page < known.low || page >= known.high)
        known.high = page + PAGE;
    known.low = low;
    return 0;
}

bool
rs_stack_room_is_short_slow(uintptr_t frame)
{
    uintptr_t page = frame & ~(uintptr_t)(PAGE - 1);
    uintptr_t end;

    if (page == known.page)
        return false;
    end = signal_stack();
    if (end == 0)
        end = find_end(frame);
    if (end != 0 && frame - end < RS_STACK_ROOM) {
        rs_stack_room_low = end;
        return true;
    }
    known.page = page;
    return false;
}
