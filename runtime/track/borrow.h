/* SPDX-License-Identifier: MIT */
/* borrow.h -- references that are not the code's own: lent by a container, or
 * given to one. The last few of each thread, in a table of its own.
 *
 * A borrow says where a pointer came from; it is looked up when the pointer is
 * counted, and counts as the same one only in the same call of the same
 * function (is_same_call). That call is told by the frame that borrowed, the
 * code around, and the Python frames above.
 *
 * Missed:     a pointer that is counted after more borrows than are kept (those
 *             of one call are counted); one that a callee counts; a borrowed pointer parked in a struct and
 *             used after the return.
 * Wrong when: Python calls the same function twice by one instruction, and the
 *             second call counts, without borrowing it again, what the first
 *             one had borrowed. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "track/container.h"
#include "event/step.h"
#include "os/atomics.h"

struct rs_borrow {
    uintptr_t object, container;
    uintptr_t pc, frame;
    rs_frame place; /* the site, where there is one; else the pc */
    enum rs_borrow_kind kind;
    uint16_t object_generation, container_generation;
    uint32_t attaches;
    uint64_t python; /* where the Python frames were */
    uintptr_t locks[RS_ORDER_LOCKS];
};

#define RS_BORROWS_MAX 8

#define RS_BORROW_MARKS 256 /* bits; a power of two */

struct rs_borrows {
    uint64_t marks[RS_BORROW_MARKS / 64]; /* which objects may be among them */
    unsigned next;
    uint32_t attaches; /* how often the thread attached again */
    struct rs_borrow kept[RS_BORROWS_MAX];
};
extern RS_THREAD_LOCAL struct rs_borrows rs_borrows;

/* The event's object was lent by, or given to, the container. */
void rs_borrow_note(const struct rs_event *ev, uintptr_t container,
                    enum rs_borrow_kind kind);

static inline unsigned
rs_borrow_mark(uintptr_t object)
{
    return (unsigned)(object >> 4 & (RS_BORROW_MARKS - 1));
}

/* False for almost all objects: then there is nothing to describe. */
static inline bool
rs_borrow_is_marked(uintptr_t object)
{
    unsigned mark = rs_borrow_mark(object);

    return (rs_borrows.marks[mark / 64] & UINT64_C(1) << mark % 64) != 0;
}

/* The same, for as long as no container is changed by several threads. */
static inline bool
rs_borrow_may_race(uintptr_t object)
{
    return rs_unlikely(rs_load(&rs_container_has_contended)) &&
           rs_borrow_is_marked(object);
}

/* The last borrow of the event's object, as facts; where there is one, it tells
 * its place, too. */
void rs_borrow_describe(const struct rs_event *ev, struct rs_step *step);

/* The thread state was detached for a while: others ran. */
static inline void
rs_borrow_attached(void)
{
    rs_borrows.attaches++;
}

/* An operation on the object was judged: once increfed, the pointer is the
 * code's own. */
void rs_borrow_counted(const struct rs_event *ev);
