/* SPDX-License-Identifier: MIT */
/* fingerprint.c -- a number for "the same bug", the same in every run.
 *
 * Made of what a programmer would call the bug by: its kind, whether a reference
 * was taken or released, and the function of the user's code in which that was
 * done (place.h). No address, line or offset, which change with every build; no
 * frame of the interpreter, which changes with every version; no caller, so that
 * a recursion, and every test that gets there, is one bug; and nothing of what
 * made the act wrong: in a race that is seen now and then only, and is done by
 * one thread or another.
 *
 * Wrong when: two bugs of one kind stand in one function; they are one. */
#include "report/report.h"

#include "detect/finding.h"
#include "report/native_name.h"
#include "report/place.h"

#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

/* FNV-1a, the zero at the end included, so that "ab","c" is not "a","bc". */
static uint64_t
add_string(uint64_t hash, const char *string)
{
    do
        hash = (hash ^ (unsigned char)*string) * FNV_PRIME;
    while (*string++ != 0);
    return hash;
}

static uint64_t
add_number(uint64_t hash, uint64_t number)
{
    for (unsigned i = 0; i < sizeof(number); i++, number >>= 8)
        hash = (hash ^ (number & 0xff)) * FNV_PRIME;
    return hash;
}

/* Code without a name is known by where it lies in its file. */
static uint64_t
add_stack(uint64_t hash, const struct rs_finding_stack *stack,
          bool is_module_enough)
{
    struct rs_symbol place;
    char name[sizeof(place.function)];

    if (!rs_place_find(stack->stack, &place))
        return add_string(hash, "");
    hash = add_string(hash, rs_place_file(&place));
    if (is_module_enough && !place.is_python)
        return hash;
    if (place.function[0] == '\0')
        return add_number(hash, place.offset);
    if (place.is_python)
        return add_string(hash, place.function);
    return add_string(
        hash, rs_native_name_plain(place.function, name, sizeof(name)));
}

static const char *
name_direction(enum rs_ev op)
{
    unsigned traits = rs_event_words(op)->traits;

    return (traits & RS_TRAIT_DROPS) != 0   ? "drops"
           : (traits & RS_TRAIT_TAKES) != 0 ? "takes"
                                            : "";
}

uint64_t
rs_report_fingerprint(const struct rs_finding *found)
{
    uint64_t hash = add_string(FNV_BASIS, rs_bug_words(found->kind)->slug);
    bool is_module_enough = rs_bug_is_of_module(found->kind);

    hash = add_string(hash, name_direction(found->op));
    if (found->stacks_count > 0)
        hash = add_stack(hash, &found->stacks[0], is_module_enough);
    return hash;
}

uint64_t
rs_report_place(const struct rs_finding *found)
{
    return found->stacks_count > 0
               ? add_stack(FNV_BASIS, &found->stacks[0], false)
               : FNV_BASIS;
}
