/* SPDX-License-Identifier: MIT */
/* layout.h -- where CPython keeps what refsan reads, by version.
 *
 * From 3.13 on, CPython says it itself: _PyRuntime begins with a table of
 * offsets made for debuggers. Where an entry stands in that table differs from
 * minor version to minor version and never within one; that is what
 * layout.c lists. 3.12 has no such table; its offsets are constants.
 *
 * Private to host*.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct rs_host_layout {
    uint32_t object_bytes; /* sizeof(PyObject); ob_size follows */
    uint32_t object_type;
    uint32_t type_name;
    uint32_t type_flags;
    uint32_t interpreter_bytes; /* sizeof(PyInterpreterState); 0 for 3.12 */
    uint32_t interpreter_id;
    uint32_t interpreter_next;    /* the list of interpreters; 0 for 3.12 */
    uint32_t interpreter_threads; /* the first of its thread states */
    uint32_t interpreter_gc;      /* the collector's state; 0 for 3.12 */
    uint32_t interpreter_gil; /* points to the GIL it runs under; the same */
    uint32_t gil_enabled;     /* in it, of free-threaded builds; may be 0 */
    uint32_t gc_collecting;   /* in the collector's state: an int */
    uint32_t runtime_bytes;   /* _PyRuntime; 0 for 3.12 */
    uint32_t runtime_finalizing; /* in _PyRuntime; 0 for 3.12 */
    uint32_t runtime_interpreters;
    uint32_t thread_interpreter;
    uint32_t thread_frame;
    uint32_t thread_next;
    uint32_t thread_native; /* the kernel's number of the thread */
    uint32_t frame_previous;
    uint32_t frame_code;
    uint32_t frame_instruction;
    uint32_t frame_owner;
    uint32_t frame_locals;   /* locals, and behind them the stack … */
    uint32_t frame_stack;    /* … up to here; 0 before 3.14 */
    uint32_t frame_bytecode; /* index of the bytecode's copy; 0 when one */
    uint32_t code_file;
    uint32_t code_name;
    uint32_t code_lines;
    uint32_t code_first_line;
    uint32_t code_bytecode;
    uint32_t code_copies; /* array of bytecode copies; 0 when there is one */
    /* What the table does not say. */
    uint32_t thread_state; /* free-threaded: 1 is attached */
    uint32_t string_kind;  /* bit in the state word where `kind` begins */
    bool has_frame_holder; /* 3.12: one more step to the current frame */
};

/* `table` is the beginning of _PyRuntime, at least RS_HOST_TABLE_BYTES long;
 * not read for 3.12. False when what it says cannot be. */
#define RS_HOST_TABLE_BYTES 768
bool rs_host_layout_read(uint32_t version, bool is_free_threaded,
                         const void *table, struct rs_host_layout *layout);

/* Of the host of this process; all zero before one was found. */
extern const struct rs_host_layout *const rs_host_layout;
void rs_host_layout_set(const struct rs_host_layout *layout);

/* Is this readable, and a code object? (names.c) */
bool rs_host_is_code(uintptr_t code);

/* A word of an object that is known to be there. */
static inline uintptr_t
rs_host_word_at(uintptr_t address, size_t offset)
{
    uintptr_t word;

    memcpy(&word, (const void *)(address + offset), sizeof(word));
    return word;
}
