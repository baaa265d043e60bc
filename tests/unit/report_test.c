/* SPDX-License-Identifier: MIT */
/* report_test.c -- findings made by hand, in words and as JSON; which frames
 * are shown; what is said once, or not at all. */
#include "report/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_symbols.h"
#include "base/options.h"
#include "report/output.h"
#include "report/suppress.h"
#include "unit.h"
#include "stack/frame_filter.h"

static char text[RS_REPORT_BYTES];

static void
refuse(const char *sentence)
{
    UNIT_STR_EQ(sentence, "no warning");
}

static const char *
report(const struct rs_finding *found)
{
    rs_report_text(found, text, sizeof(text), false);
    return text;
}

static struct rs_finding
shared_finding(void)
{
    struct rs_finding found = fake_finding();
    rs_stack foreign =
        FAKE_STACK(FAKE_CALL(FAKE_EXTENSION, 2), FAKE_CALL(FAKE_LIBC, 0),
                   FAKE_CALL(FAKE_LIBC, 1));
    rs_stack act =
        FAKE_STACK(FAKE_CALL(FAKE_EXTENSION, 0), FAKE_CALL(FAKE_HOST, 1),
                   FAKE_CALL(FAKE_HOST, 2), FAKE_PYTHON | 1, FAKE_PYTHON | 0);

    fake_add_stack(&found, RS_ROLE_ACT, RS_EV_IMMORTALIZED, 1, act);
    fake_add_stack(&found, RS_ROLE_FIRST_FOREIGN, RS_EV_INCREF, 2, foreign);
    fake_add_stack(&found, RS_ROLE_BIRTH, RS_EV_BORN, 1, RS_STACK_NONE);
    found.history_count = 2;
    found.history[0] = (struct rs_past_act){.op = RS_EV_INCREF,
                                            .slot = 2,
                                            .stack = foreign,
                                            .count_before = 2,
                                            .count_after = 3};
    found.history[1] = (struct rs_past_act){.op = RS_EV_IMMORTALIZED,
                                            .slot = 1,
                                            .stack = act,
                                            .count_before = 3,
                                            .count_after = INT32_MIN};
    return found;
}

static void
test_whole_text(void)
{
    struct rs_finding found = shared_finding();

    UNIT_STR_EQ(
        report(&found),
        "refsan: immortalize-shared: object made immortal while others could "
        "see it\n"
        "  object  0x7f0010  <demo.Thing>  refcount local 1 + shared 2 = 3, "
        "owner T1 'python', live, shared\n"
        "  made immortal by thread T1 'python':\n"
        "    #0 0x10039 in freeze (/lib/demo.so+0x39) (BuildId: 0123abcd)\n"
        "    #1 in setup /home/me/app.py:7 (python)\n"
        "    #2 in <module> /home/me/app.py:12 (python)\n"
        "  because  another thread has operated on it\n"
        "           it has 3 references\n"
        "  first touched by a thread other than its creator: incref by thread "
        "T2 'worker' (created by T1 'python'):\n"
        "    #0 0x10239 in walk (/lib/demo.so+0x239) (BuildId: 0123abcd)\n"
        "  created by thread T1 'python':\n"
        "    (stack not recorded)\n"
        "  history  oldest first: thread, operation, refcount, place\n"
        "    1.  T2   incref              2 -> 3     in walk "
        "(/lib/demo.so+0x239)\n"
        "    2.  T1   immortalized        3 -> ?     in freeze "
        "(/lib/demo.so+0x39)\n"
        "  fix      call PyUnstable_SetImmortal right after creating the "
        "object, before it is stored or passed anywhere, and check that it "
        "returned 1\n"
        "  suppress immortalize-shared:freeze\n"
        "  docs     docs/reports.md#immortalize-shared\n\n");
}

/* A dying object: who released it last, where that thread is now; both in
 * words and as JSON. */
static void
test_dying(void)
{
    struct rs_finding found = fake_finding();
    rs_stack act = FAKE_STACK(FAKE_CALL(FAKE_EXTENSION, 2));
    rs_stack zero = FAKE_STACK(FAKE_CALL(FAKE_EXTENSION, 0));
    rs_stack running =
        FAKE_STACK(FAKE_CALL(FAKE_EXTENSION, 3), FAKE_CALL(FAKE_EXTENSION, 0));

    found.kind = RS_BUG_INCREF_AFTER_ZERO;
    found.op = RS_EV_INCREF;
    fake_add_stack(&found, RS_ROLE_ACT, RS_EV_INCREF, 2, act);
    fake_add_stack(&found, RS_ROLE_ZERO, RS_EV_DECREF, 1, zero);
    fake_add_stack(&found, RS_ROLE_DEATH, RS_EV_GONE, 1, RS_STACK_NONE);
    fake_add_stack(&found, RS_ROLE_LIVE, RS_EV_GONE, 1, running);
    UNIT_CHECK(strstr(report(&found),
                      "  reference count reached zero in decref by thread T1 "
                      "'python':\n"
                      "    #0 0x10039 in freeze (/lib/demo.so+0x39) (BuildId: "
                      "0123abcd)\n"
                      "  deallocation had begun by thread T1 'python':\n"
                      "    (stack not recorded)\n"
                      "  deallocation is running by thread T1 'python':\n"
                      "    #0 0x10339 in helper (/lib/demo.so+0x339) "
                      "(BuildId: 0123abcd)\n"
                      "    #1 0x10039 in freeze") != NULL);
    rs_report_json(&found, text, sizeof(text));
    UNIT_CHECK(strstr(text, "{\"role\":\"live\",\"thread\":1,\"op\":"
                            "\"gone\",\"frames\":[{\"function\":"
                            "\"helper\",") != NULL);
}

static void
test_counts(void)
{
    static const struct {
        const char *words;
        struct rs_header header;
    } rows[] = {
        {"refcount local 0 + shared 4 = 4 (merged)",
         {.layout = RS_LAYOUT_FREE_THREADED,
          .shared = 4 << RS_SHARED_SHIFT | RS_SHARED_MERGED}},
        {"refcount local 1 + shared -1 = 0 (queued), owner T1 'python'",
         {.layout = RS_LAYOUT_FREE_THREADED,
          .local = 1,
          .owner = 7,
          .shared = -(1 << RS_SHARED_SHIFT) + RS_SHARED_QUEUED}},
        {"refcount local 1 + shared 0 = 1 (weakref), deferred",
         {.layout = RS_LAYOUT_FREE_THREADED,
          .local = 1,
          .gc_bits = RS_GC_DEFERRED,
          .shared =
              RS_DEFERRED_BIAS << RS_SHARED_SHIFT | RS_SHARED_MAYBE_WEAKREF}},
        {"refcount immortal",
         {.layout = RS_LAYOUT_FREE_THREADED, .local = RS_LOCAL_IMMORTAL}},
        {"refcount 5", {.layout = RS_LAYOUT_SPLIT, .local = 5}},
        {"refcount immortal",
         {.layout = RS_LAYOUT_SPLIT,
          .local = RS_SPLIT_IMMORTAL,
          .flags = RS_SPLIT_IMMORTAL_FLAG}},
        {"refcount 0xffffffff (wrapped below zero)",
         {.layout = RS_LAYOUT_SPLIT, .local = UINT32_MAX}},
        {"refcount 2", {.layout = RS_LAYOUT_WIDE, .shared = 2}},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct rs_finding found = fake_finding();
        char line[128];

        UNIT_ROW(rows[i].words);
        found.object.header = rows[i].header;
        found.object.owner = rows[i].header.owner != 0;
        snprintf(line, sizeof(line), "<demo.Thing>  %s, %s", rows[i].words,
                 found.object.owner != 0 ? "live" : "created by T1 'python'");
        UNIT_CHECK(strstr(report(&found), line) != NULL);
    }
    UNIT_ROW(NULL);
}

static void
test_unknowns(void)
{
    struct rs_finding found = {.kind = RS_BUG_REFOP_DETACHED,
                               .op = RS_EV_DECREF,
                               .object = {.address = 16, .interpreter = -1}};

    fake_add_stack(&found, RS_ROLE_ACT, RS_EV_DECREF, 0, RS_STACK_NONE);
    report(&found);
    UNIT_CHECK(strstr(text, "\n  object  0x10  <unknown type>  refcount not "
                            "read\n  decref:\n    (stack not recorded)\n  "
                            "fix") != NULL);
    UNIT_CHECK(strstr(text, "\n  suppress refop-detached:*\n") != NULL);
    found.stacks[0].stack = FAKE_STACK(FAKE_CALL(FAKE_STRIPPED, 0));
    UNIT_CHECK(strstr(report(&found),
                      "\n  suppress refop-detached:lib:other.so\n") != NULL);
    found.stacks[0].stack = FAKE_STACK(FAKE_CALL(FAKE_HOST, 1), FAKE_PYTHON);
    UNIT_CHECK(strstr(report(&found),
                      "\n  suppress refop-detached:py:<module>\n") != NULL);
}

static void
test_visible_frames(void)
{
    enum {
        EXT = FAKE_EXTENSION,
        HOST = FAKE_HOST,
        LIBC = FAKE_LIBC,
        EXE = FAKE_EXECUTABLE,
    };
    static const struct {
        const char *name;
        rs_frame frames[8];
        rs_frame visible[8];
    } rows[] = {
        {"an API between two of ours stays",
         {FAKE_CALL(EXT, 0), FAKE_CALL(HOST, 3), FAKE_CALL(HOST, 0),
          FAKE_CALL(EXT, 1), FAKE_CALL(HOST, 1), FAKE_CALL(LIBC, 0),
          FAKE_PYTHON},
         {FAKE_CALL(EXT, 0), FAKE_CALL(HOST, 0), FAKE_CALL(EXT, 1),
          FAKE_PYTHON}},
        {"the API that did it stays",
         {FAKE_CALL(HOST, 3), FAKE_CALL(HOST, 0), FAKE_CALL(EXT, 1),
          FAKE_CALL(HOST, 1)},
         {FAKE_CALL(HOST, 0), FAKE_CALL(EXT, 1)}},
        {"Python alone",
         {FAKE_CALL(HOST, 1), FAKE_CALL(HOST, 2), FAKE_PYTHON,
          FAKE_PYTHON | 1},
         {FAKE_PYTHON, FAKE_PYTHON | 1}},
        {"main() where it does it itself",
         {FAKE_CALL(EXT, 0), FAKE_CALL(EXE, 0), FAKE_CALL(LIBC, 2),
          FAKE_CALL(EXE, 1), 1},
         {FAKE_CALL(EXT, 0), FAKE_CALL(EXE, 0)}},
        {"main() where it runs Python",
         {FAKE_CALL(EXT, 0), FAKE_CALL(HOST, 1), FAKE_CALL(EXE, 0),
          FAKE_CALL(LIBC, 2), FAKE_CALL(EXE, 1), FAKE_PYTHON},
         {FAKE_CALL(EXT, 0), FAKE_PYTHON}},
        {"nothing but the interpreter: its innermost frame",
         {FAKE_CALL(HOST, 1), FAKE_CALL(HOST, 2)},
         {FAKE_CALL(HOST, 1)}},
        {"no interpreter",
         {FAKE_CALL(EXT, 0), FAKE_CALL(EXT, 1)},
         {FAKE_CALL(EXT, 0), FAKE_CALL(EXT, 1)}},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rs_frame visible[RS_STACK_FRAMES_MAX] = {0};
        unsigned count = 0;
        unsigned wanted = 0;

        while (count < 8 && rows[i].frames[count] != 0)
            count++;
        while (wanted < 8 && rows[i].visible[wanted] != 0)
            wanted++;
        UNIT_ROW(rows[i].name);
        UNIT_EQ(rs_frame_filter_frames(rs_stack_put(rows[i].frames, count),
                                       visible, RS_STACK_FRAMES_MAX),
                wanted);
        for (unsigned k = 0; k < wanted; k++)
            UNIT_EQ(visible[k], rows[i].visible[k]);
    }
    UNIT_ROW(NULL);
    UNIT_EQ(rs_frame_filter_frames(RS_STACK_NONE, NULL, 0), 0);
}

static void
test_cut_text_ends_in_a_newline(void)
{
    struct rs_finding found = shared_finding();
    size_t bytes = rs_report_text(&found, text, 200, false);

    UNIT_EQ(bytes, 199);
    UNIT_EQ(text[198], '\n');
}

static void
test_json(void)
{
    struct rs_finding found = shared_finding();
    char wanted[128];
    size_t bytes;

    found.fingerprint = UINT64_C(0x123456789abcdef);
    found.follows = 0xf;
    bytes = rs_report_json(&found, text, sizeof(text));
    UNIT_EQ(bytes, strlen(text));
    snprintf(wanted, sizeof(wanted),
             "\"fingerprint\":\"0123456789abcdef\",\"follows\":"
             "\"000000000000000f\",\"pid\":%d,",
             getpid());
    UNIT_CHECK(strstr(text, ",\"suppress\":\"immortalize-shared:freeze\"}") !=
               NULL);
    UNIT_CHECK(strstr(text, wanted) != NULL);
    UNIT_CHECK(strncmp(text,
                       "{\"schema\":1,\"kind\":\"immortalize-shared\","
                       "\"severity\":\"error\",\"summary\":",
                       30) == 0);
    UNIT_CHECK(strstr(text, "\"host\":\"CPython 3.15.0b2, free-threaded, "
                            "static\",\"tier\":\"stock\"") != NULL);
    UNIT_CHECK(strstr(text, "\"evidence\":[\"foreign-operation\","
                            "\"many-references\"]") != NULL);
    UNIT_CHECK(strstr(text, "\"object\":{\"address\":\"0x7f0010\",\"type\":"
                            "\"demo.Thing\",\"state\":\"live\",\"marks\":["
                            "\"shared\"],\"owner\":1,\"creator\":1,\"counts\":"
                            "{\"total\":3,\"local\":1,\"shared\":2,"
                            "\"shared_state\":null,\"deferred\":false,"
                            "\"immortal\":false},\"interpreter\":0,"
                            "\"generation\":1}") != NULL);
    UNIT_CHECK(strstr(text, "{\"id\":2,\"name\":\"worker\",\"created_by\":1,"
                            "\"tid\":101,\"ended\":false}") != NULL);
    UNIT_CHECK(strstr(text, "{\"role\":\"act\",\"thread\":1,\"op\":"
                            "\"immortalized\",\"frames\":[{\"function\":"
                            "\"freeze\",\"file\":null,\"line\":null,"
                            "\"module\":\"/lib/demo.so\",\"build_id\":"
                            "\"0123abcd\",\"offset\":\"0x39\",\"address\":"
                            "\"0x10039\"},") != NULL);
    UNIT_CHECK(strstr(text, "\"address\":\"0x20139\",\"interpreter\":true}") !=
               NULL);
    UNIT_CHECK(strstr(text, "\"python\":[{\"function\":\"setup\",\"file\":"
                            "\"/home/me/app.py\",\"line\":7},") != NULL);
    UNIT_CHECK(strstr(text, "\"count_before\":3,\"count_after\":null}") !=
               NULL);
    UNIT_CHECK(strchr(text, '\n') == NULL);
}

/* A line that is too long is still JSON. */
static void
test_cut_json(void)
{
    struct rs_finding found = shared_finding();
    size_t bytes = rs_report_json(&found, text, 1600);

    UNIT_EQ(text[bytes - 1], '}');
    UNIT_CHECK(strstr(text, ",\"cut\":true,") != NULL);
    UNIT_CHECK(strstr(text, "\"stacks\"") == NULL);
}

static void
test_fingerprint(void)
{
    struct rs_finding found = shared_finding();
    struct rs_finding same = shared_finding();
    struct rs_finding other = shared_finding();
    uint64_t hash = rs_report_fingerprint(&found);

    /* Another object, line, thread and caller; a recursion; made elsewhere. */
    same.object.address = 0x99990;
    same.stacks[0].stack = FAKE_STACK(
        FAKE_CALL(FAKE_EXTENSION, 0) + 8, FAKE_CALL(FAKE_EXTENSION, 0),
        FAKE_CALL(FAKE_EXTENSION, 3), FAKE_PYTHON | 2);
    same.stacks[1].stack = FAKE_STACK(FAKE_CALL(FAKE_EXTENSION, 1));
    same.stacks[2].stack = FAKE_STACK(FAKE_CALL(FAKE_EXTENSION, 1));
    same.stacks[0].slot = 2;
    UNIT_EQ(rs_report_fingerprint(&same) == hash, true);
    /* Another function, operation or kind. */
    other.stacks[0].stack = FAKE_STACK(FAKE_CALL(FAKE_EXTENSION, 3),
                                       FAKE_PYTHON | 1, FAKE_PYTHON | 0);
    UNIT_EQ(rs_report_fingerprint(&other) == hash, false);
    other = shared_finding();
    other.op = RS_EV_DECREF;
    UNIT_EQ(rs_report_fingerprint(&other) == hash, false);
    other = shared_finding();
    other.kind = RS_BUG_IMMORTALIZE_FOREIGN;
    UNIT_EQ(rs_report_fingerprint(&other) == hash, false);
}

/* What made the act wrong does not tell bugs apart: in a race it is seen now and
 * then only. Code without names is known by its offset; of a call whose answer
 * nobody looks at the module is enough. */
static void
test_fingerprint_of_act(void)
{
    struct rs_finding found = shared_finding();
    struct rs_finding other = shared_finding();

    found.stacks[1].role = other.stacks[1].role = RS_ROLE_ZERO;
    other.stacks[1].stack = FAKE_STACK(FAKE_CALL(FAKE_EXTENSION, 1));
    UNIT_EQ(rs_report_fingerprint(&found) == rs_report_fingerprint(&other),
            true);
    found.kind = other.kind = RS_BUG_IMMORTALIZE_REFUSED;
    other.stacks[0].stack = other.stacks[1].stack;
    UNIT_EQ(rs_report_fingerprint(&found) == rs_report_fingerprint(&other),
            true);
    found.kind = other.kind = RS_BUG_DEFER_SHARED;
    found.stacks[0].stack = FAKE_STACK(FAKE_CALL(FAKE_STRIPPED, 0));
    other.stacks[0].stack = FAKE_STACK(FAKE_CALL(FAKE_STRIPPED, 1));
    other.stacks[1] = found.stacks[1];
    UNIT_EQ(rs_report_fingerprint(&found) == rs_report_fingerprint(&other),
            false);
}

/* What rs_report() writes to stderr. */
static const char *
said(struct rs_finding *found)
{
    int keep = dup(STDERR_FILENO);
    char name[] = "/tmp/refsan-report-XXXXXX";
    int file = mkstemp(name);
    ssize_t bytes;

    unlink(name);
    dup2(file, STDERR_FILENO);
    rs_report(found);
    dup2(keep, STDERR_FILENO);
    close(keep);
    bytes = pread(file, text, sizeof(text) - 1, 0);
    text[bytes > 0 ? bytes : 0] = 0;
    close(file);
    return text;
}

static void
test_said_once(void)
{
    struct rs_finding found = shared_finding();

    UNIT_EQ(rs_report_exit_status(0), 0);
    UNIT_CHECK(strncmp(said(&found), "refsan: immortalize-shared:", 27) == 0);
    found.object.address += 64; /* another object, the same functions */
    found.stacks[1].stack = RS_STACK_NONE;
    UNIT_STR_EQ(said(&found), "");
    UNIT_EQ(rs_report_errors(), 2);
    found.stacks[0].stack = FAKE_STACK(FAKE_CALL(FAKE_EXTENSION, 3));
    UNIT_CHECK(said(&found)[0] != 0);
    UNIT_EQ(rs_report_errors(), 3);
    UNIT_EQ(rs_report_exit_status(0), 66);
    UNIT_EQ(rs_report_exit_status(3), 3);
}

static void
test_warnings_do_not_change_the_status(void)
{
    struct rs_finding found = shared_finding();

    rs_report_after_fork(); /* counts begin anew */
    found.kind = RS_BUG_IMMORTALIZE_REFUSED;
    said(&found);
    UNIT_EQ(rs_report_warnings(), 1);
    UNIT_EQ(rs_report_errors(), 0);
    UNIT_EQ(rs_report_exit_status(0), 0);
    rs_options_start("warnings_are_errors=1", refuse);
    UNIT_EQ(rs_report_exit_status(0), 66);
    rs_options_start("warnings_are_errors=0", refuse);
}

/* What is found of an object that something was found of before. */
static void
test_consequences(void)
{
    struct rs_finding found = shared_finding();
    uint64_t first;

    rs_report_after_fork();
    found.object.address = 0x8800;
    found.kind = RS_BUG_INCREF_AFTER_ZERO;
    said(&found);
    first = found.fingerprint;
    UNIT_EQ(found.follows, 0);
    /* The same kind, or the same function: one error. */
    found.stacks[0].stack = FAKE_STACK(FAKE_CALL(FAKE_EXTENSION, 2));
    UNIT_CHECK(strstr(said(&found), "\n  follows  ") != NULL);
    UNIT_EQ(found.follows == first, true);
    UNIT_EQ(rs_report_errors(), 1);
    UNIT_EQ(rs_report_consequences(), 1);
    /* Neither: an error all the same. */
    found.kind = RS_BUG_DECREF_AFTER_ZERO;
    UNIT_CHECK(said(&found)[0] != 0);
    UNIT_EQ(found.follows == first, true);
    UNIT_EQ(rs_report_errors(), 2);
    /* What says nothing of the object; and its successor. */
    found.kind = RS_BUG_REFOP_DETACHED;
    said(&found);
    UNIT_EQ(found.follows, 0);
    found.kind = RS_BUG_DECREF_AFTER_ZERO;
    found.object.word =
        rs_word_next(found.object.word, rs_word_make(RS_STATE_LIVE, 1).bits);
    said(&found);
    UNIT_EQ(found.follows, 0);
    UNIT_EQ(rs_report_errors(), 4);
}

/* A suppression is asked about each pair of stacks, though a bug is said once:
 * one that was silenced does not silence its like, and is not counted with it.
 */
static void
test_silenced_in_part(void)
{
    struct rs_finding found = shared_finding();
    struct rs_finding like = shared_finding();
    char path[] = "/tmp/refsan-report-XXXXXX";
    int file = mkstemp(path);

    dprintf(file, "immortal-lost:test_all\n");
    close(file);
    rs_suppress_start(path, refuse);
    unlink(path);
    rs_report_after_fork();
    found.kind = like.kind = RS_BUG_IMMORTAL_LOST;
    like.stacks[0].stack =
        FAKE_STACK(FAKE_CALL(FAKE_EXTENSION, 0), FAKE_PYTHON | 2);
    UNIT_STR_EQ(said(&like), "");
    UNIT_CHECK(said(&found)[0] != 0);
    UNIT_STR_EQ(said(&like), "");
    UNIT_EQ(like.fingerprint == found.fingerprint, true);
    UNIT_EQ(rs_report_silenced(), 2);
    UNIT_EQ(rs_report_errors(), 1);
}

/* Silenced findings count as that, the second time, too. */
static void
test_silenced(void)
{
    struct rs_finding found = shared_finding();
    char path[] = "/tmp/refsan-report-XXXXXX";
    int file = mkstemp(path);

    dprintf(file, "defer-shared:freeze\n");
    close(file);
    rs_suppress_start(path, refuse);
    unlink(path);
    rs_report_after_fork();
    found.kind = RS_BUG_DEFER_SHARED;
    UNIT_STR_EQ(said(&found), "");
    UNIT_STR_EQ(said(&found), "");
    UNIT_EQ(rs_report_silenced(), 2);
    UNIT_EQ(rs_report_errors(), 0);
}

static void
test_report_limit(void)
{
    struct rs_finding found = shared_finding();

    rs_report_after_fork();
    rs_options_start("report_limit=1", refuse);
    found.kind = RS_BUG_COUNT_UNDERFLOW;
    found.object.address = 0x9900;
    UNIT_CHECK(strstr(said(&found), "count-underflow") != NULL);
    found.kind = RS_BUG_HEADER_BROKEN;
    found.object.address += 64;
    UNIT_STR_EQ(said(&found), "refsan: report_limit is reached: from now on "
                              "findings are only counted\n");
    found.kind = RS_BUG_IMMORTAL_DEALLOC;
    found.object.address += 64;
    UNIT_STR_EQ(said(&found), "");
    UNIT_EQ(rs_report_errors(), 3);
    rs_options_start("report_limit=1000", refuse);
}

static void
test_halt(void)
{
    struct rs_finding found = shared_finding();
    int status;
    pid_t child;

    found.kind = RS_BUG_TRYINCREF_NOT_ENABLED;
    child = fork();
    if (child == 0) {
        rs_options_start("halt_on_error=1:exitcode=5", refuse);
        close(STDERR_FILENO);
        open("/dev/null", O_WRONLY);
        rs_report(&found);
        _exit(0);
    }
    waitpid(child, &status, 0);
    UNIT_EQ(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 5);
}

static void
test_expand(void)
{
    char path[64];
    char wanted[64];

    UNIT_CHECK(rs_output_expand("/a/%%/%p.%e", path, sizeof(path)));
    snprintf(wanted, sizeof(wanted), "/a/%%/%d.", getpid());
    UNIT_EQ(strncmp(path, wanted, strlen(wanted)), 0);
    UNIT_STR_EQ(strrchr(path, '.') + 1, program_invocation_short_name);
    UNIT_CHECK(rs_output_expand("%t", path, sizeof(path)));
    UNIT_CHECK(atol(path) > 1700000000);
    UNIT_CHECK(!rs_output_expand("%x", path, sizeof(path)));
    UNIT_CHECK(!rs_output_expand("x%", path, sizeof(path)));
    UNIT_CHECK(!rs_output_expand("0123456789", path, 10));
}

int
main(void)
{
    rs_stack_start(1 << 20);
    rs_options_start("color=never", refuse);
    rs_report_start(NULL, NULL);
    fake_host(RS_LAYOUT_FREE_THREADED);
    test_whole_text();
    test_dying();
    test_counts();
    test_unknowns();
    test_visible_frames();
    test_cut_text_ends_in_a_newline();
    test_json();
    test_cut_json();
    test_fingerprint();
    test_fingerprint_of_act();
    test_said_once();
    test_warnings_do_not_change_the_status();
    test_consequences();
    test_silenced();
    test_silenced_in_part();
    test_report_limit();
    test_halt();
    test_expand();
    return unit_result();
}
