/* SPDX-License-Identifier: MIT */
/* host_test.c -- recognising, refusing and reading a CPython: a fake one, with
 * the GIL. The real ones are asked by tests/contract/host.py. */
#include "host/cpython_abi.h"
#include "host/host.h"

#include "unit.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_cpython.h"
#include "host/lines.h"
#include "host/top_frame.h"

#define VERSION 0x030f02f0u

static void
break_nothing(void)
{
}

static void
break_basic_size(void)
{
    fake_put(PyBaseObject_Type, FAKE_HEADER + 16, 32);
}

static void
break_type(void)
{
    fake_put(PyBaseObject_Type, FAKE_TYPE, 0);
}

static void
break_offset(void)
{
    fake_put(_PyRuntime, 320, 70000);
}

static void
break_build(void)
{
    fake_put(_PyRuntime, 16, 1); /* says free-threaded, exports say not */
}

static void
break_cookie(void)
{
    _PyRuntime[0] = 0;
}

/* A process looks for its host once, so each row has a process. */
static void
test_recognise(void)
{
    static const struct {
        const char *name;
        uint32_t version;
        void (*break_it)(void);
        enum rs_host_kind kind;
        const char *refusal;
    } rows[] = {
        {"3.15", VERSION, break_nothing, RS_HOST_CPYTHON, ""},
        {"3.15 beta", 0x030f00b1, break_nothing, RS_HOST_CPYTHON, ""},
        {"3.11", 0x030b07f0, break_cookie, RS_HOST_REFUSED,
         "CPython 3.11.7 is older than refsan knows (" RS_CPYTHON_KNOWN ")"},
        {"3.10", 0, break_cookie, RS_HOST_REFUSED,
         "this Python is older than refsan knows (" RS_CPYTHON_KNOWN ")"},
        {"too new", 0x037f0000, break_nothing, RS_HOST_REFUSED,
         "CPython 3.127.0 is newer than refsan knows (" RS_CPYTHON_KNOWN ")"},
        {"basic size", VERSION, break_basic_size, RS_HOST_REFUSED,
         "CPython 3.15.2 is built in a way refsan does not know "
         "(Py_TRACE_REFS, 32 bits, or no CPython)"},
        {"type of types", VERSION, break_type, RS_HOST_REFUSED, NULL},
        {"absurd offset", VERSION, break_offset, RS_HOST_REFUSED, NULL},
        {"build", VERSION, break_build, RS_HOST_REFUSED, NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int status = -1;
        pid_t child = fork();

        UNIT_ROW(rows[i].name);
        if (child == 0) {
            fake_start(rows[i].version);
            rows[i].break_it();
            UNIT_CHECK(rs_host_find());
            UNIT_CHECK(!rs_host_find());
            UNIT_EQ(rs_host->kind, rows[i].kind);
            if (rows[i].refusal != NULL)
                UNIT_STR_EQ(rs_host->refusal, rows[i].refusal);
            else
                UNIT_CHECK(rs_host->refusal[0] != '\0');
            _exit(unit_state.failures != 0);
        }
        waitpid(child, &status, 0);
        UNIT_EQ(status, 0);
    }
    UNIT_ROW(NULL);
}

static void
test_facts(void)
{
    UNIT_EQ(rs_host->kind, RS_HOST_NONE);
    UNIT_CHECK(rs_host_attached() == NULL);
    UNIT_EQ(rs_host_life(), RS_HOST_NOT_YET);
    UNIT_EQ(rs_host_interpreter(), -1);
    fake_start(VERSION);
    UNIT_CHECK(rs_host_find());
    UNIT_EQ(rs_host->kind, RS_HOST_CPYTHON);
    UNIT_EQ(rs_host->version, VERSION);
    UNIT_EQ(rs_host->layout, RS_LAYOUT_SPLIT);
    UNIT_CHECK(!rs_host->is_free_threaded && !rs_host->is_debug);
    UNIT_CHECK(!rs_host->is_shared);
    UNIT_CHECK(rs_host->has_tracer && rs_host->has_frames);
    UNIT_CHECK(rs_host_has_code((uintptr_t)test_facts));
    UNIT_CHECK(!rs_host_has_code((uintptr_t)&fake));
    UNIT_CHECK(rs_host_symbol("_PyRuntime") == _PyRuntime);
    UNIT_CHECK(rs_host_symbol("getauxval") == NULL);
}

static void
test_life(void)
{
    fake.thread = NULL;
    UNIT_EQ(rs_host_life(), RS_HOST_NOT_YET);
    /* 3.15 says "initialized" late: an interpreter and a thread come first. */
    fake_put(_PyRuntime, 904, 1);
    fake.thread = fake_thread(NULL, 0);
    UNIT_CHECK(rs_host_attached() == fake.thread);
    UNIT_EQ(rs_host_life(), RS_HOST_RUNNING);
    fake.thread = NULL;
    UNIT_EQ(rs_host_life(), RS_HOST_RUNNING);
    fake.is_initialized = 1;
    UNIT_EQ(rs_host_life(), RS_HOST_RUNNING);
    UNIT_CHECK(!rs_host_is_finalizing());
    /* Py_FinalizeEx at work: over for all but the thread that runs it. */
    fake.is_initialized = 0;
    fake.is_finalizing = 1;
    fake_put(_PyRuntime, 896, 1);
    UNIT_EQ(rs_host_life(), RS_HOST_FINALIZED);
    UNIT_CHECK(rs_host_is_finalizing());
    fake.thread = fake_thread(NULL, 0);
    UNIT_EQ(rs_host_life(), RS_HOST_RUNNING);
    fake.thread = NULL;
    fake_put(_PyRuntime, 904, 0);
    UNIT_EQ(rs_host_life(), RS_HOST_FINALIZED);
    /* And again from the start. */
    fake_put(_PyRuntime, 896, 0);
    fake_put(_PyRuntime, 904, 1);
    fake.is_initialized = 1;
    fake.is_finalizing = 0;
    UNIT_EQ(rs_host_life(), RS_HOST_RUNNING);
}

/* In a callback of TSan's the host's functions wait for TSan. */
static void
test_calls_nothing(void)
{
    void *thread = fake_thread(NULL, 0);
    unsigned before = fake.calls;

    rs_host_call_nothing(true, thread);
    UNIT_CHECK(!rs_host_may_call());
    UNIT_CHECK(rs_host_attached() == thread);
    UNIT_EQ(rs_host_life(), RS_HOST_RUNNING);
    UNIT_CHECK(!rs_host_is_finalizing());
    UNIT_EQ(fake.calls, before);
    rs_host_call_nothing(false, NULL);
    UNIT_CHECK(rs_host_may_call());
    (void)rs_host_attached();
    UNIT_CHECK(fake.calls > before);
}

/* Whose GIL is it: in the interpreter's own state, or elsewhere? */
static void
test_interpreter(unsigned char *thread)
{
    unsigned char *interpreter;
    uint64_t word;

    memcpy(&word, thread + FAKE_THREAD_INTERPRETER, sizeof(word));
    interpreter = (unsigned char *)(uintptr_t)word;
    UNIT_EQ(rs_host_interpreter_of(thread).id, 7);
    UNIT_CHECK(!rs_host_interpreter_of(thread).has_gil);
    fake_put(interpreter, FAKE_INTERPRETER_GIL, word + 64);
    UNIT_CHECK(rs_host_interpreter_of(thread).has_own_gil);
    fake_put(interpreter, FAKE_INTERPRETER_GIL, word + FAKE_INTERPRETER_BYTES);
    UNIT_CHECK(rs_host_interpreter_of(thread).has_gil);
    UNIT_CHECK(!rs_host_interpreter_of(thread).has_own_gil);
    UNIT_EQ(rs_host_interpreter_of(NULL).id, -1);
    UNIT_CHECK(!rs_host_is_collecting(thread));
    fake_put(interpreter, FAKE_INTERPRETER_GC + FAKE_COLLECTING, 1);
    UNIT_CHECK(rs_host_is_collecting(thread));
    UNIT_CHECK(!rs_host_is_collecting(NULL));
}

static void
test_positions(void)
{
    void *outer = fake_code(fake_text("outer"), fake_text("a.py"), 10);
    void *inner = fake_code(fake_text("inner"), fake_text("a.py"), 20);
    void *frame = fake_frame(NULL, outer, 4, 0);
    struct rs_position positions[8];
    struct rs_raw_top top;
    void *thread;

    frame = fake_frame(frame, NULL, 0, 3); /* the interpreter's mark */
    frame = fake_frame(frame, inner, 8, 1);
    frame = fake_frame(frame, inner, 0, 0);
    fake_put(frame, FAKE_INSTRUCTION, 8); /* before its beginning */
    thread = fake_thread(frame, 7);
    UNIT_EQ(rs_host_positions(thread, positions, 8), 3);
    UNIT_EQ(positions[0].code, (uintptr_t)inner);
    UNIT_EQ(positions[0].lasti, 0);
    UNIT_EQ(positions[1].lasti, 8);
    UNIT_EQ(positions[2].code, (uintptr_t)outer);
    UNIT_EQ(positions[2].lasti, 4);
    UNIT_EQ(rs_host_positions(thread, positions, 2), 2);
    UNIT_EQ(rs_host_positions(thread, positions, 0), 0);
    UNIT_EQ(rs_host_positions(NULL, positions, 8), 0);
    UNIT_EQ(rs_host_positions(fake_thread(NULL, 0), positions, 8), 0);
    UNIT_EQ(rs_host_raw_top(NULL).code_word, 0);
    top = rs_host_raw_top(fake_thread(fake_frame(NULL, inner, 8, 0), 0));
    UNIT_CHECK(rs_host_resolve_top(top.code_word, top.instruction_low,
                                   &positions[0]));
    UNIT_EQ(positions[0].code, (uintptr_t)inner);
    UNIT_EQ(positions[0].lasti, 8);
    UNIT_CHECK(!rs_host_resolve_top((uintptr_t)positions, 8, &positions[0]));
    UNIT_CHECK(!rs_host_resolve_top(0, 8, &positions[0]));
    fake.thread = thread;
    UNIT_EQ(rs_host_interpreter(), 7);
    fake.thread = NULL;
    UNIT_EQ(rs_host_interpreter(), -1);
    test_interpreter(thread);
    /* Marks that lead to themselves must not hold the thread for ever. */
    frame = fake_frame(NULL, NULL, 0, 3);
    fake_put(frame, FAKE_PREVIOUS, (uint64_t)(uintptr_t)frame);
    UNIT_EQ(rs_host_positions(fake_thread(frame, 0), positions, 8), 0);
}

static bool
key_changes(void *thread, void *frame, size_t offset, uint64_t word)
{
    uint64_t before[RS_HOST_KEY_WORDS], after[RS_HOST_KEY_WORDS];

    rs_host_position_key(thread, before);
    fake_put(frame, offset, word);
    rs_host_position_key(thread, after);
    return memcmp(before, after, sizeof(before)) != 0;
}

/* It changes with the innermost frame and the instructions of three. */
static void
test_position_key(void)
{
    void *frames[4] = {NULL};
    uint64_t key[RS_HOST_KEY_WORDS] = {1, 1, 1};
    void *thread;

    for (int i = 0; i < 4; i++)
        frames[i] = fake_frame(i > 0 ? frames[i - 1] : NULL, NULL, 2, 0);
    thread = fake_thread(frames[3], 0);
    UNIT_CHECK(!key_changes(thread, frames[0], FAKE_INSTRUCTION, 640));
    for (int i = 1; i < 4; i++) {
        UNIT_CHECK(key_changes(thread, frames[i], FAKE_INSTRUCTION, 640));
        UNIT_CHECK(!key_changes(thread, frames[i], FAKE_INSTRUCTION, 640));
    }
    UNIT_CHECK(key_changes(thread, thread, FAKE_THREAD_FRAME,
                           (uint64_t)(uintptr_t)frames[2]));
    rs_host_position_key(NULL, key);
    UNIT_EQ(key[0] | key[1] | key[2], 0);
}

static void
check_words(void *name, void *file, const char *function, const char *path)
{
    struct rs_position position = {
        .code = (uintptr_t)fake_code(name, file, 100), .lasti = 9};
    struct rs_python_words words;

    UNIT_CHECK(rs_host_position_words(position, &words));
    UNIT_STR_EQ(words.function, function);
    UNIT_STR_EQ(words.file, path);
    UNIT_EQ(words.line, 102);
}

static void
test_words(void)
{
    static const uint8_t latin1[] = {'G', 'r', 0xf6, 0xdf, 'e'};
    static const uint16_t ucs2[] = {0x540d, 'a', 0xd800, 0x7ff};
    static const uint32_t ucs4[] = {0x1f40d, 0x110000, 'z'};
    char long_name[400], wanted[256];
    void *a_py = fake_text("a.py");

    check_words(fake_text("f.<locals>.g"), a_py, "f.<locals>.g", "a.py");
    check_words(fake_text(""), a_py, "", "a.py");
    check_words(fake_string(latin1, 5, 1, false), a_py,
                "Gr\xc3\xb6\xc3\x9f"
                "e",
                "a.py");
    check_words(fake_string(ucs2, 4, 2, false), a_py,
                "\xe5\x90\x8d"
                "a?\xdf\xbf",
                "a.py");
    check_words(fake_string(ucs4, 3, 4, false), a_py, "\xf0\x9f\x90\x8d?z",
                "a.py");
    memset(long_name, 'x', sizeof(long_name));
    memcpy(long_name + sizeof(long_name) - 5, "/b.py", 5);
    memset(wanted, 'x', sizeof(wanted));
    memcpy(wanted, "...", 3);
    strcpy(wanted + 250, "/b.py");
    wanted[255] = '\0';
    check_words(fake_text("f"), fake_string(long_name, 400, 1, true), "f",
                wanted);
    memset(wanted, 'x', 127);
    wanted[127] = '\0';
    check_words(fake_string(long_name, 400, 1, true), a_py, wanted, "a.py");
    /* Cut between characters, never inside one. */
    memset(long_name, 0xe9, sizeof(long_name));
    for (int i = 0; i < 63; i++)
        memcpy(wanted + 2 * i, "\xc3\xa9", 2);
    wanted[126] = '\0';
    check_words(fake_string(long_name, 400, 1, false), a_py, wanted, "a.py");
}

/* What is not a code object has no words, and faults nobody. */
static void
test_bad_positions(void)
{
    void *hole =
        mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *good = fake_code(fake_text("f"), fake_text("a.py"), 1);
    void *no_name = fake_code(hole, fake_text("a.py"), 1);
    void *no_file = fake_code(fake_text("f"), fake_bytes("x", 1), 1);
    void *huge_name = fake_text("f");
    const struct {
        const char *name;
        void *code;
    } rows[] = {
        {"nothing", NULL},
        {"unreadable", hole},
        {"misaligned", (char *)good + 4},
        {"a string", fake_text("f")},
        {"unreadable name", no_name},
        {"file of bytes", no_file},
        {"length without end", fake_code(huge_name, fake_text("a.py"), 1)},
    };
    struct rs_python_words words;

    fake_put(huge_name, FAKE_HEADER, UINT64_MAX);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) - 1; i++) {
        struct rs_position position = {.code = (uintptr_t)rows[i].code};

        UNIT_ROW(rows[i].name);
        UNIT_CHECK(!rs_host_position_words(position, &words));
    }
    UNIT_ROW(NULL);
    (void)rs_host_position_words(
        (struct rs_position){.code = (uintptr_t)rows[6].code}, &words);
    UNIT_CHECK(strlen(words.function) < sizeof(words.function));
    munmap(hole, 4096);
}

static void
test_types(void)
{
    char *edge = (char *)mmap(NULL, 8192, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t type[32] = {0};
    struct rs_header header = {.type = (uintptr_t)type};
    char name[16];

    fake_put(type, FAKE_TYPE, (uint64_t)(uintptr_t)PyType_Type);
    fake_put(type, FAKE_TP_FLAGS, 1 << 28);
    fake_put(type, FAKE_TP_NAME, (uint64_t)(uintptr_t) "pkg.Type");
    rs_host_type_name(&header, name, sizeof(name));
    UNIT_STR_EQ(name, "pkg.Type");
    rs_host_type_name(&header, name, 4);
    UNIT_STR_EQ(name, "pkg");
    UNIT_CHECK(rs_host_is_str(&header) && !rs_host_is_gc(&header));
    fake_put(type, FAKE_TP_FLAGS, 1 << 14);
    UNIT_CHECK(!rs_host_is_str(&header) && rs_host_is_gc(&header));
    /* A name that ends with its page, and one that does not end on it. */
    mprotect(edge + 4096, 4096, PROT_NONE);
    memcpy(edge + 4092, "int", 4);
    fake_put(type, FAKE_TP_NAME, (uint64_t)(uintptr_t)(edge + 4092));
    rs_host_type_name(&header, name, sizeof(name));
    UNIT_STR_EQ(name, "int");
    edge[4095] = '!';
    rs_host_type_name(&header, name, sizeof(name));
    UNIT_STR_EQ(name, "int!");
    header.type = (uintptr_t)edge + 4096;
    rs_host_type_name(&header, name, sizeof(name));
    UNIT_STR_EQ(name, "");
    UNIT_CHECK(!rs_host_is_str(&header) && !rs_host_is_gc(&header));
    munmap(edge, 8192);
}

/* Tables as CPython's InternalDocs/code_objects.md defines them. */
static void
test_lines(void)
{
    static const unsigned char table[] = {
        0x80 | 0 << 3 | 0,  0x00,           /* short: 1 unit, same line */
        0x80 | 12 << 3 | 1, 1,        2,    /* 2 units, line + 2 */
        0x80 | 15 << 3 | 0,                 /* 1 unit, no line */
        0x80 | 13 << 3 | 7, 0x40 | 8, 0x03, /* 8 units, line + 100 */
        0x80 | 14 << 3 | 0, 0x03,     0,    1, 0x41, 1, /* 1 unit, line - 1 */
    };
    static const struct {
        uint32_t lasti;
        int line;
    } rows[] = {{0, 10},  {1, 10},   {2, 12},   {5, 12}, {6, 0},
                {8, 112}, {23, 112}, {24, 111}, {26, 0}, {100000, 0}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        UNIT_EQ(rs_host_lines_find((uintptr_t)table, sizeof(table), 10,
                                   rows[i].lasti),
                rows[i].line);
    UNIT_EQ(rs_host_lines_find((uintptr_t)table, 0, 10, 0), 0);
    UNIT_EQ(rs_host_lines_find(8, 64, 10, 0), 0);
    UNIT_EQ(rs_host_lines_find((uintptr_t)table, 7, 10, 8), 12); /* cut */
}

/* More than one piece of it is read. */
static void
test_long_table(void)
{
    static unsigned char table[3000];

    for (size_t i = 0; i < sizeof(table); i += 3)
        table[i] = 0x80 | 11 << 3; /* one unit, the next line */
    UNIT_EQ(rs_host_lines_find((uintptr_t)table, sizeof(table), 0, 0), 1);
    UNIT_EQ(rs_host_lines_find((uintptr_t)table, sizeof(table), 0, 1998),
            1000);
    UNIT_EQ(rs_host_lines_find((uintptr_t)table, sizeof(table), 0, 2000), 0);
}

int
main(void)
{
    test_recognise();
    test_facts();
    test_life();
    test_calls_nothing();
    test_positions();
    test_position_key();
    test_words();
    test_bad_positions();
    test_types();
    test_lines();
    test_long_table();
    return unit_result();
}
