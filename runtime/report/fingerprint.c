/* SPDX-License-Identifier: MIT */
/* fingerprint.c -- a number for "the same bug", the same in every run.
 *
 * Made of what a programmer would call the bug by: its kind, and the innermost
 * functions of the act and of the stack that made it wrong. No address, line
 * or offset, which change with every build; no frame of the interpreter, which
 * changes with every version. Three frames a language: outer ones belong to
 * the test that got there.
 *
 * Wrong when: two bugs of one kind stand in one function; they are one. */
#include "report/report.h"

#include <string.h>

#include "detect/finding.h"
#include "stack/frame_filter.h"

#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)
#define DEPTH     3

/* FNV-1a, the zero at the end included, so that "ab","c" is not "a","bc". */
static uint64_t
add_string(uint64_t hash, const char *string)
{
    do
        hash = (hash ^ (unsigned char)*string) * FNV_PRIME;
    while (*string++ != 0);
    return hash;
}

static const char *
base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

static uint64_t
add_frame(uint64_t hash, rs_frame frame)
{
    struct rs_symbol symbol;

    rs_symbolize(frame, &symbol);
    hash = add_string(hash, symbol.function);
    return add_string(
        hash, base_name(symbol.is_python ? symbol.file : symbol.module));
}

static uint64_t
add_stack(uint64_t hash, const struct rs_finding_stack *stack)
{
    rs_frame frames[RS_STACK_FRAMES_MAX];
    unsigned count =
        rs_frame_filter_frames(stack->stack, frames, RS_STACK_FRAMES_MAX);
    unsigned used[2] = {0, 0};

    hash = add_string(hash, rs_role_words(stack->role)->slug);
    for (unsigned i = 0; i < count; i++)
        if (used[rs_frame_is_python(frames[i])]++ < DEPTH)
            hash = add_frame(hash, frames[i]);
    return hash;
}

uint64_t
rs_report_fingerprint(const struct rs_finding *found)
{
    uint64_t hash = add_string(FNV_BASIS, rs_bug_words(found->kind)->slug);

    for (unsigned i = 0; i < found->stacks_count && i < 2; i++)
        hash = add_stack(hash, &found->stacks[i]);
    return hash;
}
