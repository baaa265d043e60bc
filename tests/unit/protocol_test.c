/* SPDX-License-Identifier: MIT */
/* The protocol, three ways: rows that say what each transition makes of a
 * header; the law that counts are neither made nor lost, on every combination
 * of boundary values; and the atomic operations against the pure ones, on the
 * same combinations. */
#include "unit.h"

#include <inttypes.h>

#include "refcount/freed.h"
#include "refcount/protocol.h"
#include "refcount/refcount.h"

#define SELF         UINT64_C(0x1000)
#define OTHER        UINT64_C(0x2000)
#define MAX          RS_LOCAL_IMMORTAL
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum op {
    INCREF,
    DECREF,
    DECREF_SHARED,
    MERGE_ZERO,
    MERGE,
    IMMORTALIZE,
    IMMORTALIZE_OWNED,
    SET_IMMORTAL,
    DEFER,
    ENABLE_TRY,
    TRY,
    SET,
    START,
    END,
    OP_COUNT
};

static struct rs_change
apply(enum op op, const struct rs_header *h, int64_t argument)
{
    switch (op) {
    case INCREF:
        return rs_protocol_incref(h, SELF);
    case DECREF:
        return rs_protocol_decref(h, SELF);
    case DECREF_SHARED:
        return rs_protocol_decref_shared(h);
    case MERGE_ZERO:
        return rs_protocol_merge_zero(h);
    case MERGE:
        return rs_protocol_merge(h, argument);
    case IMMORTALIZE:
        return rs_protocol_immortalize(h, SELF, RS_IMMORTAL_UNIQUE, true);
    case IMMORTALIZE_OWNED:
        return rs_protocol_immortalize(h, SELF, RS_IMMORTAL_OWNED, true);
    case SET_IMMORTAL:
        return rs_protocol_set_immortal(h, true);
    case DEFER:
        return rs_protocol_defer(h);
    case ENABLE_TRY:
        return rs_protocol_enable_try(h);
    case TRY:
        return rs_protocol_try_incref(h, SELF);
    case SET:
        return rs_protocol_set_refcount(h, SELF, argument);
    case START:
        return rs_protocol_resurrect_start(h, SELF);
    case END:
        return rs_protocol_resurrect_end(h, SELF);
    case OP_COUNT:
        break;
    }
    return (struct rs_change){0};
}

/* ---- free-threaded rows ---- */

struct row {
    const char *name;
    enum op op;
    int64_t argument;
    struct {
        uint64_t owner;
        uint32_t local;
        int64_t count;
        int state, gc;
    } before, after;
    enum rs_outcome outcome;
};

#define BIAS      RS_DEFERRED_BIAS
#define SAME(...) __VA_ARGS__, __VA_ARGS__
#define H(...)                                                                \
    {                                                                         \
        __VA_ARGS__                                                           \
    }

static const struct row rows[] = {
    // clang-format off
    {"owner incref", INCREF, 0, H(SELF, 1, 0, 0, 0), H(SELF, 2, 0, 0, 0), RS_OUTCOME_DONE},
    {"owner incref, queued", INCREF, 0, H(SELF, 1, -3, 2, 0), H(SELF, 2, -3, 2, 0), RS_OUTCOME_DONE},
    {"owner incref overflows", INCREF, 0, H(SELF, MAX - 1, 5, 0, 1), H(SELF, MAX, 5, 0, 1), RS_OUTCOME_OVERFLOWED},
    {"incref of an immortal", INCREF, 0, SAME(H(0, MAX, 0, 0, 64)), RS_OUTCOME_NOTHING},
    {"foreign incref", INCREF, 0, H(OTHER, 1, 0, 0, 0), H(OTHER, 1, 1, 0, 0), RS_OUTCOME_DONE},
    {"foreign incref keeps the state", INCREF, 0, H(OTHER, 1, 3, 1, 0), H(OTHER, 1, 4, 1, 0), RS_OUTCOME_DONE},
    {"incref of a merged", INCREF, 0, H(0, 0, 1, 3, 0), H(0, 0, 2, 3, 0), RS_OUTCOME_DONE},

    {"owner decref", DECREF, 0, H(SELF, 2, 0, 0, 0), H(SELF, 1, 0, 0, 0), RS_OUTCOME_DONE},
    {"owner's last, untouched", DECREF, 0, H(SELF, 1, 0, 0, 0), H(SELF, 0, 0, 0, 0), RS_OUTCOME_DEALLOC},
    {"owner's last, maybe weakref", DECREF, 0, H(SELF, 1, 0, 1, 0), H(0, 0, 0, 3, 0), RS_OUTCOME_DEALLOC},
    {"owner's last, others hold it", DECREF, 0, H(SELF, 1, 2, 0, 0), H(0, 0, 2, 3, 0), RS_OUTCOME_DONE},
    {"owner's last, queued", DECREF, 0, H(SELF, 1, 1, 2, 0), H(0, 0, 1, 3, 0), RS_OUTCOME_DONE},
    {"owner below zero", DECREF, 0, H(SELF, 0, 0, 0, 0), H(SELF, MAX, 0, 0, 0), RS_OUTCOME_UNDERFLOWED},
    {"decref of an immortal", DECREF, 0, SAME(H(0, MAX, 0, 0, 64)), RS_OUTCOME_NOTHING},
    {"foreign decref", DECREF, 0, H(OTHER, 1, 1, 0, 0), H(OTHER, 1, 0, 0, 0), RS_OUTCOME_DONE},
    {"foreign decref of the owner's count", DECREF, 0, H(OTHER, 1, 0, 0, 0), H(OTHER, 1, 0, 2, 0), RS_OUTCOME_QUEUE},
    {"… that may have a weakref", DECREF, 0, H(OTHER, 2, 0, 1, 0), H(OTHER, 2, 0, 2, 0), RS_OUTCOME_QUEUE},
    {"… that is queued already", DECREF, 0, H(OTHER, 2, 0, 2, 0), H(OTHER, 2, -1, 2, 0), RS_OUTCOME_DONE},
    {"foreign decref, last of merged", DECREF, 0, H(0, 0, 1, 3, 0), H(0, 0, 0, 3, 0), RS_OUTCOME_DEALLOC},
    {"foreign decref of merged", DECREF, 0, H(0, 0, 2, 3, 0), H(0, 0, 1, 3, 0), RS_OUTCOME_DONE},
    {"decref of merged below zero", DECREF, 0, H(0, 0, 0, 3, 0), H(0, 0, -1, 3, 0), RS_OUTCOME_DONE},

    {"merge of a queued", MERGE, -1, H(SELF, 3, -2, 2, 0), H(0, 0, 0, 3, 0), RS_OUTCOME_DEALLOC},
    {"merge keeps what is left", MERGE, -1, H(SELF, 3, 0, 2, 0), H(0, 0, 2, 3, 0), RS_OUTCOME_DONE},
    {"merge of a merged", MERGE, 0, SAME(H(0, 0, 2, 3, 0)), RS_OUTCOME_DONE},

    {"immortalize", IMMORTALIZE, 0, H(SELF, 1, 0, 0, 0), H(0, MAX, 0, 0, 64), RS_OUTCOME_YES},
    {"immortalize, two references", IMMORTALIZE, 0, SAME(H(SELF, 2, 0, 0, 0)), RS_OUTCOME_NO},
    {"immortalize, foreign", IMMORTALIZE, 0, SAME(H(OTHER, 1, 0, 0, 0)), RS_OUTCOME_NO},
    {"immortalize, merged", IMMORTALIZE, 0, SAME(H(0, 0, 1, 3, 0)), RS_OUTCOME_NO},
    {"immortalize, enabled for TryIncRef", IMMORTALIZE, 0, SAME(H(SELF, 1, 0, 1, 0)), RS_OUTCOME_NO},
    {"immortalize, deferred", IMMORTALIZE, 0, SAME(H(SELF, 1, BIAS, 0, 65)), RS_OUTCOME_NO},
    {"immortalize twice", IMMORTALIZE, 0, SAME(H(0, MAX, 0, 0, 64)), RS_OUTCOME_NO},
    {"relaxed, two references", IMMORTALIZE_OWNED, 0, H(SELF, 2, 0, 0, 0), H(0, MAX, 0, 0, 64), RS_OUTCOME_YES},
    {"relaxed, foreign", IMMORTALIZE_OWNED, 0, SAME(H(OTHER, 1, 0, 0, 0)), RS_OUTCOME_NO},
    {"relaxed, seen by others", IMMORTALIZE_OWNED, 0, SAME(H(SELF, 2, 0, 1, 0)), RS_OUTCOME_NO},
    {"relaxed twice", IMMORTALIZE_OWNED, 0, SAME(H(0, MAX, 0, 0, 64)), RS_OUTCOME_NO},
    {"forced, shared", SET_IMMORTAL, 0, H(OTHER, 3, 4, 1, 1), H(0, MAX, 0, 0, 65), RS_OUTCOME_DONE},
    {"forced twice", SET_IMMORTAL, 0, SAME(H(OTHER, MAX, 4, 1, 1)), RS_OUTCOME_NOTHING},

    {"defer", DEFER, 0, H(SELF, 1, 0, 0, 1), H(SELF, 1, BIAS, 0, 65), RS_OUTCOME_YES},
    {"defer, shared", DEFER, 0, H(OTHER, 1, 2, 1, 1), H(OTHER, 1, BIAS + 2, 1, 65), RS_OUTCOME_YES},
    {"defer, untracked", DEFER, 0, SAME(H(SELF, 1, 0, 0, 0)), RS_OUTCOME_NO},
    {"defer twice", DEFER, 0, SAME(H(SELF, 1, BIAS, 0, 65)), RS_OUTCOME_NO},
    {"owner's last of a deferred", DECREF, 0, H(SELF, 1, BIAS, 0, 65), H(0, 0, BIAS, 3, 65), RS_OUTCOME_DONE},

    {"enable", ENABLE_TRY, 0, H(SELF, 1, 2, 0, 0), H(SELF, 1, 2, 1, 0), RS_OUTCOME_DONE},
    {"enable a queued", ENABLE_TRY, 0, SAME(H(SELF, 1, 0, 2, 0)), RS_OUTCOME_NOTHING},
    {"enable an immortal", ENABLE_TRY, 0, SAME(H(0, MAX, 0, 0, 64)), RS_OUTCOME_NOTHING},
    {"try, immortal", TRY, 0, SAME(H(0, MAX, 0, 0, 64)), RS_OUTCOME_YES},
    {"try, owner", TRY, 0, H(SELF, 1, 0, 0, 0), H(SELF, 2, 0, 0, 0), RS_OUTCOME_YES},
    {"try, owner, in its own dealloc", TRY, 0, H(SELF, 0, 0, 0, 0), H(SELF, 1, 0, 0, 0), RS_OUTCOME_YES},
    {"try, enabled, dead", TRY, 0, SAME(H(0, 0, 0, 3, 0)), RS_OUTCOME_NO},
    {"try, not enabled, alive", TRY, 0, SAME(H(OTHER, 1, 0, 0, 0)), RS_OUTCOME_NO},
    {"try, not enabled, but counted", TRY, 0, H(OTHER, 1, 1, 0, 0), H(OTHER, 1, 2, 0, 0), RS_OUTCOME_YES},
    {"try, enabled", TRY, 0, H(OTHER, 1, 0, 1, 0), H(OTHER, 1, 1, 1, 0), RS_OUTCOME_YES},
    {"try, queued", TRY, 0, H(OTHER, 1, 0, 2, 0), H(OTHER, 1, 1, 2, 0), RS_OUTCOME_YES},
    {"try, merged", TRY, 0, H(0, 0, 1, 3, 0), H(0, 0, 2, 3, 0), RS_OUTCOME_YES},

    {"set, owner keeps the state", SET, 7, H(SELF, 1, 4, 1, 0), H(SELF, 7, 0, 1, 0), RS_OUTCOME_DONE},
    {"set, owner, half immortal", SET, MAX, H(SELF, 1, 0, 0, 0), H(SELF, MAX, 0, 0, 0), RS_OUTCOME_DONE},
    {"set, owner, too much", SET, INT64_C(1) << 32, H(SELF, 1, 0, 1, 0), H(0, MAX, 0, 0, 0), RS_OUTCOME_OVERFLOWED},
    {"set, foreign", SET, 7, H(OTHER, 1, 4, 1, 0), H(0, 0, 7, 3, 0), RS_OUTCOME_DONE},
    {"set, immortal", SET, 7, SAME(H(0, MAX, 0, 0, 64)), RS_OUTCOME_NOTHING},
    {"set in a dealloc, merged", SET, 1, H(0, 0, 0, 3, 0), H(0, 0, 1, 3, 0), RS_OUTCOME_DONE},

    {"resurrect, merged", START, 0, H(0, 0, 0, 3, 0), H(SELF, 1, 0, 0, 0), RS_OUTCOME_DONE},
    {"still dead", END, 0, H(SELF, 1, 0, 0, 0), H(SELF, 0, 0, 0, 0), RS_OUTCOME_DEALLOC},
    {"alive again", END, 0, H(SELF, 2, 0, 0, 0), H(0, 0, 1, 3, 0), RS_OUTCOME_DONE},
    {"dead, with a weakref", END, 0, H(SELF, 1, 0, 1, 0), H(0, 0, 0, 3, 0), RS_OUTCOME_DEALLOC},
    {"alive, given away", END, 0, H(OTHER, 1, 0, 0, 0), H(OTHER, 1, 0, 2, 0), RS_OUTCOME_QUEUE},
    {"alive, merged", END, 0, H(0, 0, 2, 3, 0), H(0, 0, 1, 3, 0), RS_OUTCOME_DONE},
    {"alive, immortal", END, 0, SAME(H(0, MAX, 0, 0, 64)), RS_OUTCOME_NOTHING},
    // clang-format on
};

#define HEADER(b)                                                             \
    {                                                                         \
        .layout = RS_LAYOUT_FREE_THREADED, .local = (b).local,                \
        .gc_bits = (uint8_t)(b).gc, .owner = (b).owner,                       \
        .shared = rs_shared_make((b).count, (enum rs_shared_state)(b).state)  \
    }

static void
test_rows(void)
{
    for (unsigned i = 0; i < COUNT(rows); i++) {
        const struct row *row = &rows[i];
        struct rs_header before = HEADER(row->before);
        struct rs_header after = HEADER(row->after);
        struct rs_change c = apply(row->op, &before, row->argument);

        UNIT_ROW(row->name);
        UNIT_EQ(c.outcome, row->outcome);
        UNIT_EQ(c.after.owner, after.owner);
        UNIT_EQ(c.after.local, after.local);
        UNIT_EQ(c.after.shared, after.shared);
        UNIT_EQ(c.after.gc_bits, after.gc_bits);
    }
    UNIT_ROW(NULL);
}

/* ---- default rows ---- */

#define FLOOR RS_SPLIT_IMMORTAL_FLOOR
#define FULL  RS_SPLIT_IMMORTAL

static const struct default_row {
    const char *name;
    enum rs_layout layout;
    enum op op;
    int64_t argument;
    int64_t before, after;
    enum rs_outcome outcome;
} default_rows[] = {
    // clang-format off
    {"split incref", RS_LAYOUT_SPLIT, INCREF, 0, 1, 2, RS_OUTCOME_DONE},
    {"split incref into immortality", RS_LAYOUT_SPLIT, INCREF, 0, FLOOR - 1, FLOOR, RS_OUTCOME_OVERFLOWED},
    {"split incref goes on counting", RS_LAYOUT_SPLIT, INCREF, 0, FULL - 1, FULL, RS_OUTCOME_DONE},
    {"split incref saturates", RS_LAYOUT_SPLIT, INCREF, 0, FULL, FULL, RS_OUTCOME_NOTHING},
    {"split incref of an underflow", RS_LAYOUT_SPLIT, INCREF, 0, MAX, MAX, RS_OUTCOME_NOTHING},
    {"split decref", RS_LAYOUT_SPLIT, DECREF, 0, 2, 1, RS_OUTCOME_DONE},
    {"split last decref", RS_LAYOUT_SPLIT, DECREF, 0, 1, 0, RS_OUTCOME_DEALLOC},
    {"split below zero", RS_LAYOUT_SPLIT, DECREF, 0, 0, MAX, RS_OUTCOME_UNDERFLOWED},
    {"split decref just below the floor", RS_LAYOUT_SPLIT, DECREF, 0, FLOOR - 1, FLOOR - 2, RS_OUTCOME_DONE},
    {"split decref of an overflow", RS_LAYOUT_SPLIT, DECREF, 0, FLOOR, FLOOR, RS_OUTCOME_NOTHING},
    {"split try", RS_LAYOUT_SPLIT, TRY, 0, 1, 2, RS_OUTCOME_YES},
    {"split try, dead", RS_LAYOUT_SPLIT, TRY, 0, 0, 0, RS_OUTCOME_NO},
    {"split try, immortal", RS_LAYOUT_SPLIT, TRY, 0, FULL, FULL, RS_OUTCOME_YES},
    {"split set is cut", RS_LAYOUT_SPLIT, SET, (INT64_C(1) << 32) + 7, 1, 7, RS_OUTCOME_DONE},
    {"split set of an immortal", RS_LAYOUT_SPLIT, SET, 7, FULL, FULL, RS_OUTCOME_NOTHING},
    {"split defer", RS_LAYOUT_SPLIT, DEFER, 0, 1, 1, RS_OUTCOME_NO},
    {"split enable", RS_LAYOUT_SPLIT, ENABLE_TRY, 0, 1, 1, RS_OUTCOME_NOTHING},
    {"split immortalize", RS_LAYOUT_SPLIT, IMMORTALIZE, 0, 1, FULL, RS_OUTCOME_YES},
    {"split immortalize, two", RS_LAYOUT_SPLIT, IMMORTALIZE, 0, 2, 2, RS_OUTCOME_NO},
    {"split relaxed, two", RS_LAYOUT_SPLIT, IMMORTALIZE_OWNED, 0, 2, FULL, RS_OUTCOME_YES},
    {"split relaxed, immortal", RS_LAYOUT_SPLIT, IMMORTALIZE_OWNED, 0, FULL, FULL, RS_OUTCOME_NO},
    {"split resurrect", RS_LAYOUT_SPLIT, START, 0, 0, 1, RS_OUTCOME_DONE},
    {"split still dead", RS_LAYOUT_SPLIT, END, 0, 1, 0, RS_OUTCOME_DEALLOC},
    {"split alive again", RS_LAYOUT_SPLIT, END, 0, 2, 1, RS_OUTCOME_DONE},

    {"wide incref", RS_LAYOUT_WIDE, INCREF, 0, 1, 2, RS_OUTCOME_DONE},
    {"wide incref into immortality", RS_LAYOUT_WIDE, INCREF, 0, FLOOR - 1, FLOOR, RS_OUTCOME_OVERFLOWED},
    {"wide incref goes on to the top", RS_LAYOUT_WIDE, INCREF, 0, MAX - 1, MAX, RS_OUTCOME_DONE},
    {"wide incref saturates", RS_LAYOUT_WIDE, INCREF, 0, MAX, MAX, RS_OUTCOME_NOTHING},
    {"wide incref touches the low half only", RS_LAYOUT_WIDE, INCREF, 0, -2, -1, RS_OUTCOME_DONE},
    {"wide last decref", RS_LAYOUT_WIDE, DECREF, 0, 1, 0, RS_OUTCOME_DEALLOC},
    {"wide below zero", RS_LAYOUT_WIDE, DECREF, 0, 0, -1, RS_OUTCOME_UNDERFLOWED},
    {"wide immortal by the sign of the low half", RS_LAYOUT_WIDE, DECREF, 0, FLOOR, FLOOR, RS_OUTCOME_NOTHING},
    {"wide decref borrows from the high half", RS_LAYOUT_WIDE, DECREF, 0, INT64_C(1) << 32, MAX, RS_OUTCOME_DONE},
    {"wide immortalize", RS_LAYOUT_WIDE, IMMORTALIZE, 0, 1, MAX, RS_OUTCOME_YES},
    {"wide immortalize, immortal", RS_LAYOUT_WIDE, IMMORTALIZE, 0, MAX, MAX, RS_OUTCOME_NO},
    {"wide try, dead", RS_LAYOUT_WIDE, TRY, 0, 0, 0, RS_OUTCOME_NO},
    {"wide try, below zero", RS_LAYOUT_WIDE, TRY, 0, -1, -1, RS_OUTCOME_NO},
    {"wide set is not cut", RS_LAYOUT_WIDE, SET, INT64_C(1) << 33, 1, INT64_C(1) << 33, RS_OUTCOME_DONE},
    // clang-format on
};

static void
test_default_rows(void)
{
    for (unsigned i = 0; i < COUNT(default_rows); i++) {
        const struct default_row *row = &default_rows[i];
        struct rs_header h = {.layout = row->layout, .type = 0xabc0};
        struct rs_change c;

        if (row->layout == RS_LAYOUT_SPLIT)
            h.local = (uint32_t)row->before;
        else
            h.shared = row->before;
        c = apply(row->op, &h, row->argument);
        UNIT_ROW(row->name);
        UNIT_EQ(c.outcome, row->outcome);
        UNIT_EQ(rs_default_count(&c.after), row->after);
        UNIT_EQ(c.after.type, 0xabc0);
        UNIT_EQ(c.after.flags,
                row->layout == RS_LAYOUT_SPLIT &&
                    (row->op == IMMORTALIZE || row->op == IMMORTALIZE_OWNED) &&
                    row->outcome == RS_OUTCOME_YES);
    }
    UNIT_ROW(NULL);
}

/* ---- every combination of boundary values ---- */

static const uint64_t owners[] = {0, SELF, OTHER};
static const uint32_t locals[] = {0,           1,       2,  0x7fffffff,
                                  0x80000000u, MAX - 1, MAX};
static const int64_t counts[] = {
    -2, -1, 0, 1, 2, BIAS, BIAS + 1, INT64_MAX >> 2, INT64_MIN >> 2};
static const uint8_t bits[] = {0, RS_GC_TRACKED, RS_GC_DEFERRED,
                               RS_GC_TRACKED | RS_GC_DEFERRED};

static void
each_header(void (*visit)(const struct rs_header *))
{
    for (unsigned i = 0;
         i < COUNT(owners) * COUNT(locals) * COUNT(counts) * COUNT(bits) * 4;
         i++) {
        unsigned rest = i;
        struct rs_header h = {.layout = RS_LAYOUT_FREE_THREADED,
                              .type = 0xabc0};
        int64_t count;

        h.owner = owners[rest % COUNT(owners)];
        rest /= COUNT(owners);
        h.local = locals[rest % COUNT(locals)];
        rest /= COUNT(locals);
        count = counts[rest % COUNT(counts)];
        rest /= COUNT(counts);
        h.gc_bits = bits[rest % COUNT(bits)];
        h.shared =
            rs_shared_make(count, (enum rs_shared_state)(rest / COUNT(bits)));
        visit(&h);
    }
}

/* Bit for bit: what the atomic operation leaves in memory is what the pure one
 * says, and so is its answer. */
static void
check_atomic(const struct rs_header *h, enum op op, int64_t argument)
{
    struct rs_change c = apply(op, h, argument);
    struct rs_words o = {.mutex = 0x5a};
    struct rs_header seen;
    enum rs_outcome outcome = RS_OUTCOME_DONE;

    rs_header_encode(h, &o);
    switch (op) {
    case INCREF:
        outcome = rs_refcount_incref(&o, SELF);
        break;
    case DECREF:
        outcome = rs_refcount_decref(&o, SELF);
        break;
    case DECREF_SHARED:
        outcome = rs_refcount_decref_shared(&o);
        break;
    case MERGE_ZERO:
        outcome = rs_refcount_merge_zero(&o);
        break;
    case MERGE:
        UNIT_EQ(rs_refcount_merge(&o, argument), c.count);
        outcome = c.outcome;
        break;
    case IMMORTALIZE:
        outcome = rs_refcount_immortalize(&o, SELF, RS_IMMORTAL_UNIQUE, true);
        break;
    case IMMORTALIZE_OWNED:
        outcome = rs_refcount_immortalize(&o, SELF, RS_IMMORTAL_OWNED, true);
        break;
    case SET_IMMORTAL:
        rs_refcount_set_immortal(&o, true);
        outcome = c.outcome;
        break;
    case DEFER:
        outcome = rs_refcount_defer(&o);
        break;
    case ENABLE_TRY:
        outcome = rs_refcount_enable_try(&o);
        break;
    case TRY:
        outcome = rs_refcount_try_incref(&o, SELF);
        break;
    case SET:
        outcome = rs_refcount_set(&o, SELF, argument);
        break;
    case START:
        rs_refcount_resurrect_start(&o, SELF);
        break;
    case END:
        outcome = rs_refcount_resurrect_end(&o, SELF);
        break;
    case OP_COUNT:
        break;
    }
    seen = rs_header_decode(RS_LAYOUT_FREE_THREADED, &o);
    UNIT_EQ(outcome, c.outcome);
    UNIT_EQ(seen.owner, c.after.owner);
    UNIT_EQ(seen.local, c.after.local);
    UNIT_EQ(seen.shared, c.after.shared);
    UNIT_EQ(seen.gc_bits, c.after.gc_bits);
    UNIT_EQ(seen.type, c.after.type);
    UNIT_EQ(o.mutex, 0x5a);
}

static void
check_all_operations(const struct rs_header *h)
{
    static const int64_t arguments[] = {0, 1, 7, MAX, INT64_C(1) << 32};
    struct rs_words o = {0};

    for (int op = 0; op < OP_COUNT; op++) {
        if (op == SET)
            for (unsigned i = 0; i < COUNT(arguments); i++)
                check_atomic(h, SET, arguments[i]);
        else
            check_atomic(h, (enum op)op, op == MERGE ? -1 : 0);
    }
    rs_header_encode(h, &o);
    UNIT_EQ(rs_refcount_get(&o), rs_protocol_refcnt(h));
    UNIT_EQ(rs_refcount_is_unique(&o, SELF), rs_protocol_is_unique(h, SELF));
    UNIT_EQ(rs_refcount_is_immortal(&o), rs_header_is_immortal(h));
}

static int64_t
total(const struct rs_header *h)
{
    return (int64_t)((uint64_t)h->local + (uint64_t)(h->shared >> 2));
}

/* Up is one more, down is one less, or none with the queue holding it; marks
 * change nothing. Where the shared half is at the end of its range, it wraps
 * as it does in hardware, and the law does not hold. */
static void
check_conservation(const struct rs_header *h)
{
    struct rs_change c;
    int64_t count = h->shared >> 2;

    if (rs_header_is_immortal(h) || count >= (INT64_MAX >> 2) - 1 - BIAS ||
        count <= (INT64_MIN >> 2) + 1)
        return;
    c = rs_protocol_incref(h, SELF);
    UNIT_EQ(total(&c.after), total(h) + 1);
    c = rs_protocol_try_incref(h, SELF);
    UNIT_EQ(total(&c.after), total(h) + (c.outcome == RS_OUTCOME_YES));
    c = rs_protocol_enable_try(h);
    UNIT_EQ(total(&c.after), total(h));
    c = rs_protocol_merge(h, -1);
    UNIT_EQ(total(&c.after), total(h) - 1);
    UNIT_EQ(c.count, total(h) - 1);
    c = rs_protocol_defer(h);
    UNIT_EQ(total(&c.after),
            total(h) + (c.outcome == RS_OUTCOME_YES ? BIAS : 0));
    c = rs_protocol_decref(h, SELF);
    if (c.outcome == RS_OUTCOME_UNDERFLOWED)
        UNIT_CHECK(h->local == 0 && h->owner == SELF);
    else
        UNIT_EQ(total(&c.after), total(h) - (c.outcome != RS_OUTCOME_QUEUE));
    if (c.outcome == RS_OUTCOME_DEALLOC)
        UNIT_EQ(c.after.local + (c.after.shared >> 2),
                h->owner == SELF ? 0 : h->local);
}

static void
test_codec(void)
{
    static const enum rs_layout layouts[] = {RS_LAYOUT_WIDE, RS_LAYOUT_SPLIT,
                                             RS_LAYOUT_FREE_THREADED};

    for (unsigned i = 0; i < COUNT(layouts); i++) {
        struct rs_header new = rs_protocol_new(layouts[i], 0xabc0, SELF);
        unsigned char bytes[32];
        struct rs_header seen;

        memset(bytes, 0, sizeof bytes);
        rs_header_encode(&new, bytes);
        seen = rs_header_decode(layouts[i], bytes);
        UNIT_EQ(rs_header_count(&seen), 1);
        UNIT_EQ(seen.type, 0xabc0);
        UNIT_EQ(seen.owner, layouts[i] == RS_LAYOUT_FREE_THREADED ? SELF : 0);
        UNIT_CHECK(rs_protocol_is_unique(&seen, SELF));
        UNIT_CHECK(rs_header_looks_alive(&seen));
    }
    UNIT_EQ(sizeof(struct rs_words), 32);
}

/* A count of a default build, and what links it may be in a dead object. */
static void
test_links(void)
{
    static const struct {
        uintptr_t object;
        uint32_t count;
        uintptr_t plain, hidden;
        bool is_last;
    } rows[] = {
        {0x1934e10, 0x1934f00, 0x1934f00, 0, false},
        {0x1934e10, 0x1934f00 ^ 0x1934, 0x1934f00 ^ 0x1934, 0x1934f00, false},
        {0x1934e10, 0x1934, 0x1934, 0, true},
        {0x1934e10, 1, 1, 0, false},
        {0x7f0001934e10, 1, 1, 0, false},
        {0x7f0001934e10, 0x1934f00, 0x1934f00, 0, false},
    };

    for (unsigned i = 0; i < COUNT(rows); i++) {
        struct rs_header h = {.layout = RS_LAYOUT_SPLIT,
                              .local = rows[i].count};
        struct rs_header_links links = rs_header_links(&h, rows[i].object);

        UNIT_EQ(links.plain, rows[i].plain);
        UNIT_EQ(links.hidden, rows[i].hidden);
        UNIT_EQ(links.is_last, rows[i].is_last);
        UNIT_CHECK(rs_header_looks_alive(&h) && !rs_header_is_at_zero(&h));
        h.layout = RS_LAYOUT_FREE_THREADED;
        UNIT_EQ(rs_header_links(&h, rows[i].object).plain, 0);
    }
}

int
main(void)
{
    test_rows();
    test_links();
    test_default_rows();
    each_header(check_all_operations);
    each_header(check_conservation);
    test_codec();
    return unit_result();
}
