/* SPDX-License-Identifier: MIT */
/* detect_test.c -- the detectors as a table: what happened, to what, and the
 * verdict. The rows are in detect/, a file for each file of checks; each cell of
 * rules.def that has a check needs one that yields a finding, and one that does
 * not. */
#include "../../runtime/detect/detect.h"

#include <limits.h>
#include <string.h>

#include "../../runtime/detect/checks.h"
#include "../../runtime/track/traverse.h"
#include "unit.h"

#define NONE          RS_BUG_COUNT
#define ME            1
#define OTHER         2
#define MY_POINTER    0x1000
#define OTHER_POINTER 0x2000

static struct rs_type_code traverse;
static struct rs_thread me = {.slot = ME, .pointer = MY_POINTER};

/* Headers, by the names they go under in CPython. */
#define SPLIT(count)                                                          \
    {                                                                         \
        .layout = RS_LAYOUT_SPLIT, .local = (count)                           \
    }
#define SPLIT_IMMORTAL                                                        \
    {                                                                         \
        .layout = RS_LAYOUT_SPLIT, .local = RS_SPLIT_IMMORTAL,                \
        .flags = RS_SPLIT_IMMORTAL_FLAG                                       \
    }
#define WIDE(count)                                                           \
    {                                                                         \
        .layout = RS_LAYOUT_WIDE, .shared = (count)                           \
    }
#define FREE(tid, count, half, state)                                         \
    {                                                                         \
        .layout = RS_LAYOUT_FREE_THREADED, .owner = (tid), .local = (count),  \
        .shared = (half)*4 + (state), .gc_bits = RS_GC_TRACKED                \
    }
#define FREE_IMMORTAL FREE(0, RS_LOCAL_IMMORTAL, 0, RS_SHARED_INIT)
#define FREE_DEFERRED                                                         \
    {                                                                         \
        .layout = RS_LAYOUT_FREE_THREADED, .owner = MY_POINTER, .local = 1,   \
        .shared = RS_DEFERRED_BIAS * 4, .gc_bits = RS_GC_DEFERRED             \
    }

enum where {
    ATTACHED,
    DETACHED,
    FINALIZED,
    NOT_YET,
};

static const struct row {
    const char *name;
    enum rs_ev op;
    enum rs_state state;
    unsigned marks;
    enum where where;
    struct rs_header header;
    int64_t argument;
    struct rs_step step; /* .before is made from state and marks */
    enum rs_bug verdict;
    uint64_t seen;
    bool is_skipped;
} rows[] = {
#include "detect/refop.def"
#include "detect/count.def"
#include "detect/contract.def"
#include "detect/life.def"
#include "detect/immortal.def"
#include "detect/unique.def"
#include "detect/leak.def"
#include "detect/borrow.def"
#include "detect/cells.def"
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* The cells of rules.def: which check, and by what name. */
#define rs_checks_OK rs_checks_ok
static const struct {
    rs_check *check;
    const char *name;
} cells[RS_STATE_COUNT][RS_EV_COUNT] = {
#define RS_RULE(state, event, next, check)                                    \
    [RS_STATE_##state][RS_EV_##event] = {rs_checks_##check, #check},
#include "rules.def"
};

static bool
is_among(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}
#define IS_AMONG(name, names)                                                 \
    is_among((name), (names), sizeof(names) / sizeof((names)[0]))

static struct rs_event
event_of(const struct row *row)
{
    return (struct rs_event){
        .op = row->op,
        .self = &me,
        .tstate = row->where == ATTACHED ? &me : NULL,
        .life = row->where == FINALIZED ? RS_HOST_FINALIZED
                : row->where == NOT_YET ? RS_HOST_NOT_YET
                                        : RS_HOST_RUNNING,
        .has_before = true,
        .before = row->header,
        .argument = row->argument,
    };
}

static struct rs_step
step_of(const struct row *row)
{
    struct rs_step step = row->step;

    step.before = rs_word_make(row->state, ME);
    step.before.bits |= row->marks;
    return step;
}

static void
check_row(const struct row *row)
{
    struct rs_finding found = {0};
    struct rs_step step = step_of(row);
    struct rs_event ev = event_of(row);

    UNIT_ROW(row->name);
    UNIT_EQ(rs_detect(&ev, &step, &found), row->verdict != NONE);
    if (row->verdict == NONE)
        return;
    UNIT_EQ(found.kind, row->verdict);
    UNIT_EQ(found.seen, row->seen);
    UNIT_EQ(found.is_skipped, row->is_skipped);
}

static const char *
name_cell(enum rs_state state, enum rs_ev op)
{
    static const char *const states[] = {"UNKNOWN", "LIVE", "IMMORTAL",
                                         "DYING", "DEAD"};
    static char name[80];

    snprintf(name, sizeof(name), "%s, %s: %s", states[state],
             rs_event_words(op)->op, cells[state][op].name);
    return name;
}

/* A cell that has a check has a row that this check finds something in, and
 * one that it does not; but for the checks that always find something. */
static void
check_cell(enum rs_state state, enum rs_ev op)
{
    static const char *const never_quiet[] = {"decref_dying", "incref_dead",
                                              "try_dead"};
    const char *name = cells[state][op].name;
    unsigned loud = 0, quiet = 0;

    for (size_t i = 0; i < ROWS; i++) {
        struct rs_finding found = {0};
        struct rs_step step = step_of(&rows[i]);
        struct rs_event ev = event_of(&rows[i]);

        if (rows[i].state != state || rows[i].op != op)
            continue;
        if (cells[state][op].check(&ev, &step, &found))
            loud++;
        else
            quiet++;
    }
    UNIT_ROW(name_cell(state, op));
    if (strcmp(name, "OK") == 0) {
        UNIT_EQ(loud, 0);
        return;
    }
    UNIT_CHECK(loud > 0);
    UNIT_EQ(quiet > 0, !IS_AMONG(name, never_quiet));
}

/* What rules.def says of the state afterwards, said once more. */
static enum rs_state
state_after(enum rs_state state, enum rs_ev op)
{
    switch (op) {
    case RS_EV_BORN:
        return RS_STATE_LIVE;
    case RS_EV_GONE:
        return RS_STATE_DYING;
    case RS_EV_FREED:
        return RS_STATE_DEAD;
    case RS_EV_IMMORTALIZE_FORCED:
    case RS_EV_IMMORTALIZED:
        return state < RS_STATE_DYING ? RS_STATE_IMMORTAL : state;
    default:
        return state;
    }
}

/* Where the header could not be read, only the state speaks. */
static void
check_without_header(enum rs_state state, enum rs_ev op)
{
    static const char *const finds[] = {"decref_dying", "immortal_gone",
                                        "incref_dead", "try_dead",
                                        "try_dying"};
    struct rs_finding found;
    struct rs_event ev = {
        .op = op, .self = &me, .tstate = &me, .life = RS_HOST_RUNNING};
    struct rs_step step = {.before = rs_word_make(state, ME),
                           .is_dealloc_over = state == RS_STATE_DEAD};

    if ((rs_event_words(op)->traits & RS_TRAIT_NO_OBJECT) != 0)
        return; /* never judged */
    UNIT_EQ(rs_detect(&ev, &step, &found),
            IS_AMONG(cells[state][op].name, finds));
}

int
main(void)
{
    for (size_t i = 0; i < ROWS; i++)
        check_row(&rows[i]);
    for (int state = 0; state < RS_STATE_COUNT; state++) {
        for (int op = 0; op < RS_EV_COUNT; op++) {
            check_cell((enum rs_state)state, (enum rs_ev)op);
            check_without_header((enum rs_state)state, (enum rs_ev)op);
            UNIT_EQ(rs_shadow_next_state((enum rs_state)state, (enum rs_ev)op),
                    state_after((enum rs_state)state, (enum rs_ev)op));
        }
    }
    UNIT_ROW(NULL);
    return unit_result();
}
