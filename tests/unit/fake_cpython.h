/* SPDX-License-Identifier: MIT */
/* fake_cpython.h -- a CPython 3.15 of a few hundred bytes: what refsan looks
 * for, exported by the test program itself, with objects laid out by hand.
 * Free-threaded when FAKE_FREE_THREADED is defined before.
 *
 * Where the members stand in the table is CPython's doing; what the table says
 * about this fake's structures is made up, to show that it is read. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"

#ifdef FAKE_FREE_THREADED
enum { FAKE_HEADER = 32, FAKE_TYPE = 24, FAKE_IS_FREE_THREADED = 1 };
#else
enum { FAKE_HEADER = 16, FAKE_TYPE = 8, FAKE_IS_FREE_THREADED = 0 };
#endif

enum {
    FAKE_INTERPRETER_ID = 40,
    FAKE_INTERPRETER_BYTES = 96,
    FAKE_INTERPRETER_GIL = 48,
    FAKE_INTERPRETER_GC = 56,
    FAKE_COLLECTING = 8,
    FAKE_THREAD_INTERPRETER = 16,
    FAKE_THREAD_FRAME = 72,
    FAKE_THREAD_STATE = 48, /* not in the table; CPython's own */
    FAKE_PREVIOUS = 16,
    FAKE_EXECUTABLE = 24,
    FAKE_INSTRUCTION = 32,
    FAKE_COPY_INDEX = 44,
    FAKE_OWNER = 50,
    FAKE_FILE = 96,
    FAKE_NAME = 80,
    FAKE_LINES = 88,
    FAKE_FIRST_LINE = 68,
    FAKE_COPIES = 104,
    FAKE_BYTECODE = 128,
    FAKE_TP_NAME = FAKE_HEADER + 8,
    FAKE_TP_FLAGS = 168,
};

extern RS_EXPORT unsigned char _PyRuntime[1024];
extern RS_EXPORT unsigned long Py_Version;
extern RS_EXPORT uint64_t PyBaseObject_Type[32], PyType_Type[32],
    PyCode_Type[32], PyUnicode_Type[32], PyBytes_Type[32];
RS_EXPORT void *_PyThreadState_GetCurrent(void);
RS_EXPORT int Py_IsInitialized(void);
RS_EXPORT int Py_IsFinalizing(void);
RS_EXPORT void PyRefTracer_SetTracer(void);

unsigned char _PyRuntime[1024];
unsigned long Py_Version;
uint64_t PyBaseObject_Type[32], PyType_Type[32], PyCode_Type[32],
    PyUnicode_Type[32], PyBytes_Type[32];

static struct {
    void *thread; /* what _PyThreadState_GetCurrent() says */
    int is_initialized, is_finalizing;
    unsigned char memory[1 << 16];
    size_t used;
    unsigned calls; /* of the three functions that ask for the first ones */
} fake;

void *
_PyThreadState_GetCurrent(void)
{
    fake.calls++;
    return fake.thread;
}

int
Py_IsInitialized(void)
{
    fake.calls++;
    return fake.is_initialized;
}

int
Py_IsFinalizing(void)
{
    fake.calls++;
    return fake.is_finalizing;
}

void
PyRefTracer_SetTracer(void)
{
}

#ifdef FAKE_FREE_THREADED
RS_EXPORT void _Py_DecRefShared(void);
void
_Py_DecRefShared(void)
{
}
#endif

static inline void
fake_put(void *object, size_t offset, uint64_t word)
{
    memcpy((unsigned char *)object + offset, &word, sizeof(word));
}

static inline void *
fake_new(const void *type, size_t bytes)
{
    unsigned char *object = fake.memory + fake.used;

    fake.used += (bytes + 127) & ~(size_t)127;
    RS_CHECK(fake.used <= sizeof(fake.memory));
    memset(object, 0, bytes);
    fake_put(object, FAKE_TYPE, (uint64_t)(uintptr_t)type);
    return object;
}

/* _PyRuntime and the static types, as they are before Py_Initialize. */
static inline void
fake_start(uint32_t version)
{
    const struct {
        uint16_t at; /* in 3.15's table */
        uint16_t value;
    } table[] = {
        {32, 896},
        {40, 904},
        {48, FAKE_INTERPRETER_BYTES},
        {56, FAKE_INTERPRETER_ID},
        {88, FAKE_INTERPRETER_GC},
        {120, FAKE_INTERPRETER_GIL},
        {200, FAKE_THREAD_INTERPRETER},
        {208, FAKE_THREAD_FRAME},
        {320, FAKE_PREVIOUS},
        {328, FAKE_EXECUTABLE},
        {336, FAKE_INSTRUCTION},
        {352, FAKE_OWNER},
        {368, FAKE_IS_FREE_THREADED ? FAKE_COPY_INDEX : 0},
        {384, FAKE_FILE},
        {400, FAKE_NAME},
        {408, FAKE_LINES},
        {416, FAKE_FIRST_LINE},
        {448, FAKE_BYTECODE},
        {456, FAKE_IS_FREE_THREADED ? FAKE_COPIES : 0},
        {464, FAKE_HEADER},
        {472, FAKE_TYPE},
        {488, FAKE_TP_NAME},
        {504, FAKE_TP_FLAGS},
        {760, FAKE_COLLECTING},
    };
    uint64_t *types[] = {PyBaseObject_Type, PyType_Type, PyCode_Type,
                         PyUnicode_Type, PyBytes_Type};

    memcpy(_PyRuntime, "xdebugpy", 8);
    fake_put(_PyRuntime, 8, version);
    fake_put(_PyRuntime, 16, FAKE_IS_FREE_THREADED);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        fake_put(_PyRuntime, table[i].at, table[i].value);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        fake_put(types[i], FAKE_TYPE, (uint64_t)(uintptr_t)PyType_Type);
    fake_put(PyBaseObject_Type, FAKE_HEADER + 16, FAKE_HEADER);
    fake_put(PyBaseObject_Type, FAKE_TP_NAME, (uint64_t)(uintptr_t) "object");
    Py_Version = version;
}

static inline void *
fake_string(const void *characters, size_t length, unsigned width,
            bool is_ascii)
{
    unsigned char *string =
        fake_new(PyUnicode_Type, FAKE_HEADER + 48 + length * width);
    uint64_t kind = width | 1u << 3 | (is_ascii ? 1u << 4 : 0);

    fake_put(string, FAKE_HEADER, length);
    fake_put(string, FAKE_HEADER + 16,
             kind << (FAKE_IS_FREE_THREADED ? 8 : 2));
    memcpy(string + FAKE_HEADER + (is_ascii ? 24 : 40), characters,
           length * width);
    return string;
}

static inline void *
fake_text(const char *ascii)
{
    return fake_string(ascii, strlen(ascii), 1, true);
}

static inline void *
fake_bytes(const void *bytes, size_t count)
{
    unsigned char *object = fake_new(PyBytes_Type, FAKE_HEADER + 24 + count);

    fake_put(object, FAKE_HEADER, count);
    memcpy(object + FAKE_HEADER + 16, bytes, count);
    return object;
}

/* A code object whose instructions, two code units each, are on one line
 * after the other from `first_line` on. */
static inline void *
fake_code(void *name, void *file, int32_t first_line)
{
    static const unsigned char lines[] = {
        0x80 | 10 << 3 | 1, 0, 0, 0x80 | 11 << 3 | 1, 0, 0,
        0x80 | 11 << 3 | 1, 0, 0, 0x80 | 11 << 3 | 1, 0, 0};
    unsigned char *code = fake_new(PyCode_Type, 256);

    fake_put(code, FAKE_NAME, (uint64_t)(uintptr_t)name);
    fake_put(code, FAKE_FILE, (uint64_t)(uintptr_t)file);
    fake_put(code, FAKE_LINES,
             (uint64_t)(uintptr_t)fake_bytes(lines, sizeof(lines)));
    memcpy(code + FAKE_FIRST_LINE, &first_line, sizeof(first_line));
    return code;
}

static inline void *
fake_frame(void *previous, void *code, uint64_t lasti, char owner)
{
    unsigned char *frame = fake_new(NULL, 64);
    uint64_t address = (uint64_t)(uintptr_t)code;

    fake_put(frame, FAKE_PREVIOUS, (uint64_t)(uintptr_t)previous);
    fake_put(frame, FAKE_EXECUTABLE, address | 1); /* a tag, as CPython's */
    fake_put(frame, FAKE_INSTRUCTION, address + FAKE_BYTECODE + lasti);
    frame[FAKE_OWNER] = (unsigned char)owner;
    return frame;
}

/* A thread state, attached, in interpreter `id`, with `frame` on top. */
static inline void *
fake_thread(void *frame, int64_t id)
{
    unsigned char *thread = fake_new(NULL, 128);
    unsigned char *interpreter = fake_new(NULL, FAKE_INTERPRETER_BYTES);

    fake_put(interpreter, FAKE_INTERPRETER_ID, (uint64_t)id);
    fake_put(thread, FAKE_THREAD_INTERPRETER,
             (uint64_t)(uintptr_t)interpreter);
    fake_put(thread, FAKE_THREAD_FRAME, (uint64_t)(uintptr_t)frame);
    thread[FAKE_THREAD_STATE] = 1;
    return thread;
}
