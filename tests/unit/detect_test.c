/* SPDX-License-Identifier: MIT */
/* detect_test.c -- the detectors as a table: what happened, to what, and the
 * verdict. */
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

static struct rs_traverse traverse;
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
#define OP(id) .op = RS_EV_##id, .state = RS_STATE_LIVE
    {"an ordinary incref", OP(INCREF), .header = SPLIT(1), .verdict = NONE},
    {"an ordinary decref", OP(DECREF), .header = SPLIT(1), .verdict = NONE},
    {"a decref by another thread", OP(DECREF_SHARED),
     .header = FREE(OTHER_POINTER, 1, 1, RS_SHARED_INIT), .verdict = NONE},
    {"a decref that is queued", OP(DECREF_SHARED),
     .header = FREE(OTHER_POINTER, 2, 0, RS_SHARED_INIT), .verdict = NONE},
    {"a queued object may have a negative half", OP(DECREF_SHARED),
     .header = FREE(OTHER_POINTER, 3, -1, RS_SHARED_QUEUED), .verdict = NONE},
    {"a deferred object", OP(DECREF), .header = FREE_DEFERRED,
     .verdict = NONE},

    {"incref without a thread state", OP(INCREF), .where = DETACHED,
     .header = SPLIT(1), .verdict = RS_BUG_REFOP_DETACHED},
    {"decref without a thread state", OP(DECREF), .where = DETACHED,
     .header = SPLIT(1), .verdict = RS_BUG_REFOP_DETACHED, .is_skipped = true},
    {"decref after finalization", OP(DECREF), .where = FINALIZED,
     .header = SPLIT(1), .verdict = RS_BUG_REFOP_FINALIZED,
     .is_skipped = true},
    {"decref of an old runtime's object", OP(DECREF), .header = SPLIT(1),
     .step = {.is_old_runtime = true}, .verdict = RS_BUG_REFOP_FINALIZED,
     .seen = RS_SEEN_OLD_RUNTIME, .is_skipped = true},

    {"decref at zero, wide", OP(DECREF), .header = WIDE(0),
     .verdict = RS_BUG_COUNT_UNDERFLOW, .is_skipped = true},
    {"decref at zero, split", OP(DECREF), .header = SPLIT(0),
     .verdict = RS_BUG_COUNT_UNDERFLOW, .is_skipped = true},
    {"decref of a wrapped count", OP(DECREF), .header = SPLIT(0xffffffff),
     .verdict = RS_BUG_COUNT_UNDERFLOW, .seen = RS_SEEN_COUNT_NEGATIVE,
     .is_skipped = true},
    {"incref of a wrapped count", OP(INCREF), .header = SPLIT(0xffffffff),
     .verdict = RS_BUG_HEADER_BROKEN, .seen = RS_SEEN_COUNT_NEGATIVE,
     .is_skipped = true},
    {"the last value below a wrap is none", OP(DECREF),
     .header = SPLIT(RS_SPLIT_IMMORTAL), .verdict = NONE},
    {"decref by the owner at zero", OP(DECREF),
     .header = FREE(MY_POINTER, 0, 0, RS_SHARED_INIT),
     .verdict = RS_BUG_COUNT_UNDERFLOW, .is_skipped = true},
    {"decref of a merged object at zero", OP(DECREF_SHARED),
     .header = FREE(0, 0, 0, RS_SHARED_MERGED),
     .verdict = RS_BUG_COUNT_UNDERFLOW, .is_skipped = true},
    {"decref of a merged object below zero", OP(DECREF_SHARED),
     .header = FREE(0, 0, -1, RS_SHARED_MERGED),
     .verdict = RS_BUG_COUNT_UNDERFLOW, .seen = RS_SEEN_COUNT_NEGATIVE,
     .is_skipped = true},
    {"a shared half below zero that no queue explains", OP(DECREF_SHARED),
     .header = FREE(OTHER_POINTER, 2, -1, RS_SHARED_INIT),
     .verdict = RS_BUG_HEADER_BROKEN, .seen = RS_SEEN_SHARED_BELOW,
     .is_skipped = true},
    {"the last local reference, the usual way", OP(DECREF_LAST_LOCAL),
     .header = FREE(MY_POINTER, 0, 0, RS_SHARED_INIT), .verdict = NONE},
    {"the last local reference, others hold more", OP(DECREF_LAST_LOCAL),
     .header = FREE(MY_POINTER, 0, 2, RS_SHARED_INIT), .verdict = NONE},
    {"the last local reference of a merged object", OP(DECREF_LAST_LOCAL),
     .header = FREE(0, 0, 1, RS_SHARED_MERGED),
     .verdict = RS_BUG_HEADER_BROKEN, .seen = RS_SEEN_OWNER_MERGED,
     .is_skipped = true},
    {"the last reference of a queued object", OP(DECREF_LAST_LOCAL),
     .header = FREE(MY_POINTER, 0, 0, RS_SHARED_QUEUED),
     .verdict = RS_BUG_COUNT_UNDERFLOW, .seen = RS_SEEN_QUEUE_EMPTY,
     .is_skipped = true},

    {"a dealloc at zero", OP(DEALLOC), .header = SPLIT(0), .verdict = NONE},
    {"a dealloc at one", OP(DEALLOC), .header = SPLIT(1),
     .verdict = RS_BUG_HEADER_BROKEN, .seen = RS_SEEN_COUNT_NOT_ZERO,
     .is_skipped = true},
    {"a dealloc of None", OP(DEALLOC), .header = SPLIT_IMMORTAL,
     .verdict = RS_BUG_IMMORTAL_DEALLOC, .is_skipped = true},
    {"the tracer sees an immortal die", OP(GONE), .header = FREE_IMMORTAL,
     .verdict = RS_BUG_IMMORTAL_DEALLOC},
    {"at the end they may", OP(GONE), .where = FINALIZED,
     .header = FREE_IMMORTAL, .verdict = NONE},

    {"immortal, as documented", OP(IMMORTALIZED), .header = SPLIT(1),
     .verdict = NONE},
    {"immortal with two references", OP(IMMORTALIZE_FORCED),
     .header = SPLIT(2), .verdict = RS_BUG_IMMORTALIZE_SHARED,
     .seen = RS_SEEN_MANY_REFS | RS_SEEN_WAS_DONE},
    {"immortal after another thread used it", OP(IMMORTALIZED),
     .header = SPLIT(1), .step = {.was_shared = true},
     .verdict = RS_BUG_IMMORTALIZE_SHARED,
     .seen = RS_SEEN_FOREIGN_OP | RS_SEEN_WAS_DONE},
    {"immortal with a shared half in use", OP(IMMORTALIZE_FORCED),
     .header = FREE(MY_POINTER, 1, 1, RS_SHARED_INIT),
     .verdict = RS_BUG_IMMORTALIZE_SHARED,
     .seen = RS_SEEN_SHARED_HALF | RS_SEEN_MANY_REFS | RS_SEEN_WAS_DONE},
    {"immortal by another thread", OP(IMMORTALIZE_FORCED),
     .header = FREE(OTHER_POINTER, 1, 0, RS_SHARED_INIT),
     .step = {.is_owned_elsewhere = true},
     .verdict = RS_BUG_IMMORTALIZE_FOREIGN,
     .seen = RS_SEEN_FOREIGN_OWNER | RS_SEEN_WAS_DONE},
    {"a str was made immortal", OP(IMMORTALIZE_FORCED), .header = SPLIT(1),
     .step = {.is_str = true}, .verdict = RS_BUG_IMMORTALIZE_STRING,
     .seen = RS_SEEN_IS_STR | RS_SEEN_WAS_DONE},
    {"it was immortal already", OP(IMMORTALIZE_REFUSED),
     .header = FREE_IMMORTAL, .verdict = NONE},
    {"refused for its references", OP(IMMORTALIZE_REFUSED), .header = SPLIT(2),
     .verdict = RS_BUG_IMMORTALIZE_REFUSED,
     .seen = RS_SEEN_MANY_REFS | RS_SEEN_REFUSED},
    {"refused for a weak reference", OP(IMMORTALIZE_REFUSED),
     .header = FREE(MY_POINTER, 1, 0, RS_SHARED_MAYBE_WEAKREF),
     .verdict = RS_BUG_IMMORTALIZE_REFUSED,
     .seen = RS_SEEN_SHARED_STATE | RS_SEEN_REFUSED},
    {"refused to another thread", OP(IMMORTALIZE_REFUSED),
     .header = FREE(OTHER_POINTER, 1, 0, RS_SHARED_INIT),
     .step = {.is_owned_elsewhere = true},
     .verdict = RS_BUG_IMMORTALIZE_FOREIGN,
     .seen = RS_SEEN_FOREIGN_OWNER | RS_SEEN_REFUSED},
    {"refused for what others hold", OP(IMMORTALIZE_REFUSED),
     .header = FREE(MY_POINTER, 1, 1, RS_SHARED_INIT),
     .verdict = RS_BUG_IMMORTALIZE_SHARED,
     .seen = RS_SEEN_SHARED_HALF | RS_SEEN_MANY_REFS | RS_SEEN_REFUSED},
    {"refused for a str", OP(IMMORTALIZE_REFUSED), .header = SPLIT(1),
     .step = {.is_str = true}, .verdict = RS_BUG_IMMORTALIZE_STRING,
     .seen = RS_SEEN_IS_STR | RS_SEEN_REFUSED},

    {"TryIncRef without Enable", OP(TRYINCREF), .header = SPLIT(1),
     .verdict = RS_BUG_TRYINCREF_NOT_ENABLED},
    {"TryIncRef after Enable", OP(TRYINCREF), .marks = RS_MARK_TRY_ENABLED,
     .header = SPLIT(1), .verdict = NONE},
    {"TryIncRef of what a weak reference marked", OP(TRYINCREF),
     .header = FREE(OTHER_POINTER, 1, 0, RS_SHARED_MAYBE_WEAKREF),
     .verdict = NONE},
    {"TryIncRef without the lock of the dealloc", OP(TRYINCREF),
     .marks = RS_MARK_TRY_ENABLED,
     .header = FREE(OTHER_POINTER, 1, 0, RS_SHARED_MAYBE_WEAKREF),
     .step = {.is_foreign = true, .dealloc_locks = {.is_known = true}},
     .verdict = RS_BUG_TRYINCREF_UNLOCKED, .seen = RS_SEEN_OTHER_LOCK},
    {"… with it", OP(TRYINCREF), .marks = RS_MARK_TRY_ENABLED,
     .header = FREE(OTHER_POINTER, 1, 0, RS_SHARED_MAYBE_WEAKREF),
     .step = {.is_foreign = true,
              .dealloc_locks = {.is_known = true, .is_common = true}},
     .verdict = NONE},
    {"… with one of its own", OP(TRYINCREF), .marks = RS_MARK_TRY_ENABLED,
     .header = FREE(OTHER_POINTER, 1, 0, RS_SHARED_MAYBE_WEAKREF),
     .step = {.is_foreign = true,
              .dealloc_locks = {.is_known = true, .is_guarded = true}},
     .verdict = NONE},
    {"… where others hold the dealloc's", OP(TRYINCREF),
     .marks = RS_MARK_TRY_ENABLED,
     .header = FREE(OTHER_POINTER, 1, 0, RS_SHARED_MAYBE_WEAKREF),
     .step = {.is_foreign = true,
              .dealloc_locks = {.is_known = true,
                                .is_guarded = true,
                                .is_registry = true}},
     .verdict = RS_BUG_TRYINCREF_UNLOCKED, .seen = RS_SEEN_OTHER_LOCK},
    {"… on the thread that made it, alone", OP(TRYINCREF),
     .marks = RS_MARK_TRY_ENABLED,
     .header = FREE(MY_POINTER, 1, 0, RS_SHARED_MAYBE_WEAKREF),
     .step.dealloc_locks = {.is_known = true}, .verdict = NONE},
    {"… with a GIL", OP(TRYINCREF), .marks = RS_MARK_TRY_ENABLED,
     .header = SPLIT(1),
     .step = {.is_foreign = true, .dealloc_locks = {.is_known = true}},
     .verdict = NONE},
    {"TryIncRef of an immortal", OP(TRYINCREF), .header = FREE_IMMORTAL,
     .verdict = NONE},
    {"TryIncRef of what was there before refsan", .op = RS_EV_TRYINCREF,
     .state = RS_STATE_UNKNOWN, .header = SPLIT(1), .verdict = NONE},

    {"deferred, as documented", OP(DEFERRED),
     .header = FREE(MY_POINTER, 3, 0, RS_SHARED_INIT), .verdict = NONE},
    {"deferred after another thread used it", OP(DEFERRED),
     .header = FREE(MY_POINTER, 1, 0, RS_SHARED_INIT),
     .step = {.was_shared = true}, .verdict = RS_BUG_DEFER_SHARED,
     .seen = RS_SEEN_FOREIGN_OP},
    {"a default build defers nothing", OP(DEFER_REFUSED), .header = SPLIT(1),
     .verdict = NONE},
    {"deferral refused: no collector", OP(DEFER_REFUSED),
     .header = FREE(MY_POINTER, 1, 0, RS_SHARED_INIT),
     .verdict = RS_BUG_DEFER_REFUSED, .seen = RS_SEEN_NOT_GC},
    {"deferral refused: it has it", OP(DEFER_REFUSED), .header = FREE_DEFERRED,
     .verdict = NONE},

    {"refused for its references, which another contract allows",
     OP(IMMORTALIZE_REFUSED), .header = SPLIT(2),
     .step = {.contract = RS_CONTRACT_RELAXED}, .verdict = NONE},
    {"immortal with two references, which another contract allows",
     OP(IMMORTALIZE_FORCED), .header = SPLIT(2),
     .step = {.contract = RS_CONTRACT_314}, .verdict = NONE},
    {"no contract allows another thread's", OP(IMMORTALIZE_FORCED),
     .header = FREE(OTHER_POINTER, 1, 0, RS_SHARED_INIT),
     .step = {.is_owned_elsewhere = true, .contract = RS_CONTRACT_RELAXED},
     .verdict = RS_BUG_IMMORTALIZE_FOREIGN,
     .seen = RS_SEEN_FOREIGN_OWNER | RS_SEEN_WAS_DONE},
    {"a str, before there was a function that refuses it",
     OP(IMMORTALIZE_FORCED), .header = SPLIT(1),
     .step = {.is_str = true, .contract = RS_CONTRACT_314}, .verdict = NONE},

    {"a count set for a free list", OP(SET_REFCNT), .header = SPLIT(0),
     .argument = 1, .verdict = NONE},
    {"a count set to the mark", OP(SET_REFCNT), .header = SPLIT(1),
     .argument = RS_SPLIT_IMMORTAL, .verdict = NONE},
    {"the mark on what two hold", OP(SET_REFCNT), .header = SPLIT(2),
     .argument = RS_SPLIT_IMMORTAL, .verdict = RS_BUG_IMMORTALIZE_SHARED,
     .seen = RS_SEEN_MANY_REFS | RS_SEEN_MARKED},
    {"an older Python's mark", OP(SET_REFCNT), .header = SPLIT(1),
     .argument = UINT32_MAX, .verdict = RS_BUG_HEADER_BROKEN,
     .seen = RS_SEEN_WRONG_MARK},
    {"an older Python's mark, there", OP(SET_REFCNT), .header = WIDE(1),
     .argument = UINT32_MAX, .verdict = NONE},
    {"a negative count", OP(SET_REFCNT), .header = SPLIT(1), .argument = -1,
     .verdict = RS_BUG_HEADER_BROKEN, .seen = RS_SEEN_SET_NEGATIVE,
     .is_skipped = true},
    {"the mark, by the owner", OP(SET_REFCNT),
     .header = FREE(MY_POINTER, 1, 0, RS_SHARED_INIT), .argument = INT64_MAX,
     .verdict = NONE},
    {"the mark, by another thread", OP(SET_REFCNT),
     .header = FREE(OTHER_POINTER, 1, 0, RS_SHARED_INIT),
     .argument = INT64_MAX, .step = {.is_owned_elsewhere = true},
     .verdict = RS_BUG_IMMORTALIZE_FOREIGN,
     .seen = RS_SEEN_FOREIGN_OWNER | RS_SEEN_MARKED},
    {"half of a mark", OP(SET_REFCNT),
     .header = FREE(MY_POINTER, 1, 0, RS_SHARED_INIT), .argument = UINT32_MAX,
     .verdict = RS_BUG_HEADER_BROKEN, .seen = RS_SEEN_IMMORTAL_OWNED},
    {"a default build's mark", OP(SET_REFCNT),
     .header = FREE(MY_POINTER, 1, 0, RS_SHARED_INIT),
     .argument = RS_SPLIT_IMMORTAL, .verdict = RS_BUG_HEADER_BROKEN,
     .seen = RS_SEEN_WRONG_MARK},
    {"None cannot be set", OP(SET_REFCNT), .header = FREE_IMMORTAL,
     .argument = 1, .verdict = NONE},

    {"half of a mark, seen later", OP(INCREF),
     .header = FREE(MY_POINTER, RS_LOCAL_IMMORTAL, 0, RS_SHARED_INIT),
     .verdict = RS_BUG_HEADER_BROKEN, .seen = RS_SEEN_IMMORTAL_OWNED},
    {"a mark that another thread is writing", OP(INCREF),
     .header = FREE(OTHER_POINTER, RS_LOCAL_IMMORTAL, 0, RS_SHARED_INIT),
     .verdict = NONE},
    {"the incref too many", OP(INCREF),
     .header = SPLIT(RS_SPLIT_IMMORTAL_FLOOR - 1),
     .verdict = RS_BUG_IMMORTAL_OVERFLOW},
    {"the incref too many, free-threaded", OP(INCREF),
     .header = FREE(MY_POINTER, RS_LOCAL_IMMORTAL - 1, 0, RS_SHARED_INIT),
     .verdict = RS_BUG_IMMORTAL_OVERFLOW},
    {"the incref too many, wide", OP(INCREF),
     .header = WIDE(RS_SPLIT_IMMORTAL_FLOOR - 1),
     .verdict = RS_BUG_IMMORTAL_OVERFLOW},
    {"a decref just below", OP(DECREF),
     .header = SPLIT(RS_SPLIT_IMMORTAL_FLOOR - 1), .verdict = NONE},
    {"it ran over, unseen", OP(DECREF),
     .header = SPLIT(RS_SPLIT_IMMORTAL_FLOOR),
     .verdict = RS_BUG_IMMORTAL_OVERFLOW},
    {"it ran over, and that was said", OP(DECREF),
     .header = SPLIT(RS_SPLIT_IMMORTAL_FLOOR),
     .step = {.is_drift_known = true}, .verdict = NONE},
    {"marked after another thread used it", OP(INCREF),
     .marks = RS_MARK_SHARED, .header = SPLIT_IMMORTAL,
     .step = {.is_marked = true}, .verdict = RS_BUG_IMMORTALIZE_SHARED,
     .seen = RS_SEEN_FOREIGN_OP | RS_SEEN_MARKED},
    {"marked while nobody else saw it", OP(INCREF), .header = SPLIT_IMMORTAL,
     .step = {.is_marked = true}, .verdict = NONE},
    {"marked by the interpreter", OP(INCREF), .marks = RS_MARK_SHARED,
     .header = FREE_IMMORTAL, .verdict = NONE},

    {"another interpreter's object", OP(INCREF), .header = SPLIT(1),
     .step = {.is_other_interpreter = true},
     .verdict = RS_BUG_CROSS_INTERPRETER, .seen = RS_SEEN_OTHER_INTERPRETER},
    {"… which is immortal", OP(INCREF), .header = SPLIT_IMMORTAL,
     .step = {.is_other_interpreter = true}, .verdict = NONE},
    {"… of which others hold more", OP(DECREF), .header = SPLIT(2),
     .step = {.is_other_interpreter = true},
     .verdict = RS_BUG_CROSS_INTERPRETER, .seen = RS_SEEN_OTHER_INTERPRETER},
    {"… which would be freed", OP(DECREF), .header = SPLIT(1),
     .step = {.is_other_interpreter = true},
     .verdict = RS_BUG_CROSS_INTERPRETER, .seen = RS_SEEN_OTHER_INTERPRETER,
     .is_skipped = true},
    {"… at the end", OP(DECREF), .header = SPLIT(2),
     .step = {.is_other_interpreter = true, .is_finalizing = true},
     .verdict = NONE},

    {"an incref in a tp_traverse", OP(INCREF), .header = SPLIT(1),
     .step.traverse = {.function = &traverse},
     .verdict = RS_BUG_REFOP_IN_TRAVERSE, .seen = RS_SEEN_IN_TRAVERSE},
    {"… called by the collector, with its numbers in the header", OP(DECREF),
     .header = FREE(3, 0, 0, RS_SHARED_MERGED),
     .step.traverse = {.function = &traverse, .is_collecting = true},
     .verdict = RS_BUG_REFOP_IN_TRAVERSE,
     .seen = RS_SEEN_IN_TRAVERSE | RS_SEEN_COLLECTING},
    {"… of which one report is enough", OP(DECREF),
     .header = FREE(3, 0, 0, RS_SHARED_MERGED),
     .step.traverse = {.function = &traverse,
                       .is_told = true,
                       .is_collecting = true},
     .verdict = NONE},
    {"a count may be read in a tp_traverse", OP(REFCNT_READ),
     .header = SPLIT(2), .step.traverse = {.function = &traverse},
     .verdict = NONE},
    {"the collector's numbers are no counts", OP(DECREF_SHARED),
     .header = FREE(0x5000, RS_LOCAL_IMMORTAL, 0, RS_SHARED_MERGED),
     .step.traverse = {.is_collecting = true}, .verdict = NONE},
    {"what it did not touch is counted as ever", OP(DECREF_SHARED),
     .header = FREE(0, 0, 0, RS_SHARED_MERGED),
     .step.traverse = {.is_collecting = true},
     .verdict = RS_BUG_COUNT_UNDERFLOW, .is_skipped = true},

    {"a count of 1 of one's own", OP(REFCNT_READ),
     .header = FREE(MY_POINTER, 1, 0, RS_SHARED_INIT), .verdict = NONE},
    {"a count of 2 of another thread's", OP(REFCNT_READ),
     .header = FREE(OTHER_POINTER, 2, 0, RS_SHARED_INIT),
     .step = {.is_owned_elsewhere = true}, .verdict = NONE},
    {"a count of 1 of another thread's", OP(REFCNT_READ),
     .header = FREE(OTHER_POINTER, 1, 0, RS_SHARED_INIT),
     .step = {.is_owned_elsewhere = true}, .verdict = RS_BUG_UNIQUE_CHECK_RACE,
     .seen = RS_SEEN_FOREIGN_OWNER},
    {"a count of 1 of a thread's that ended", OP(REFCNT_READ),
     .header = FREE(OTHER_POINTER, 1, 0, RS_SHARED_INIT),
     .step = {.is_owned_elsewhere = true, .is_owner_gone = true},
     .verdict = NONE},
    {"a count of 1 that another thread may raise", OP(REFCNT_READ),
     .header = FREE(MY_POINTER, 1, 0, RS_SHARED_MAYBE_WEAKREF),
     .step = {.was_shared = true}, .verdict = RS_BUG_UNIQUE_CHECK_RACE,
     .seen = RS_SEEN_FOREIGN_OP},
    {"a count of 1 that another thread gave back", OP(REFCNT_READ),
     .header = FREE(MY_POINTER, 1, 0, RS_SHARED_INIT),
     .step = {.was_shared = true}, .verdict = NONE},
    {"with a GIL nobody counts in between", OP(REFCNT_READ),
     .header = SPLIT(1), .step = {.was_shared = true}, .verdict = NONE},
    {"a count of 1 that is the caller's", OP(REFCNT_READ), .header = SPLIT(1),
     .step = {.is_lent_by_stack = true}, .verdict = RS_BUG_UNIQUE_CHECK_RACE,
     .seen = RS_SEEN_LENT_BY_STACK},
#undef OP

#define OP(id) .op = RS_EV_##id, .state = RS_STATE_IMMORTAL
    {"an immortal object is counted", OP(INCREF), .header = SPLIT_IMMORTAL,
     .verdict = NONE},
    {"it is mortal again", OP(DECREF), .header = SPLIT(3),
     .verdict = RS_BUG_IMMORTAL_LOST},
    {"it is mortal again at the end", OP(DECREF), .header = SPLIT(3),
     .step = {.is_finalizing = true}, .verdict = NONE},
    {"the owner wrote its count back", OP(INCREF),
     .header = FREE(0, 2, 0, RS_SHARED_INIT), .verdict = RS_BUG_IMMORTAL_LOST},
    {"the interpreter merged it, once", OP(INCREF),
     .header = FREE(0, 0, 1, RS_SHARED_MERGED),
     .step = {.may_be_merged_by_host = true}, .verdict = NONE},
    {"somebody merged it", OP(INCREF),
     .header = FREE(0, 0, 1, RS_SHARED_MERGED),
     .verdict = RS_BUG_IMMORTAL_LOST},
    {"it was counted by who does not know", OP(INCREF),
     .header = {.layout = RS_LAYOUT_SPLIT,
                .local = RS_SPLIT_IMMORTAL - 1,
                .flags = RS_SPLIT_IMMORTAL_FLAG},
     .verdict = RS_BUG_IMMORTAL_DRIFT, .seen = RS_SEEN_NOT_CANONICAL},
    {"its shared half is in use", OP(INCREF),
     .header = FREE(0, RS_LOCAL_IMMORTAL, 1, RS_SHARED_INIT),
     .verdict = RS_BUG_IMMORTAL_DRIFT, .seen = RS_SEEN_NOT_CANONICAL},
    {"a type's shared half is the interpreter's", OP(INCREF),
     .header = FREE(0, RS_LOCAL_IMMORTAL, 1, RS_SHARED_INIT),
     .step = {.is_type = true}, .verdict = NONE},
#undef OP

#define OP(id) .op = RS_EV_##id, .state = RS_STATE_UNKNOWN
    {"None was counted by who does not know", OP(DECREF),
     .header = {.layout = RS_LAYOUT_SPLIT,
                .local = RS_SPLIT_IMMORTAL - 1,
                .flags = RS_SPLIT_IMMORTAL_FLAG | 4},
     .verdict = RS_BUG_IMMORTAL_DRIFT, .seen = RS_SEEN_NOT_CANONICAL},
    {"and that was said", OP(DECREF),
     .header = {.layout = RS_LAYOUT_SPLIT,
                .local = RS_SPLIT_IMMORTAL - 1,
                .flags = RS_SPLIT_IMMORTAL_FLAG | 4},
     .step = {.is_drift_known = true}, .verdict = NONE},
    {"a static object with a mark of its own making", OP(DECREF),
     .header = SPLIT(RS_SPLIT_IMMORTAL), .verdict = NONE},
#undef OP

#define OP(id)                                                                \
    .op = RS_EV_SET_REFCNT, .state = RS_STATE_DYING,                          \
    .header = FREE(id, 0, 0, RS_SHARED_INIT)
    {"a count set in the dealloc", OP(MY_POINTER), .argument = 1,
     .step = {.destroyer = ME}, .verdict = RS_BUG_DEALLOC_DISCIPLINE,
     .seen = RS_SEEN_IN_DEALLOC},
    {"a count set while another thread destroys it", OP(MY_POINTER),
     .argument = 1, .step = {.destroyer = OTHER},
     .verdict = RS_BUG_DEALLOC_DISCIPLINE, .seen = RS_SEEN_DEALLOC_RUNS},
    {"a count set for a free list", OP(MY_POINTER), .argument = 1,
     .step = {.destroyer = ME, .is_dealloc_over = true}, .verdict = NONE},
#undef OP

#define OP(id) .op = RS_EV_##id, .state = RS_STATE_DYING, .header = SPLIT(0)
    {"memory is freed, and somebody has a reference", OP(FREED),
     .step = {.destroyer = ME, .leftover = {.is_known = true}},
     .verdict = RS_BUG_DEALLOC_DISCIPLINE, .seen = RS_SEEN_STILL_HELD},
    {"memory is freed with a count that nobody took", OP(FREED),
     .step = {.destroyer = ME}, .verdict = NONE},
    {"with a GIL the dealloc may set it", OP(SET_REFCNT), .argument = 1,
     .step = {.destroyer = ME}, .verdict = NONE},
    {"incref in its own dealloc", OP(INCREF), .step = {.destroyer = ME},
     .verdict = NONE},
    {"incref while another thread destroys it", OP(INCREF),
     .step = {.destroyer = OTHER}, .verdict = RS_BUG_INCREF_AFTER_ZERO,
     .seen = RS_SEEN_DEALLOC_RUNS, .is_skipped = true},
    {"incref after its dealloc", OP(INCREF),
     .step = {.destroyer = ME, .is_dealloc_over = true},
     .verdict = RS_BUG_INCREF_AFTER_ZERO, .seen = RS_SEEN_DEALLOC_OVER,
     .is_skipped = true},
    {"immortal while another thread destroys it", OP(IMMORTALIZE),
     .step = {.destroyer = OTHER}, .verdict = RS_BUG_INCREF_AFTER_ZERO,
     .seen = RS_SEEN_DEALLOC_RUNS, .is_skipped = true},
    {"decref in its own dealloc", OP(DECREF), .step = {.destroyer = ME},
     .verdict = RS_BUG_DECREF_AFTER_ZERO, .is_skipped = true},
    {"a second death after a resurrection", OP(DEALLOC),
     .step = {.destroyer = ME}, .verdict = NONE},
    {"TryIncRef meets a dealloc", OP(TRYINCREF), .marks = RS_MARK_TRY_ENABLED,
     .step = {.destroyer = OTHER}, .verdict = NONE},
    {"TryIncRef meets a dealloc, not enabled", OP(TRYINCREF),
     .step = {.destroyer = ME}, .verdict = RS_BUG_TRYINCREF_NOT_ENABLED,
     .is_skipped = true},
    {"TryIncRef comes too late", OP(TRYINCREF), .marks = RS_MARK_TRY_ENABLED,
     .step = {.destroyer = ME, .is_dealloc_over = true},
     .verdict = RS_BUG_TRYINCREF_AFTER_FREE, .seen = RS_SEEN_DEALLOC_OVER,
     .is_skipped = true},
#undef OP

#define OP(id)                                                                \
    .op = RS_EV_##id, .state = RS_STATE_DEAD, .header = SPLIT(0),             \
    .step = {.destroyer = ME, .is_dealloc_over = true}
    {"incref of the dead", OP(INCREF), .verdict = RS_BUG_INCREF_AFTER_ZERO,
     .seen = RS_SEEN_DEALLOC_OVER, .is_skipped = true},
    {"decref of the dead", OP(DECREF), .verdict = RS_BUG_DECREF_AFTER_ZERO,
     .seen = RS_SEEN_DEALLOC_OVER, .is_skipped = true},
    {"TryIncRef of the dead", OP(TRYINCREF),
     .verdict = RS_BUG_TRYINCREF_AFTER_FREE, .seen = RS_SEEN_DEALLOC_OVER,
     .is_skipped = true},
    {"the last reference of what was resurrected, unseen", OP(DEALLOC),
     .verdict = NONE},
    {"a new object is born there", OP(BORN), .verdict = NONE},
#undef OP
    {"the same, free-threaded", .op = RS_EV_DECREF_LAST_LOCAL,
     .state = RS_STATE_DEAD, .header = FREE(MY_POINTER, 0, 0, RS_SHARED_INIT),
     .step = {.destroyer = ME, .is_dealloc_over = true}, .verdict = NONE},

    {"a death that keeps the type", .op = RS_EV_GONE, .state = RS_STATE_DEAD,
     .header = SPLIT(0), .step.leak = {.keeps_type = true},
     .verdict = RS_BUG_LEAK, .seen = RS_SEEN_KEEPS_TYPE},
    {"outlived the runtime", .op = RS_EV_BORN, .state = RS_STATE_LIVE,
     .header = SPLIT(1), .step.leak = {.objects = 3}, .verdict = RS_BUG_LEAK,
     .seen = RS_SEEN_OUTLIVED},
    {"and holds others", .op = RS_EV_BORN, .state = RS_STATE_LIVE,
     .header = SPLIT(1), .step.leak = {.objects = 1, .held = 2},
     .verdict = RS_BUG_LEAK, .seen = RS_SEEN_OUTLIVED | RS_SEEN_HOLDS_OTHERS},

#define LENT   .kind = RS_BORROW_LENT, .is_stored = true
#define GIVEN  .kind = RS_BORROW_STOLEN, .is_stored = true
#define OP(id) .op = RS_EV_##id, .state = RS_STATE_LIVE
#define STORED                                                                \
    .verdict = RS_BUG_SLOT_RACE, .seen = RS_SEEN_STILL_STORED,                \
    .is_skipped = true
    {"the container's reference is released", OP(DECREF), .header = SPLIT(1),
     .step.borrow = {LENT}, STORED},
    {"… after it was stolen", OP(DECREF), .header = SPLIT(1),
     .step.borrow = {GIVEN, .is_by_macro = true}, STORED},
    {"… by a thread that does not own it", OP(DECREF_SHARED),
     .header = FREE(OTHER_POINTER, 1, 0, RS_SHARED_INIT),
     .step.borrow = {LENT}, STORED},
    {"… by inline code that called out", OP(DECREF_LAST_LOCAL),
     .header = FREE(MY_POINTER, 0, 0, RS_SHARED_INIT), .step.borrow = {LENT},
     STORED},
    {"… in a default build", OP(DEALLOC), .header = SPLIT(0),
     .step.borrow = {LENT}, STORED},
    {"another reference is left", OP(DECREF), .header = SPLIT(2),
     .step.borrow = {LENT}, .verdict = NONE},
    {"others hold references", OP(DECREF_LAST_LOCAL),
     .header = FREE(MY_POINTER, 0, 1, RS_SHARED_INIT), .step.borrow = {LENT},
     .verdict = NONE},
    {"the container has let go", OP(DECREF), .header = SPLIT(1),
     .step.borrow = {.kind = RS_BORROW_LENT}, .verdict = NONE},
    {"released before the item is set anew", OP(DECREF), .header = SPLIT(1),
     .step.borrow = {LENT, .is_by_macro = true}, .verdict = NONE},
    {"deferred: its count is not all", OP(DECREF), .header = FREE_DEFERRED,
     .step.borrow = {LENT}, .verdict = NONE},
    {"lent, and given away", OP(STEAL), .header = SPLIT(1),
     .step.borrow = {LENT}, .verdict = RS_BUG_SLOT_RACE,
     .seen = RS_SEEN_STILL_STORED},
    {"lent, counted, and given away", OP(STEAL), .header = SPLIT(2),
     .step.borrow = {LENT}, .verdict = NONE},
    {"moved by macros", OP(STEAL), .header = SPLIT(1),
     .step.borrow = {LENT, .is_by_macro = true}, .verdict = NONE},
#undef STORED

    {"taken by two threads", OP(TAKE), .header = SPLIT(1),
     .step.slot_access = {.is_contended = true}, .verdict = NONE},
    {"… again", OP(TAKE), .header = SPLIT(1),
     .step.slot_access = {.is_contended = true, .is_again = true},
     .verdict = RS_BUG_SLOT_RACE, .seen = RS_SEEN_SWAPPED},
    {"… the same reference", OP(TAKE), .header = SPLIT(1),
     .step.slot_access = {.is_contended = true, .is_same = true},
     .verdict = RS_BUG_SLOT_RACE, .seen = RS_SEEN_TAKEN_TWICE,
     .is_skipped = true},
    {"… which is dead by now", .op = RS_EV_TAKE, .state = RS_STATE_DEAD,
     .header = SPLIT(0),
     .step.slot_access = {.is_contended = true, .is_same = true},
     .verdict = RS_BUG_SLOT_RACE, .seen = RS_SEEN_TAKEN_TWICE,
     .is_skipped = true},
    {"… in turn", OP(TAKE), .header = SPLIT(1),
     .step.slot_access = {.is_same = true, .is_again = true}, .verdict = NONE},

#define HEADER .header = FREE(MY_POINTER, 1, 0, RS_SHARED_INIT)
    {"lent by what others change", OP(INCREF), HEADER,
     .step.borrow = {LENT, .is_same_call = true, .is_contended = true},
     .verdict = RS_BUG_BORROWED_RACE, .seen = RS_SEEN_CONTENDED},
    {"… under a lock", OP(INCREF), HEADER,
     .step.borrow = {LENT, .is_same_call = true, .is_contended = true,
                     .is_guarded = true},
     .verdict = NONE},
    {"… in another call", OP(INCREF), HEADER,
     .step.borrow = {LENT, .is_contended = true}, .verdict = NONE},
    {"… by what nobody else changes", OP(INCREF), HEADER,
     .step.borrow = {LENT, .is_same_call = true}, .verdict = NONE},
    {"… with a GIL that a free-threaded build has", OP(INCREF), HEADER,
     .step.borrow = {LENT, .is_same_call = true, .is_contended = true,
                     .has_gil = true},
     .verdict = NONE},
    {"… with a GIL", OP(INCREF), .header = SPLIT(1),
     .step.borrow = {LENT, .is_same_call = true, .is_contended = true},
     .verdict = NONE},
    {"… with a GIL that was released", OP(INCREF), .header = SPLIT(1),
     .step.borrow = {LENT, .is_same_call = true, .is_contended = true,
                     .was_detached = true},
     .verdict = RS_BUG_BORROWED_RACE,
     .seen = RS_SEEN_CONTENDED | RS_SEEN_GIL_RELEASED},
#undef HEADER
#undef OP
#undef LENT
#undef GIVEN
};

static void
check_row(const struct row *row)
{
    struct rs_finding found = {0};
    struct rs_step step = row->step;
    struct rs_event ev = {
        .op = row->op,
        .self = &me,
        .tstate = row->where == ATTACHED ? &me : NULL,
        .life = row->where == FINALIZED ? RS_HOST_FINALIZED : RS_HOST_RUNNING,
        .has_before = true,
        .before = row->header,
        .argument = row->argument,
    };

    UNIT_ROW(row->name);
    step.before = rs_word_make(row->state, ME);
    step.before.bits |= row->marks;
    UNIT_EQ(rs_detect(&ev, &step, &found), row->verdict != NONE);
    if (row->verdict == NONE)
        return;
    UNIT_EQ(found.kind, row->verdict);
    UNIT_EQ(found.seen, row->seen);
    UNIT_EQ(found.is_skipped, row->is_skipped);
}

/* Every state answers every event: no cell of rules.def is empty, and none
 * crashes on an object without a readable header. */
static void
test_every_cell(void)
{
    for (int state = 0; state < RS_STATE_COUNT; state++) {
        for (int op = 0; op < RS_EV_COUNT; op++) {
            struct rs_finding found;
            struct rs_event ev = {.op = (enum rs_ev)op,
                                  .self = &me,
                                  .tstate = &me,
                                  .life = RS_HOST_RUNNING};
            struct rs_step step = {.before =
                                       rs_word_make((enum rs_state)state, ME)};

            (void)rs_detect(&ev, &step, &found);
            UNIT_CHECK(rs_shadow_next_state((enum rs_state)state,
                                            (enum rs_ev)op) < RS_STATE_COUNT);
        }
    }
}

int
main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_row(&rows[i]);
    UNIT_ROW(NULL);
    test_every_cell();
    return unit_result();
}
