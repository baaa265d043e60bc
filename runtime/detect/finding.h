/* SPDX-License-Identifier: MIT */
/* finding.h -- a bug as data: everything a report says, and no text.
 *
 * A detector fills the first block. complete.c completes it from the shadow and
 * the rings, so that the report never has to look there. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "detect/bug.h"
#include "event/act.h"
#include "event/crash.h"
#include "event/order.h"
#include "event/word.h"
#include "stack/stack.h"

#define RS_FINDING_STACKS  8
#define RS_FINDING_THREADS 8

struct rs_finding_stack {
    enum rs_role role;
    enum rs_ev op;
    unsigned slot;       /* the thread; 0 unknown */
    rs_stack stack;      /* may be RS_STACK_NONE: "not recorded" */
    struct rs_held held; /* of a race that TSan judged */
};

struct rs_finding_thread {
    unsigned slot;
    unsigned created_by; /* slot, 0 unknown */
    int tid;
    bool has_ended;
    char name[64]; /* escaped (base/foreign.h), as all names here are */
};

struct rs_finding_object {
    uintptr_t address;
    char type[256]; /* "" when it could not be read */
    rs_word word;
    bool has_header;
    struct rs_header header; /* from before the operation */
    bool has_count;          /* … and not of memory in another use */
    unsigned owner;          /* slots */
    unsigned creator;
    int64_t interpreter; /* -1 unknown */
    uint32_t generation; /* 0 unknown */
};

/* The bytes of the object that a data race is about; 0 bytes: none. */
struct rs_finding_memory {
    uint32_t offset;
    uint32_t bytes;
};

#define RS_FINDING_TEST_BYTES 512

struct rs_finding_test {
    char name[RS_FINDING_TEST_BYTES]; /* "" when no test is known to run */
    char worker[32];                  /* pytest-xdist's name; "" without */
    bool is_in_other_thread;          /* it runs, but maybe not this thread */
};

struct rs_finding {
    /* Filled by the detector. */
    enum rs_bug kind;
    uint64_t seen;   /* enum rs_seen */
    bool is_skipped; /* the operation must not happen */
    uint32_t leaked; /* objects that outlived the runtime, 0 if none … */
    uint32_t held;   /* … and others that only these hold */

    struct rs_finding_memory memory;

    /* Completed by report/complete.c. */
    enum rs_ev op;
    unsigned slot;
    int64_t interpreter; /* that the thread is attached to; -1 none */
    struct rs_finding_object object;
    unsigned stacks_count;
    struct rs_finding_stack stacks[RS_FINDING_STACKS]; /* the act is first */
    unsigned history_count;
    struct rs_past_act history[RS_HISTORY_MAX]; /* oldest first */
    unsigned threads_count;
    struct rs_finding_thread threads[RS_FINDING_THREADS];
    struct rs_finding_test test;

    const struct rs_crash *crash; /* of a fatal signal; NULL otherwise */

    /* By report/report.c. */
    uint64_t fingerprint;
    uint64_t follows; /* the fingerprint of what came of the same object
                       * before; 0 none */
};
