/* SPDX-License-Identifier: MIT */
/* interpreter.c -- which interpreter is a thread attached to, what does
 * it, and which functions do its types bring along?
 *
 * Loads by offset, of attached threads and of types that are alive. */
#include "host/host.h"

#include "base/exempt.h"

#include "base/check.h"
#include "host/cpython_abi.h"
#include "host/layout.h"
#include "os/atomics.h"

#include <stdatomic.h>
#include <string.h>

#define BASES_MAX        32
#define THREADS_MAX      65536
#define INTERPRETERS_MAX 4096

/* 0 where there is none, or the host has no interpreters. */
static uintptr_t
interpreter_of(const void *tstate)
{
    return tstate == NULL || rs_host_layout->thread_interpreter == 0
               ? 0
               : rs_host_word_at((uintptr_t)tstate,
                                 rs_host_layout->thread_interpreter);
}

/* An interpreter keeps its own GIL in its own state. */
struct rs_host_interpreter
rs_host_interpreter_of(const void *tstate)
{
    const struct rs_host_layout *layout = rs_host_layout;
    uintptr_t interpreter = interpreter_of(tstate);
    struct rs_host_interpreter found = {.id = -1, .has_gil = true};
    uintptr_t gil;

    if (tstate != NULL && layout->thread_interpreter == 0)
        found.id = 0;
    if (interpreter == 0)
        return found;
    found.id = (int64_t)rs_host_word_at(interpreter, layout->interpreter_id);
    if (layout->interpreter_gil == 0)
        return found;
    gil = rs_host_word_at(interpreter, layout->interpreter_gil);
    found.has_gil = gil != 0;
    found.has_own_gil = gil - interpreter < layout->interpreter_bytes;
    return found;
}

int64_t
rs_host_interpreter(void)
{
    return rs_host_interpreter_of(rs_host_attached()).id;
}

static void *
find_thread(uintptr_t interpreter, int tid)
{
    const struct rs_host_layout *layout = rs_host_layout;
    uintptr_t thread =
        rs_host_word_at(interpreter, layout->interpreter_threads);

    for (unsigned i = 0; thread != 0 && i < THREADS_MAX; i++) {
        if ((int)rs_host_word_at(thread, layout->thread_native) == tid)
            return (void *)thread;
        thread = rs_host_word_at(thread, layout->thread_next);
    }
    return NULL;
}

void *
rs_host_thread_of(int tid)
{
    const struct rs_host_layout *layout = rs_host_layout;
    unsigned char *runtime = rs_host_symbol("_PyRuntime");
    uintptr_t interpreter = 0;
    void *thread = NULL;

    if (runtime != NULL && layout->runtime_interpreters != 0 &&
        layout->thread_native != 0)
        interpreter =
            rs_host_word_at((uintptr_t)runtime, layout->runtime_interpreters);
    for (unsigned i = 0;
         interpreter != 0 && thread == NULL && i < INTERPRETERS_MAX; i++) {
        thread = find_thread(interpreter, tid);
        interpreter = rs_host_word_at(interpreter, layout->interpreter_next);
    }
    return thread;
}

bool
rs_host_runs_with_gil(const void *tstate)
{
    uintptr_t interpreter = interpreter_of(tstate);
    uintptr_t gil;

    if (!rs_host->is_free_threaded)
        return rs_host->kind == RS_HOST_CPYTHON;
    if (interpreter == 0 || rs_host_layout->interpreter_gil == 0)
        return true;
    gil = rs_host_word_at(interpreter, rs_host_layout->interpreter_gil);
    return gil == 0 ||
           (uint32_t)rs_host_word_at(gil, rs_host_layout->gil_enabled) != 0;
}

uintptr_t
rs_host_gil_switch(const void *tstate)
{
    uintptr_t interpreter = interpreter_of(tstate);
    uintptr_t gil;

    if (!rs_host->is_free_threaded || interpreter == 0 ||
        rs_host_layout->interpreter_gil == 0 ||
        rs_host_word_at(interpreter, rs_host_layout->interpreter_id) != 0)
        return 0;
    gil = rs_host_word_at(interpreter, rs_host_layout->interpreter_gil);
    return gil == 0 ? 0 : gil + rs_host_layout->gil_enabled;
}

bool
rs_host_is_collecting(const void *tstate)
{
    uintptr_t interpreter = interpreter_of(tstate);

    return interpreter != 0 && rs_host_layout->gc_collecting != 0 &&
           (uint32_t)rs_host_word_at(interpreter,
                                     rs_host_layout->interpreter_gc +
                                         rs_host_layout->gc_collecting) != 0;
}

/* Types of the host's own image have bases there, too. */
void
rs_host_each_slot(uintptr_t type, enum rs_host_slot slot,
                  void (*visit)(uintptr_t function))
{
    size_t body = rs_host_layout->object_bytes;
    size_t at = slot == RS_HOST_DEALLOC ? RS_TYPE_DEALLOC : RS_TYPE_TRAVERSE;

    if (rs_host->kind != RS_HOST_CPYTHON)
        return;
    for (int i = 0; i < BASES_MAX && type != 0; i++) {
        uintptr_t function = rs_host_word_at(type, body + at);

        if (function != 0 && !rs_host_has_code(function))
            visit(function);
        type = rs_host_word_at(type, body + RS_TYPE_BASE);
    }
}

bool
rs_host_is_heap_type(uintptr_t type)
{
    return (rs_host_word_at(type, rs_host_layout->type_flags) &
            RS_TPFLAGS_HEAPTYPE) != 0;
}

uintptr_t
rs_host_dealloc(uintptr_t type)
{
    return rs_host_word_at(type,
                           rs_host_layout->object_bytes + RS_TYPE_DEALLOC);
}

uintptr_t
rs_host_base(uintptr_t type)
{
    return rs_host_word_at(type, rs_host_layout->object_bytes + RS_TYPE_BASE);
}

bool
rs_host_has_own_dealloc(const struct rs_header *header)
{
    uintptr_t type = header->type;

    if (rs_host->kind != RS_HOST_CPYTHON || !rs_host_has_type(header))
        return false;
    for (int i = 0; i < BASES_MAX && type != 0; i++) {
        uintptr_t del =
            rs_host_word_at(type, rs_host_layout->object_bytes + RS_TYPE_DEL);

        if (!rs_host_has_code(rs_host_dealloc(type)) ||
            RS_EXEMPT(dealloc_with_tp_del, del != 0 && !rs_host_has_code(del)))
            return false;
        type = rs_host_base(type);
    }
    return type == 0;
}

/* The list lies in the object, or before it. */
bool
rs_host_has_weak_references(uintptr_t object, const struct rs_header *header)
{
    intptr_t at;

    if (!rs_host_has_type(header))
        return false;
    at = (intptr_t)rs_host_word_at(header->type, rs_host_layout->object_bytes +
                                                     RS_TYPE_WEAK_LIST);
    return at != 0 && rs_host_word_at(object, (uintptr_t)at) != 0;
}

void *
rs_host_find_in_runtime(uintptr_t word)
{
    unsigned char *runtime = rs_host_symbol("_PyRuntime");
    size_t bytes = rs_host_layout->runtime_bytes;

    for (size_t at = 0; runtime != NULL && at + sizeof(word) <= bytes;
         at += sizeof(word)) {
        /* Atomic, as other threads write there. */
        const _Atomic uintptr_t *place =
            (const _Atomic uintptr_t *)(runtime + at);

        if (rs_load(place) == word)
            return runtime + at;
    }
    return NULL;
}
