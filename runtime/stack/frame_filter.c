/* SPDX-License-Identifier: MIT */
/* frame_filter.c -- see frame_filter.h. Report time; any thread. */
#include "stack/frame_filter.h"

#include <string.h>

#include "host/host.h"
#include "stack/site.h"
#include "os/sys.h"

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
    return !rs_frame_is_python(frame) &&
           rs_host_has_code(rs_site_pc(frame) - 1);
}

bool
rs_frame_filter_is_host(rs_frame frame)
{
    return is_host(frame);
}

static bool
begins_with(const char *string, const char *prefix)
{
    return strncmp(string, prefix, strlen(prefix)) == 0;
}

enum place {
    PLACE_NOWHERE, /* the unwinder went beyond the first frame */
    PLACE_REFSAN,  /* stands around a thread's function */
    PLACE_C_LIBRARY,
    PLACE_EXECUTABLE,
    PLACE_ELSEWHERE,
};

static enum place
find_place(rs_frame frame)
{
    char path[256];
    char executable[256];
    const char *slash;
    uintptr_t base, own_base;

    if (!rs_symbolize_module(rs_site_pc(frame) - 1, path, sizeof(path), &base))
        return PLACE_NOWHERE;
    if (rs_symbolize_module((uintptr_t)&rs_frame_filter_frames, executable,
                            sizeof(executable), &own_base) &&
        base == own_base)
        return PLACE_REFSAN;
    slash = strrchr(path, '/');
    slash = slash != NULL ? slash + 1 : path;
    if (begins_with(slash, "libc.so") || begins_with(slash, "libtsan.so") ||
        begins_with(slash, "libclang_rt.tsan"))
        return PLACE_C_LIBRARY;
    rs_sys_executable_path(executable, sizeof(executable));
    return strcmp(path, executable) == 0 ? PLACE_EXECUTABLE : PLACE_ELSEWHERE;
}

/* The C library starts threads and calls main(); TSan stands in between. The
 * executable calls the C library, in _start(); and its main() says nothing
 * where it runs Python. */
static bool
is_starter(const struct frames *frames, unsigned at)
{
    switch (find_place(frames->at[at])) {
    case PLACE_NOWHERE:
    case PLACE_REFSAN:
    case PLACE_C_LIBRARY:
        return true;
    case PLACE_EXECUTABLE:
        return frames->native < frames->count ||
               (at > 0 && find_place(frames->at[at - 1]) == PLACE_C_LIBRARY);
    case PLACE_ELSEWHERE:
        break;
    }
    return false;
}

/* How many native frames there are up to the outermost one of interest. */
static unsigned
trim_outer(const struct frames *frames)
{
    unsigned count = frames->native;

    while (count > 0 &&
           (is_host(frames->at[count - 1]) || is_starter(frames, count - 1)))
        count--;
    return count;
}

unsigned
rs_frame_filter_frames(rs_stack stack, rs_frame *visible, unsigned max)
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
rs_frame_filter_site(rs_stack stack, struct rs_symbol *symbol)
{
    rs_frame frames[RS_STACK_FRAMES_MAX];
    unsigned count =
        rs_frame_filter_frames(stack, frames, RS_STACK_FRAMES_MAX);
    unsigned at = 0;

    while (at < count && is_host(frames[at]))
        at++;
    if (at == count)
        at = 0;
    if (count > 0)
        rs_symbolize(frames[at], symbol);
    return count > 0;
}
