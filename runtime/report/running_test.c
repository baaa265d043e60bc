/* SPDX-License-Identifier: MIT */
/* running_test.c -- see running_test.h.
 *
 * The environment is read without the C library's lock, which the program may
 * hold: os.environ changes it at any time. Strings are never changed in place,
 * and what is gone is not read, so the worst is a variable that is not found
 * while the list moves; then it is looked for once more. */
#include "report/running_test.h"

#include <string.h>
#include <unistd.h>

#include "base/foreign.h"
#include "os/compiler.h"
#include "os/sys.h"
#include "stack/frame_filter.h"

#define ENTRIES_MAX 8192
#define PAGE_BYTES  4096
#define NAME_BYTES  32 /* of a variable, "=" included */

/* Copies a string that may not be there, cut to fit. */
static void
read_string(uintptr_t at, char *to, size_t bytes)
{
    size_t used = 0;

    while (used < bytes - 1) {
        size_t step = PAGE_BYTES - (at & (PAGE_BYTES - 1));

        if (step > bytes - 1 - used)
            step = bytes - 1 - used;
        if (!rs_sys_read_memory(at, to + used, step))
            break;
        if (memchr(to + used, 0, step) != NULL)
            return;
        used += step;
        at += step;
    }
    to[used] = 0;
}

/* The entry that begins with "NAME=", or 0. */
static uintptr_t
find_entry(uintptr_t list, const char *name)
{
    size_t length = strlen(name);

    for (unsigned i = 0; list != 0 && i < ENTRIES_MAX; i++) {
        char begin[NAME_BYTES];
        uintptr_t entry;

        if (!rs_sys_read_memory(list + i * sizeof(entry), &entry,
                                sizeof(entry)) ||
            entry == 0)
            break;
        read_string(entry, begin, length + 1);
        if (strcmp(begin, name) == 0)
            return entry;
    }
    return 0;
}

static uintptr_t
read_list(void)
{
    return (uintptr_t) * (char **volatile *)&environ;
}

/* `name` ends in "=". "" when there is no such variable. */
static void
read_variable(const char *name, char *value, size_t bytes)
{
    uintptr_t list = read_list();
    uintptr_t entry = find_entry(list, name);

    if (entry == 0 && read_list() != list)
        entry = find_entry(read_list(), name);
    value[0] = 0;
    if (entry != 0)
        read_string(entry + strlen(name), value, bytes);
}

/* "path::name (call)"; other phases stay. */
static void
cut_phase(char *test)
{
    static const char phase[] = " (call)";
    size_t length = strlen(test);

    if (length >= sizeof(phase) &&
        strcmp(test + length - (sizeof(phase) - 1), phase) == 0)
        test[length - (sizeof(phase) - 1)] = 0;
}

static void
find_in_environment(struct rs_finding_test *test)
{
    char words[RS_FINDING_TEST_BYTES], worker[sizeof(test->worker)];

    read_variable("PYTEST_CURRENT_TEST=", words, sizeof(words));
    cut_phase(words);
    if (words[0] == 0)
        read_variable("REFSAN_TEST=", words, sizeof(words));
    rs_foreign_copy(test->name, sizeof(test->name), words);
    test->is_in_other_thread =
        words[0] != 0 && rs_sys_thread_id() != rs_sys_pid();
    read_variable("PYTEST_XDIST_WORKER=", worker, sizeof(worker));
    rs_foreign_copy(test->worker, sizeof(test->worker), worker);
}

static bool
ends_with(const char *string, const char *end)
{
    size_t length = strlen(string);

    return length >= strlen(end) &&
           strcmp(string + length - strlen(end), end) == 0;
}

/* By the last part of a qualified name: "Tests.test_row". */
static bool
is_named_test(const char *function)
{
    const char *dot = strrchr(function, '.');

    return strncmp(dot != NULL ? dot + 1 : function, "test", 4) == 0;
}

enum part { PART_OTHER, PART_TEST, PART_RUNNER };

/* Not inlined, as add_frame(): one symbol at a time is on the stack. */
static RS_NOINLINE enum part
find_part(rs_frame frame)
{
    struct rs_symbol symbol;

    rs_symbolize(frame, &symbol);
    if (ends_with(symbol.file, "/unittest/case.py"))
        return PART_RUNNER;
    return is_named_test(symbol.function) ? PART_TEST : PART_OTHER;
}

static RS_NOINLINE void
add_frame(struct rs_finding_test *test, rs_frame frame)
{
    struct rs_text text = rs_text_make(test->name, sizeof(test->name));
    struct rs_symbol symbol;

    rs_symbolize(frame, &symbol);
    rs_text_format(&text, "%s::%s", symbol.file, symbol.function);
}

/* What unittest called is the frame within its own. Those further out belong
 * to the runner. */
static void
find_in_stack(struct rs_finding_test *test, rs_stack stack)
{
    rs_frame frames[RS_STACK_FRAMES_MAX];
    rs_frame chosen = 0, inner = 0;
    unsigned count = rs_stack_get(stack, frames, RS_STACK_FRAMES_MAX);

    for (unsigned i = 0; i < count; i++) {
        enum part part;

        if (!rs_frame_is_python(frames[i]))
            continue;
        part = find_part(frames[i]);
        if (part == PART_RUNNER) {
            chosen = inner;
            break;
        }
        if (part == PART_TEST)
            chosen = frames[i];
        inner = frames[i];
    }
    if (chosen != 0)
        add_frame(test, chosen);
}

void
rs_running_test_find(struct rs_finding *found)
{
    struct rs_finding_test *test = &found->test;

    memset(test, 0, sizeof(*test));
    find_in_environment(test);
    if (test->name[0] == 0 && found->stacks_count > 0)
        find_in_stack(test, found->stacks[0].stack);
}
