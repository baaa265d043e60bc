/* SPDX-License-Identifier: MIT */
/* visible.c -- see visible.h. Report time; any thread. */
#include "visible.h"

#include <string.h>

#include "host.h"
#include "sys.h"

struct frames {
    rs_frame at[RS_STACK_FRAMES_MAX];
    unsigned native; /* the first ones */
    unsigned count;
};

static struct frames
read_frames(rs_stack stack)
{
    struct frames frames;

    frames.count = rs_stack_get(stack, frames.at, RS_STACK_FRAMES_MAX);
    for (frames.native = 0; frames.native < frames.count; frames.native++)
        if (rs_frame_is_python(frames.at[frames.native]))
            break;
    return frames;
}

/* A return address that ends a function's last call lies behind it. */
static bool
is_host(rs_frame frame)
{
    return !rs_frame_is_python(frame) && rs_host_has_code(frame - 1);
}

static bool
begins_with(const char *string, const char *prefix)
{
    return strncmp(string, prefix, strlen(prefix)) == 0;
}

/* What calls main() and thread functions; and main() itself where it only
 * runs Python. */
static bool
is_starter(rs_frame frame, bool has_python)
{
    char path[256];
    char executable[256];
    const char *slash;
    uintptr_t base;

    if (!rs_symbolize_module(frame - 1, path, sizeof(path), &base))
        return true; /* the unwinder went beyond the first frame */
    slash = strrchr(path, '/');
    if (begins_with(slash != NULL ? slash + 1 : path, "libc.so"))
        return true;
    rs_sys_executable_path(executable, sizeof(executable));
    return has_python && strcmp(path, executable) == 0;
}

/* How many native frames there are up to the outermost one of interest. */
static unsigned
trim_outer(const struct frames *frames)
{
    bool has_python = frames->native < frames->count;
    unsigned count = frames->native;

    while (count > 0 && (is_host(frames->at[count - 1]) ||
                         is_starter(frames->at[count - 1], has_python)))
        count--;
    return count;
}

unsigned
rs_visible_frames(rs_stack stack, rs_frame *visible, unsigned max)
{
    struct frames frames = read_frames(stack);
    unsigned outer = trim_outer(&frames);
    unsigned count = 0;

    for (unsigned i = 0; i < frames.count && count < max; i++) {
        bool is_entry = i + 1 < outer && !is_host(frames.at[i + 1]);

        if (i >= outer && i < frames.native)
            continue;
        if (i >= frames.native || !is_host(frames.at[i]) || is_entry)
            visible[count++] = frames.at[i];
    }
    if (count == 0 && frames.count > 0 && max > 0)
        visible[count++] = frames.at[0];
    return count;
}

bool
rs_visible_site(rs_stack stack, struct rs_symbol *symbol)
{
    rs_frame frames[RS_STACK_FRAMES_MAX];
    unsigned count = rs_visible_frames(stack, frames, RS_STACK_FRAMES_MAX);
    unsigned at = 0;

    while (at < count && is_host(frames[at]))
        at++;
    if (at == count)
        at = 0;
    if (count > 0)
        rs_symbolize(frames[at], symbol);
    return count > 0;
}
