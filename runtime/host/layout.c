/* SPDX-License-Identifier: MIT */
/* layout.c -- one row per fact: where CPython's table of debug offsets has
 * it, and what it is in 3.12.
 *
 * The columns come from struct _Py_DebugOffsets (Include/internal/
 * pycore_runtime.h of 3.13, pycore_debug_offsets.h of 3.14 and 3.15) and, for
 * 3.12, from the structures themselves. tests/contract/host.py asks every
 * interpreter at hand for frames and names, and fails where a row is wrong. */
#include "host/layout.h"

#include "base/core_note.h"
#include "host/cpython_abi.h"
#include "host/top_frame.h"

#include <string.h>

#define MINOR_FIRST 13
#define MINOR_LAST  RS_CPYTHON_MINOR_NEWEST

static struct {
    struct rs_host_layout layout;
} state;

const struct rs_host_layout *const rs_host_layout = &state.layout;

RS_CORE_ROWS(host_layout) = {RS_CORE_VARIABLE("layout", state.layout)};

struct row {
    size_t member;
    uint16_t at[MINOR_LAST - MINOR_FIRST + 1]; /* in the table; 0: not there */
    uint16_t in_312;
    uint32_t limit; /* no offset is larger */
};

#define ROW(name, at_313, at_314, at_315, in_312, limit)                      \
    {offsetof(struct rs_host_layout, name),                                   \
     {at_313, at_314, at_315},                                                \
     in_312,                                                                  \
     limit},

// clang-format off
static const struct row rows[] = {
    /*  fact                  3.13  3.14  3.15   in 3.12  limit */
    ROW(object_bytes,          352,  400,  464,       16,    32)
    ROW(object_type,           360,  408,  472,        8,    24)
    ROW(type_name,             376,  424,  488,       24,    96)
    ROW(type_flags,            392,  440,  504,      168,   512)
    ROW(interpreter_bytes,      48,   48,   48,        0, 1 << 24)
    ROW(interpreter_id,         56,   56,   56,        8, 32768)
    ROW(interpreter_next,       64,   64,   64,        0, 32768)
    ROW(interpreter_threads,    72,   72,   72,        0, 32768)
    ROW(interpreter_gc,         80,   88,   88,        0, 32768)
    ROW(interpreter_gil,       112,  120,  120,        0, 32768)
    ROW(gil_enabled,           128,  136,  136,        0,   512)
    ROW(gc_collecting,         576,  656,  760,        0,   512)
    ROW(runtime_bytes,          24,   24,   24,        0, 1 << 24)
    ROW(runtime_finalizing,     32,   32,   32,        0, 32768)
    ROW(runtime_interpreters,   40,   40,   40,        0, 32768)
    ROW(thread_interpreter,    176,  200,  200,       16,    64)
    ROW(thread_frame,          184,  208,  208,       56,   256)
    ROW(thread_next,           168,  192,  192,        0,   256)
    ROW(thread_native,         200,  224,  248,        0,   512)
    ROW(frame_previous,        232,  256,  320,        8,   128)
    ROW(frame_code,            240,  264,  328,        0,   128)
    ROW(frame_instruction,     248,  272,  336,       56,   128)
    ROW(frame_owner,           264,  288,  352,       70,   128)
    ROW(frame_locals,            0,  280,  344,        0,   128)
    ROW(frame_stack,             0,  296,  360,        0,   128)
    ROW(frame_bytecode,          0,  304,  368,        0,   128)
    ROW(code_file,             280,  320,  384,      112,   400)
    ROW(code_name,             296,  336,  400,      128,   400)
    ROW(code_lines,            304,  344,  408,      136,   400)
    ROW(code_first_line,       312,  352,  416,       68,   400)
    ROW(code_bytecode,         344,  384,  448,      192,   400)
    ROW(code_copies,             0,  392,  456,        0,   400)
};
// clang-format on

static uint64_t
table_word(const void *table, unsigned at)
{
    uint64_t word;

    memcpy(&word, (const unsigned char *)table + at, sizeof(word));
    return word;
}

static bool
read_row(const struct row *row, unsigned minor, const void *table,
         struct rs_host_layout *layout)
{
    uint64_t value = row->in_312;

    if (minor >= MINOR_FIRST) {
        unsigned at = row->at[minor - MINOR_FIRST];

        value = at != 0 ? table_word(table, at) : 0;
    }
    *(uint32_t *)((unsigned char *)layout + row->member) = (uint32_t)value;
    return value <= row->limit;
}

/* PyThreadState.state: not in the table, constant within a minor version. */
static uint32_t
thread_state_offset(unsigned minor)
{
    static const uint8_t offsets[] = {40, 44, 48};

    return minor < MINOR_FIRST ? 0 : offsets[minor - MINOR_FIRST];
}

bool
rs_host_layout_read(uint32_t version, bool is_free_threaded, const void *table,
                    struct rs_host_layout *layout)
{
    unsigned minor = version >> 16 & 0xff;
    bool is_good = true;

    memset(layout, 0, sizeof(*layout));
    if (version >> 24 != 3 || minor < RS_CPYTHON_MINOR_OLDEST ||
        minor > MINOR_LAST)
        return false;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        is_good &= read_row(&rows[i], minor, table, layout);
    layout->thread_state = thread_state_offset(minor);
    layout->has_frame_holder = minor < MINOR_FIRST;
    /* `interned` has two bits, and a byte of its own from 3.14t on. */
    layout->string_kind = is_free_threaded && minor >= 14 ? 8 : 2;
    return is_good &&
           layout->object_bytes ==
               (is_free_threaded ? RS_OBJECT_BYTES_FREE_THREADED : 16u) &&
           layout->object_type == (is_free_threaded ? 24u : 8u) &&
           layout->type_name != 0 && layout->type_flags != 0 &&
           layout->frame_instruction != 0 && layout->code_bytecode != 0;
}

struct rs_host_top rs_host_top;

void
rs_host_layout_set(const struct rs_host_layout *layout)
{
    state.layout = *layout;
    rs_host_top.thread_frame =
        layout->has_frame_holder ? 0 : layout->thread_frame;
    rs_host_top.thread_state =
        layout->object_bytes == RS_OBJECT_BYTES_FREE_THREADED
            ? layout->thread_state
            : 0;
    rs_host_top.frame_code = layout->frame_code;
    rs_host_top.frame_instruction = layout->frame_instruction;
    rs_host_top.object_type = layout->object_type;
    rs_host_top.type_flags = layout->type_flags;
}
