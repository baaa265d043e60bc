/* SPDX-License-Identifier: MIT */
/* crash.h -- a fatal signal as data: what the kernel said, where in it known
 * objects are, and what the threads were doing. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "event/act.h"
#include "event/step.h"
#include "event/word.h"
#include "os/sys_signal.h"
#include "stack/stack.h"

#define RS_CRASH_CLUES     16
#define RS_CRASH_ACTS      16
#define RS_CRASH_TYPE_SIZE (4 * RS_TYPE_NAME_BYTES)

/* A value that points to a known object, or into one. */
struct rs_crash_clue {
    const char *where; /* "rdi", "address", or "stack" and then … */
    unsigned offset;   /* … bytes above the stack pointer */
    uintptr_t value;
    uintptr_t object;
    rs_word word;
    bool is_used; /* watched code did something to it lately */
    char type[RS_CRASH_TYPE_SIZE]; /* "" unknown; escaped */
};

/* The finding that the crash comes of, most likely; fingerprint 0: none. */
struct rs_crash_cause {
    uint64_t fingerprint;
    char bug[256]; /* "decref-after-zero:parse_row" */
    uintptr_t object;
    rs_word word;
    char type[256]; /* "" unknown; escaped */
};

/* A thread, or several that are at the same place. */
struct rs_crash_thread {
    unsigned slot; /* 0: it is not known but by its tid */
    int tid;
    char name[64];   /* "" unknown; escaped */
    unsigned others; /* threads with the same stack besides this one */
    rs_stack stack;
};

#define RS_CRASH_LOCKS 64
#define RS_CRASH_HELD  8

/* The locks of a thread that has or wants one. */
struct rs_crash_locks {
    unsigned slot;
    int tid;
    unsigned held_count; /* more than RS_CRASH_HELD are not told */
    struct rs_crash_lock {
        uintptr_t lock;                /* 0 none */
        char type[RS_CRASH_TYPE_SIZE]; /* of an object; else ""; escaped */
    } held[RS_CRASH_HELD], wanted;
    int holder; /* index of the entry that has `wanted`; -1 unknown */
};

struct rs_crash {
    bool is_hang; /* no fatal signal: somebody asked */
    bool ends;    /* the process will, so that system calls may end */
    struct rs_sys_fault fault;
    unsigned registers_count;
    struct rs_sys_register registers[RS_SYS_REGISTERS_MAX];
    unsigned clues_count;
    struct rs_crash_clue clues[RS_CRASH_CLUES];
    struct rs_crash_cause cause;
    unsigned threads_count;
    struct rs_crash_thread *threads;
    unsigned threads_silent; /* that did not say where they are */
    unsigned locks_count;
    struct rs_crash_locks locks[RS_CRASH_LOCKS];
    unsigned circle_count; /* threads that wait for each other, by … */
    unsigned circle[RS_CRASH_LOCKS]; /* … indices of `locks` */
    unsigned acts_count; /* the last operations of all threads … */
    struct rs_past_act acts[RS_CRASH_ACTS]; /* … oldest first … */
    uintptr_t objects[RS_CRASH_ACTS];       /* … and their objects */
};
