/* SPDX-License-Identifier: MIT */
/* tsan_report.h -- what ThreadSanitizer's own report says, as data.
 *
 * TSan calls back when it has printed one, on the thread whose access came
 * second, with its locks held: what is called here allocates nothing, waits
 * for nothing, and makes no access that TSan sees.
 *
 * A Python frame is a program counter that only refsan knows: TSan keeps it
 * among the others, and asks for its words when it prints them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "stack/stack.h"

/* One of the two accesses. */
struct rs_tsan_side {
    int tid; /* the thread's kernel number; 0 unknown */
    bool is_write;
    uintptr_t address;
    uint32_t bytes;
    rs_stack stack;  /* RS_STACK_NONE where TSan has forgotten it */
    bool has_python; /* … and it has Python frames */
};

struct rs_tsan_race {
    struct rs_tsan_side now, before;
};

/* Looks for the functions that tell it. Once, before other threads; false:
 * there is no TSan, or one that hides them. */
bool rs_tsan_report_start(void);

/* In the callback. False when the report is about something else than two
 * accesses. */
bool rs_tsan_report_read(void *report, struct rs_tsan_race *race);

/* A Python frame (pyframe.h) as a program counter, and back: 0 for any other
 * one. */
static inline uintptr_t
rs_tsan_report_pc(rs_frame frame)
{
    return UINT64_C(1) << 60 | UINT64_C(1) << 40 | (uint32_t)frame;
}

static inline rs_frame
rs_tsan_report_frame(uintptr_t pc)
{
    return (pc & ~(uintptr_t)UINT32_MAX) == rs_tsan_report_pc(0)
               ? RS_FRAME_PYTHON | (uint32_t)pc
               : 0;
}
