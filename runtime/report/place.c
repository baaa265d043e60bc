/* SPDX-License-Identifier: MIT */
/* place.c -- see place.h. Report time; any thread. */
#include "report/place.h"

#include <string.h>

#include "detect/bug.h"
#include "report/native_name.h"
#include "stack/frame_filter.h"

/* A crash is in memcpy(), raise() or std::terminate(), by whoever called it. */
static bool
is_c_library(const struct rs_symbol *symbol)
{
    static const char *const libraries[] = {
        "libc.so", "libstdc++.so", "libc++.so", "libc++abi.so", "libgcc_s.so"};
    const char *file = rs_place_file(symbol);

    for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++)
        if (strncmp(file, libraries[i], strlen(libraries[i])) == 0)
            return true;
    return false;
}

/* The frame to name: one that is no helper, or else the outermost native one
 * that may be the user's, or else a Python one; `count` when there is none. */
static unsigned
choose(const rs_frame *frames, unsigned count, struct rs_symbol *symbol)
{
    unsigned own = count;

    for (unsigned i = 0; i < count; i++) {
        if (rs_frame_is_python(frames[i]))
            return own < count ? own : i;
        if (rs_frame_filter_is_host(frames[i]))
            continue;
        rs_symbolize(frames[i], symbol);
        if (is_c_library(symbol))
            continue;
        if (!rs_native_name_is_helper(symbol->function))
            return i;
        if (!rs_native_name_is_common(symbol->function))
            own = i;
    }
    return own;
}

/* Where nothing else is there: the innermost that is not the interpreter's. */
static unsigned
choose_any(const rs_frame *frames, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (!rs_frame_filter_is_host(frames[i]))
            return i;
    return 0;
}

bool
rs_place_find(rs_stack stack, struct rs_symbol *symbol)
{
    rs_frame frames[RS_STACK_FRAMES_MAX];
    unsigned count =
        rs_frame_filter_frames(stack, frames, RS_STACK_FRAMES_MAX);
    unsigned at = choose(frames, count, symbol);

    if (count == 0)
        return false;
    rs_symbolize(frames[at < count ? at : choose_any(frames, count)], symbol);
    if (!symbol->is_python && rs_native_name_is_common(symbol->function))
        symbol->function[0] = '\0'; /* the module must do */
    return true;
}

const char *
rs_place_file(const struct rs_symbol *symbol)
{
    const char *path = symbol->is_python ? symbol->file : symbol->module;
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

void
rs_place_suppression(struct rs_text *text, const struct rs_finding *found)
{
    struct rs_symbol place;
    char name[sizeof(place.function)];

    rs_text_format(text, "%s:", rs_bug_words(found->kind)->slug);
    if (found->stacks_count == 0 ||
        !rs_place_find(found->stacks[0].stack, &place))
        place = (struct rs_symbol){.is_python = false};
    if (place.module[0] != 0 && rs_bug_is_of_module(found->kind))
        rs_text_format(text, "lib:%s", rs_place_file(&place));
    else if (place.function[0] != 0 && place.is_python)
        rs_text_format(text, "py:%s", place.function);
    else if (place.function[0] != 0)
        rs_text_add(text,
                    rs_native_name_plain(place.function, name, sizeof(name)));
    else if (place.module[0] != 0)
        rs_text_format(text, "lib:%s", rs_place_file(&place));
    else if (found->object.type[0] != 0)
        rs_text_format(text, "type:%s", found->object.type);
    else
        rs_text_add(text, "*");
}
