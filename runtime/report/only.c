/* SPDX-License-Identifier: MIT */
/* only.c -- see only.h. Report time; any thread. */
#include "report/only.h"

#include <stddef.h>
#include <string.h>

#include "base/options.h"
#include "stack/frame_filter.h"
#include "stack/site.h"

#define SEPARATORS ", "

/* The part of an installed file's path that imports know, or NULL. */
static const char *
find_installed(const char *path)
{
    static const char *const roots[] = {"/site-packages/", "/dist-packages/"};
    const char *found = NULL;

    for (unsigned i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
        for (const char *at = path; (at = strstr(at, roots[i])) != NULL; at++)
            if (found == NULL || at + strlen(roots[i]) > found)
                found = at + strlen(roots[i]);
    return found;
}

/* Does the path begin with the package's name, which has dots for slashes? */
static bool
begins_with(const char *path, const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (path[i] != (name[i] == '.' ? '/' : name[i]))
            return false;
    return strchr("/.", path[length]) != NULL; /* or its end */
}

static bool
is_in_package(const char *path, const char *name, size_t length)
{
    const char *installed = find_installed(path);

    if (installed != NULL)
        return begins_with(installed, name, length);
    for (const char *at = path; at != NULL; at = strchr(at, '/')) {
        at += *at == '/';
        if (begins_with(at, name, length))
            return true;
    }
    return false;
}

bool
rs_only_names(const char *packages, const char *path)
{
    for (const char *at = packages; *at != 0;) {
        size_t length = strcspn(at, SEPARATORS);

        if (length > 0 && is_in_package(path, at, length))
            return true;
        at += length + (at[length] != 0);
    }
    return false;
}

/* What leaked was often made by a function of another package (an array, a
 * ufunc) for a caller who forgot it. */
static bool
has_native_frame(rs_stack stack)
{
    rs_frame frames[RS_STACK_FRAMES_MAX];
    unsigned count = rs_stack_get(stack, frames, RS_STACK_FRAMES_MAX);

    for (unsigned i = 0; i < count && !rs_frame_is_python(frames[i]); i++) {
        char path[RS_PATH_BYTES];
        uintptr_t base;

        if (rs_symbolize_module(rs_site_pc(frames[i]) - 1, path, sizeof(path),
                                &base) &&
            rs_only_names(rs_options->only, path))
            return true;
    }
    return false;
}

bool
rs_only_excludes(const struct rs_finding *found)
{
    struct rs_symbol guilty;

    if (rs_options->only[0] == 0 || found->stacks_count == 0 ||
        !rs_frame_filter_site(found->stacks[0].stack, &guilty))
        return false;
    if (found->kind == RS_BUG_LEAK && has_native_frame(found->stacks[0].stack))
        return false;
    return !rs_only_names(rs_options->only,
                          guilty.is_python ? guilty.file : guilty.module);
}
