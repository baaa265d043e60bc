/* SPDX-License-Identifier: MIT */
/* stack.c -- stacks in a depot: the key is all of the frames.
 *
 * Runs in hooks and in signal handlers. */
#include "stack/stack.h"

#include "base/core_note.h"
#include "base/depot.h"
#include "base/lost.h"

#include <string.h>

static struct {
    struct rs_depot depot;
} stacks;

RS_CORE_ROWS(stack) = {RS_CORE_VARIABLE("stacks", stacks.depot)};

bool
rs_stack_start(size_t bytes)
{
    return rs_depot_start(&stacks.depot, bytes);
}

rs_stack
rs_stack_put(const rs_frame *frames, unsigned count)
{
    size_t bytes;
    rs_stack stack;

    if (count == 0)
        return RS_STACK_NONE;
    if (count > RS_STACK_FRAMES_MAX)
        count = RS_STACK_FRAMES_MAX;
    bytes = count * sizeof(frames[0]);
    stack.id = rs_depot_put(&stacks.depot, frames, bytes, bytes);
    if (stack.id == 0)
        rs_lost_count(RS_LOST_STACKS);
    return stack;
}

unsigned
rs_stack_get(rs_stack stack, rs_frame *frames, unsigned max)
{
    size_t bytes;
    const uint64_t *data = rs_depot_get(&stacks.depot, stack.id, &bytes);
    unsigned count = (unsigned)(bytes / sizeof(frames[0]));

    if (data == NULL)
        return 0;
    if (count > max)
        count = max;
    memcpy(frames, data, count * sizeof(frames[0]));
    return count;
}

size_t
rs_stack_used_bytes(void)
{
    return rs_depot_used_bytes(&stacks.depot);
}

unsigned
rs_stack_get_native(rs_stack stack, rs_frame frames[RS_STACK_FRAMES_MAX])
{
    unsigned count = rs_stack_get(stack, frames, RS_STACK_FRAMES_MAX);
    unsigned native = 0;

    while (native < count && !rs_frame_is_python(frames[native]))
        native++;
    return native;
}
