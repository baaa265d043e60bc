/* SPDX-License-Identifier: MIT */
/* unwind_fp.c -- native frames by following frame pointers.
 *
 * On x86-64 and aarch64 a frame pointer points at the caller's frame pointer,
 * and the return address is the word behind it. Nothing is read outside the
 * stack, so a chain that code without frame pointers broke ends or goes wrong,
 * but never faults.
 *
 * Runs in hooks: loads, and a system call when the stack grew by pages. */
#include "os/unwind.h"

#include "os/arch.h"
#include "os/sys.h"

#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>

#define PAGE 4096
#define WORD sizeof(uintptr_t)
/* No stack is larger; a distance beyond it means "not on this stack". */
#define STACK_BYTES_MAX ((uintptr_t)1 << 30)
/* No function has a larger frame: a step of the stack pointer by more is a
 * switch to another stack (a coroutine, a signal stack). */
#define STEP_BYTES_MAX ((uintptr_t)64 << 20)

static uintptr_t
page_of(uintptr_t address)
{
    return address & ~(uintptr_t)(PAGE - 1);
}

/* The lowest address above `low` that is known to end the stack: the C library
 * puts a thread's control block, where the thread pointer points, on top of
 * its stack; the kernel puts the random bytes it gives every process above the
 * main thread's. */
static uintptr_t
stack_end_above(uintptr_t low)
{
    const uintptr_t ends[] = {rs_arch_thread_pointer(),
                              (uintptr_t)getauxval(AT_RANDOM)};
    uintptr_t end = 0;

    for (unsigned i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (ends[i] > low && ends[i] - low < STACK_BYTES_MAX &&
            (end == 0 || ends[i] < end))
            end = ends[i];
    return end;
}

void
rs_unwind_bounds_read(struct rs_unwind_bounds *bounds)
{
    rs_unwind_bounds_at(bounds, (uintptr_t)__builtin_frame_address(0));
}

void
rs_unwind_bounds_at(struct rs_unwind_bounds *bounds, uintptr_t address)
{
    uintptr_t low = page_of(address);
    uintptr_t end = stack_end_above(low);

    /* Every page is asked for, so a stack of somebody's own making below a
     * known end, with a hole in between, is noticed. */
    if (end == 0 || !rs_sys_can_read(low, end - low))
        low = end = 0;
    bounds->stack_low = low;
    bounds->stack_high = end;
}

/* Deeper than ever on the same stack, or on another one? All that lies between
 * decides; it is mapped if the stack grew. */
static bool
grow_down(struct rs_unwind_bounds *bounds, uintptr_t address)
{
    uintptr_t low = page_of(address);

    if (bounds->stack_low == 0 || bounds->stack_low - low > STEP_BYTES_MAX ||
        !rs_sys_can_read(low, bounds->stack_low - low))
        return false;
    bounds->stack_low = low;
    return true;
}

bool
rs_unwind_bounds_have(struct rs_unwind_bounds *bounds, uintptr_t address,
                      uintptr_t bytes)
{
    if (address >= bounds->stack_high || bytes > bounds->stack_high - address)
        return false;
    return address >= bounds->stack_low || grow_down(bounds, address);
}

unsigned
rs_unwind_fp(uintptr_t frame, struct rs_unwind_bounds *bounds, uintptr_t *pcs,
             unsigned max)
{
    unsigned count = 0;

    if (!rs_unwind_bounds_have(bounds, frame, 2 * WORD))
        return 0;
    while (count < max) {
        const uintptr_t *words = (const uintptr_t *)frame;

        if (words[1] < PAGE)
            break;
        pcs[count++] = words[1];
        if (words[0] <= frame || words[0] % WORD != 0 ||
            words[0] - frame > STEP_BYTES_MAX ||
            words[0] > bounds->stack_high - 2 * WORD)
            break;
        frame = words[0];
    }
    return count;
}
