/* SPDX-License-Identifier: MIT */
/* suppress_test.c -- which lines silence which findings, and what is said of
 * broken lines. Each row is a file of its own, in a process of its own: the
 * rules are read once. */
#include "report/suppress.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_symbols.h"
#include "unit.h"

static char warnings[4096];
static char path[] = "/tmp/refsan-suppress-XXXXXX";

static void
keep(const char *sentence)
{
    const char *after = strstr(sentence, path);

    strcat(warnings, after != NULL ? after + strlen(path) : sentence);
    strcat(warnings, "\n");
}

static void
rewrite(const char *lines)
{
    FILE *file = fopen(path, "w");

    fputs(lines, file);
    fclose(file);
}

static void
start_with(const char *lines)
{
    rewrite(lines);
    warnings[0] = 0;
    rs_suppress_start(path, keep);
}

/* freeze, called by make, called by the interpreter for setup(). */
static struct rs_finding
some_finding(void)
{
    struct rs_finding found = fake_finding();

    fake_add_stack(
        &found, RS_ROLE_ACT, RS_EV_IMMORTALIZED, 1,
        FAKE_STACK(FAKE_CALL(FAKE_EXTENSION, 0), FAKE_CALL(FAKE_EXTENSION, 1),
                   FAKE_CALL(FAKE_HOST, 1), FAKE_PYTHON | 1, FAKE_PYTHON | 0));
    fake_add_stack(&found, RS_ROLE_FIRST_FOREIGN, RS_EV_INCREF, 2,
                   FAKE_STACK(FAKE_CALL(FAKE_EXTENSION, 2), FAKE_PYTHON | 2));
    return found;
}

/* Runs in a child, so that each row starts with no rules. */
static int
is_silenced_by(const char *lines)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        struct rs_finding found = some_finding();

        start_with(lines);
        _exit(rs_suppress_matches(&found) + (warnings[0] != 0) * 2);
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
test_patterns(void)
{
    static const struct {
        const char *line;
        int is_silenced;
    } rows[] = {
        {"immortalize-shared:freeze", 1},
        {"immortalize-shared:reez", 1}, /* anywhere */
        {"immortalize-shared:^freeze$", 1},
        {"immortalize-shared:^reeze", 0},
        {"immortalize-shared:freez$", 0},
        {"immortalize-shared:^f*e$", 1},
        {"immortalize-shared:f*z*e", 1},
        {"immortalize-shared:f*zz", 0},
        {"immortalize-shared:*", 1},
        {"*:freeze", 1},
        {"*:*", 1},
        {"count-underflow:freeze", 0},  /* another kind */
        {"immortalize-shared:walk", 1}, /* the other stack */
        {"immortalize-shared:PyDict_DelItem", 0},
        {"immortalize-shared:eval", 1}, /* the interpreter's frames count */
        {"immortalize-shared:tests.py", 1},
        {"immortalize-shared:demo.so", 1},
        {"immortalize-shared:top:freeze", 1},
        {"immortalize-shared:top:make", 0},
        {"immortalize-shared:top:setup", 1},
        {"immortalize-shared:top:<module>", 0},
        {"immortalize-shared:py:setup", 1},
        {"immortalize-shared:py:freeze", 0},
        {"immortalize-shared:top:py:<module>", 0},
        {"immortalize-shared:lib:demo", 1},
        {"immortalize-shared:lib:freeze", 0},
        {"immortalize-shared:lib:^/lib/demo.so$", 1},
        {"immortalize-shared:type:^demo.Thing$", 1},
        {"immortalize-shared:type:dict", 0},
        {"immortalize-shared:type:freeze", 0},
        {"immortalize-shared:nowhere:freeze", 0}, /* a pattern with ":" */
        {"# immortalize-shared:freeze", 0},
        {"immortalize-shared:freeze # because", 1},
        {"  immortalize-shared:freeze\t\r\n\n", 1},
        {"count-underflow:x\nimmortalize-shared:freeze", 1},
        {"", 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        UNIT_ROW(rows[i].line);
        UNIT_EQ(is_silenced_by(rows[i].line), rows[i].is_silenced);
    }
    UNIT_ROW(NULL);
}

/* A finding without stacks can be silenced by kind or by type. */
static void
test_without_stacks(void)
{
    struct rs_finding found = fake_finding();

    start_with("immortalize-shared:freeze");
    UNIT_CHECK(!rs_suppress_matches(&found));
    start_with("*:*");
    UNIT_CHECK(rs_suppress_matches(&found));
}

static void
test_broken_lines(void)
{
    start_with("nonsense\n\nno-such-kind:x\ncount-underflow:\n"
               "count-underflow:^$\n");
    UNIT_STR_EQ(warnings,
                ":1: a suppression is kind:pattern: 'nonsense'\n"
                ":3: there is no such kind of bug: 'no-such-kind:x'\n"
                ":4: the pattern is empty: 'count-underflow:'\n"
                ":5: the pattern is empty: 'count-underflow:^$'\n");
    warnings[0] = 0;
    rs_suppress_start("/nowhere/at/all", keep);
    UNIT_STR_EQ(warnings, "suppressions: cannot read '/nowhere/at/all'\n");
}

/* Known ones come after the user's, and are listed by line when they match. */
static void
test_known(void)
{
    struct rs_finding found = fake_finding();
    char text[256];
    int status;
    pid_t child = fork();

    if (child == 0) {
        start_with("leak:x\n");
        rewrite("# Project: words\n*:*\nleak:y\n");
        rs_suppress_start_known(path, keep);
        rs_suppress_start_known(NULL, keep);
        UNIT_CHECK(rs_suppress_matches(&found));
        rs_suppress_print(text, sizeof(text));
        UNIT_STR_EQ(text, "1 known.supp:2 *:*\n0 leak:x\n");
        _exit(unit_result());
    }
    waitpid(child, &status, 0);
    UNIT_EQ(status, 0);
}

/* After the tests above: the two rules of test_without_stacks(), one used. */
static void
test_print(void)
{
    char text[256];
    size_t bytes = rs_suppress_print(text, sizeof(text));

    UNIT_EQ(bytes, strlen(text));
    UNIT_STR_EQ(text, "1 *:*\n0 immortalize-shared:freeze\n");
}

int
main(void)
{
    close(mkstemp(path));
    rs_stack_start(1 << 20);
    fake_host(RS_LAYOUT_FREE_THREADED);
    test_patterns();
    test_known();
    test_without_stacks();
    test_broken_lines();
    test_print();
    unlink(path);
    return unit_result();
}
