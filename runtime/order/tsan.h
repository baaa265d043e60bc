/* SPDX-License-Identifier: MIT */
/* tsan.h -- were two accesses ordered? ThreadSanitizer knows: it sees every
 * lock, semaphore, barrier and join of the program.
 *
 * An access reads or writes a cell: a byte of a reserved range that nobody
 * touches, one for each address and sort of access, or a new one. It is described in a log,
 * and the number of its entry is the program counter that TSan is told. When
 * TSan finds a race it hands both back, and prints nothing.
 *
 * All functions: any thread that TSan knows, also in hooks; nothing waits but
 * for TSan's own short locks, and nothing is allocated from malloc by refsan.
 * TSan's search for a race's stacks takes milliseconds, so each stack is
 * allowed RS_TSAN_REPORTS of them.
 *
 * Missed:     an access that raced, when the next one comes: TSan does not
 *             remember it; what TSan has forgotten (four accesses of a cell are remembered,
 *             and a bounded history of each thread); a race of a stack that
 *             has had its reports; an access of which the log's entry was used
 *             again (counted).
 * Wrong when: threads wait for each other by plain memory or by atomics of
 *             code that is not instrumented. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "event/event.h"
#include "event/order.h"

#define RS_TSAN_REPORTS 32

enum rs_tsan_cell {
    RS_TSAN_CONTAINER,  /* what a container holds */
    RS_TSAN_OBJECT,     /* that an object's only reference is one's own */
    RS_TSAN_MEMORY,     /* that an object's memory stays */
    RS_TSAN_SLOT,       /* the reference in an owned slot … */
    RS_TSAN_SLOT_AGAIN, /* … that two threads have taken out of, unordered */
    RS_TSAN_LENT,       /* that what lent an object keeps it: in a cell from
                         * rs_tsan_new_cell() */
};

struct rs_tsan_access {
    uintptr_t address; /* of the container, object or slot … */
    uint32_t life;     /* … and which life of it */
    enum rs_ev op;
    unsigned slot; /* the thread */
    rs_stack stack;
    struct rs_held held;
    uint32_t number;     /* later accesses have higher ones; it wraps */
    rs_frame place;      /* where a borrowed pointer came from, or 0 … */
    uintptr_t container; /* … and what lent it, and which life of that */
    uint32_t container_life;
    uint32_t cell; /* of RS_TSAN_LENT */
    /* The object that the reference is to, as it was then. */
    uintptr_t object;
    rs_word word;
    struct rs_header before;
};

/* Never changes after start. */
extern bool rs_tsan_is_on;

/* Looks for TSan's runtime. Once, before other threads. NULL when it judges
 * from now on, or why it cannot. */
const char *rs_tsan_start(void);

/* The access, which gets its number, races with one of another thread: true,
 * and `other` is that one. */
bool rs_tsan_read(enum rs_tsan_cell cell, struct rs_tsan_access *now,
                  struct rs_tsan_access *other);
bool rs_tsan_write(enum rs_tsan_cell cell, struct rs_tsan_access *now,
                   struct rs_tsan_access *other);

/* A cell that nothing is known of; never 0. It is another's after a million. */
uint32_t rs_tsan_new_cell(void);

/* The access with this number; false when it has been forgotten. */
bool rs_tsan_recall(uint32_t number, struct rs_tsan_access *access);

/* What is before the release is before what follows an acquire of the same
 * address. */
void rs_tsan_release_slow(uintptr_t address);
void rs_tsan_acquire_slow(uintptr_t address);

static inline void
rs_tsan_release(uintptr_t address)
{
    if (rs_unlikely(rs_tsan_is_on))
        rs_tsan_release_slow(address);
}

static inline void
rs_tsan_acquire(uintptr_t address)
{
    if (rs_unlikely(rs_tsan_is_on))
        rs_tsan_acquire_slow(address);
}

/* The calling thread ends: TSan forgets it, and must not be called again. */
void rs_tsan_end_thread(void);

/* TSan's callback has a report. True when it is about a cell: then it is
 * answered by the access that is being made, and is not to be printed. */
bool rs_tsan_take_report(void *report);
