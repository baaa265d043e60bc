/* SPDX-License-Identifier: MIT */
/* fake_symbols.h -- symbolize.h for tests: a program of a few functions, at
 * addresses the tests choose. Includes the words of a finding about it.
 *
 * Native functions begin at FAKE_EXTENSION, FAKE_HOST and FAKE_LIBC, 0x100
 * apart; Python frames are RS_FRAME_PYTHON with a small number. */
#pragma once

#include <stdio.h>
#include <string.h>

#include "detect/finding.h"
#include "host/host.h"
#include "stack/symbolize.h"
#include "os/sys.h"

#define FAKE_EXTENSION  UINT64_C(0x10000)
#define FAKE_HOST       UINT64_C(0x20000)
#define FAKE_LIBC       UINT64_C(0x30000)
#define FAKE_STRIPPED   UINT64_C(0x40000)
#define FAKE_EXECUTABLE UINT64_C(0x50000)
#define FAKE_PYTHON     RS_FRAME_PYTHON

/* The return address after the call at offset 0x39 of function `n`. */
#define FAKE_CALL(image, n) ((image) + (n)*0x100 + 0x3a)

static const struct {
    uint64_t base;
    const char *module;
    const char *build_id;
    const char *functions[4];
} fake_images[] = {
    {FAKE_EXTENSION,
     "/lib/demo.so",
     "0123abcd",
     {"freeze", "make", "walk", "helper"}},
    {FAKE_HOST, "/bin/python3", "", {"PyDict_DelItem", "eval", "run", "call"}},
    {FAKE_LIBC, "/lib/libc.so.6", "", {"start_thread", "clone", "", ""}},
    {FAKE_STRIPPED, "/lib/other.so", "", {"", "", "", ""}},
    {FAKE_EXECUTABLE, "", "", {"main", "_start", "", ""}},
};

static const struct {
    const char *function;
    const char *file;
    int line;
} fake_python[] = {
    {"<module>", "/home/me/app.py", 12},
    {"setup", "/home/me/app.py", 7},
    {"test_all", "/home/me/tests.py", 30},
    {"outermost", "/home/me/runner.py", 1},
};

static int
fake_image_of(uint64_t pc)
{
    for (int i = 0; i < 5; i++)
        if (pc - fake_images[i].base < 0x1000)
            return i;
    return -1;
}

void
rs_symbolize(rs_frame frame, struct rs_symbol *symbol)
{
    memset(symbol, 0, sizeof(*symbol));
    if (rs_frame_is_python(frame)) {
        symbol->is_python = true;
        strcpy(symbol->function, fake_python[frame & 3].function);
        strcpy(symbol->file, fake_python[frame & 3].file);
        symbol->line = fake_python[frame & 3].line;
        return;
    }
    int image = fake_image_of(frame - 1);
    if (image < 0)
        return;
    symbol->pc = frame;
    symbol->offset = frame - 1 - fake_images[image].base;
    strcpy(symbol->module, fake_images[image].module);
    strcpy(symbol->build_id, fake_images[image].build_id);
    strcpy(symbol->function,
           fake_images[image].functions[symbol->offset >> 8 & 3]);
}

bool
rs_symbolize_module(uintptr_t pc, char *path, unsigned bytes, uintptr_t *base)
{
    int image = fake_image_of(pc);

    if (image < 0)
        return false;
    snprintf(path, bytes, "%s", fake_images[image].module);
    if (fake_images[image].base == FAKE_EXECUTABLE)
        rs_sys_executable_path(path, bytes);
    *base = fake_images[image].base;
    return true;
}

static inline void
fake_host(enum rs_layout layout)
{
    struct rs_host host = {
        .kind = RS_HOST_CPYTHON,
        .version = 0x030f00b2,
        .layout = layout,
        .is_free_threaded = layout == RS_LAYOUT_FREE_THREADED,
        .text_low = FAKE_HOST,
        .text_high = FAKE_HOST + 0x1000,
    };

    rs_host_set(&host);
}

#define FAKE_STACK(...)                                                       \
    rs_stack_put((const rs_frame[]){__VA_ARGS__},                             \
                 sizeof((const rs_frame[]){__VA_ARGS__}) / sizeof(rs_frame))

/* Two threads, an object of both, and what they did to it. */
static inline struct rs_finding
fake_finding(void)
{
    struct rs_finding found = {
        .kind = RS_BUG_IMMORTALIZE_SHARED,
        .seen = RS_SEEN_FOREIGN_OP | RS_SEEN_MANY_REFS,
        .op = RS_EV_IMMORTALIZED,
        .slot = 1,
        .object =
            {
                .address = 0x7f0010,
                .type = "demo.Thing",
                .word = rs_word_with_mark(rs_word_make(RS_STATE_LIVE, 1),
                                          RS_MARK_SHARED),
                .has_header = true,
                .has_count = true,
                .header = {.layout = RS_LAYOUT_FREE_THREADED,
                           .local = 1,
                           .shared = 2 << RS_SHARED_SHIFT,
                           .owner = 0x7000},
                .owner = 1,
                .creator = 1,
                .interpreter = 0,
                .generation = 1,
            },
        .threads_count = 2,
        .threads =
            {{.slot = 1, .tid = 100, .name = "python"},
             {.slot = 2, .tid = 101, .created_by = 1, .name = "worker"}},
    };

    return found;
}

static inline void
fake_add_stack(struct rs_finding *found, enum rs_role role, enum rs_ev op,
               unsigned slot, rs_stack stack)
{
    found->stacks[found->stacks_count++] = (struct rs_finding_stack){
        .role = role, .op = op, .slot = slot, .stack = stack};
}
