/* SPDX-License-Identifier: MIT */
/* host_ft_test.c -- what is different about a free-threaded CPython: its
 * layout, being attached, and bytecode in copies. */
#define FAKE_FREE_THREADED
#include "host/host.h"

#include "unit.h"

#include "fake_cpython.h"
#include "host/top_frame.h"

static void
test_facts(void)
{
    fake_start(0x030f02f0);
    UNIT_CHECK(rs_host_find());
    UNIT_EQ(rs_host->kind, RS_HOST_CPYTHON);
    UNIT_EQ(rs_host->layout, RS_LAYOUT_FREE_THREADED);
    UNIT_CHECK(rs_host->is_free_threaded);
    UNIT_CHECK(rs_host->has_tracer);
}

/* Bound to this thread is not enough: only state 1 is attached. */
static void
test_attached(void)
{
    unsigned char *thread = fake_thread(NULL, 3);

    fake.thread = thread;
    for (unsigned char state = 0; state < 6; state++) {
        thread[FAKE_THREAD_STATE] = state;
        UNIT_CHECK((rs_host_attached() != NULL) == (state == 1));
        UNIT_EQ(rs_host_interpreter(), state == 1 ? 3 : -1);
    }
    fake.thread = NULL;
    UNIT_CHECK(rs_host_attached() == NULL);
}

static void
test_bytecode_copies(void)
{
    unsigned char *code = fake_code(fake_text("f"), fake_text("a.py"), 5);
    unsigned char *copy = fake_new(NULL, 64);
    uint64_t *copies = fake_new(NULL, 32);
    unsigned char *frame = fake_frame(NULL, code, 0, 0);
    const struct {
        const char *name;
        int32_t index;
        unsigned char *at;
        uint32_t lasti;
    } rows[] = {
        {"the code object's own", 0, code + FAKE_BYTECODE + 6, 6},
        {"a thread's copy", 1, copy + 8, 8},
        {"index out of range", 2, code + FAKE_BYTECODE + 2, 2},
        {"negative index", -1, code + FAKE_BYTECODE + 2, 2},
    };
    struct rs_position position;
    struct rs_raw_top top;

    copies[0] = 2; /* how many follow */
    copies[1] = (uint64_t)(uintptr_t)(code + FAKE_BYTECODE);
    copies[2] = (uint64_t)(uintptr_t)copy;
    fake_put(code, FAKE_COPIES, (uint64_t)(uintptr_t)copies);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        UNIT_ROW(rows[i].name);
        memcpy(frame + FAKE_COPY_INDEX, &rows[i].index, 4);
        fake_put(frame, FAKE_INSTRUCTION, (uint64_t)(uintptr_t)rows[i].at);
        UNIT_EQ(rs_host_positions(fake_thread(frame, 0), &position, 1), 1);
        UNIT_EQ(position.code, (uintptr_t)code);
        UNIT_EQ(position.lasti, rows[i].lasti);
        top = rs_host_raw_top(fake_thread(frame, 0));
        UNIT_CHECK(rs_host_resolve_top(top.code_word, top.instruction_low,
                                       &position));
        UNIT_EQ(position.lasti, rows[i].lasti);
    }
    UNIT_ROW(NULL);
}

static void
test_words(void)
{
    struct rs_position position = {.lasti = 4};
    struct rs_python_words words;

    position.code = (uintptr_t)fake_code(fake_text("f"), fake_text("a.py"), 5);
    UNIT_CHECK(rs_host_position_words(position, &words));
    UNIT_STR_EQ(words.function, "f");
    UNIT_STR_EQ(words.file, "a.py");
    UNIT_EQ(words.line, 6);
}

int
main(void)
{
    test_facts();
    test_attached();
    test_bytecode_copies();
    test_words();
    return unit_result();
}
