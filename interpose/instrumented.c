/* SPDX-License-Identifier: MIT */
/* instrumented.c -- door 4: code built with refsan's headers announces what it
 * is about to do in line.
 *
 * Runs where hooks.c runs: any thread, attached or not, under any lock, in
 * signal handlers. Calls that instrumented code makes come through their
 * hooks, too; pipeline.c recognises them as echoes. */
#include "instrumented.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "../runtime/fast_ops.h"
#include "../runtime/base/options.h"
#include "../runtime/report/report.h"
#include "../runtime/report/allowed.h"
#include "../runtime/base/text.h"
#include "../runtime/os/atomics.h"

#include <refsan/abi.h>

#define MARK            "refsan_abi_"
#define TEXT_OF(number) #number
#define TEXT(number)    TEXT_OF(number)

static struct {
    _Atomic unsigned modules;
    atomic_bool has_warned; /* of an operation that is not known here */
} instrumented;

#define PLACE(file_, line_, function_)                                        \
    {                                                                         \
        .site = {.pc = (uintptr_t)__builtin_return_address(0),                \
                 .file = (file_),                                             \
                 .function = (function_),                                     \
                 .line = (line_)},                                            \
        .frame = (uintptr_t)__builtin_frame_address(0),                       \
    }

/* The long way of one operation, and the short way for each layout. The short
 * one goes on to the long one by a jump, so that the caller is the caller of
 * both, and saves no registers for it. */
#define LONG_WAY(name, op)                                                    \
    static RS_NOINLINE int name(void *object, const char *file, int line,     \
                                const char *function)                         \
    {                                                                         \
        struct rs_fast_ops_place place = PLACE(file, line, function);         \
        return rs_fast_ops_slow(op, (uintptr_t)object, 0, &place, 0) ==       \
                       RS_SKIP                                                \
                   ? REFSAN_SKIP                                              \
                   : REFSAN_PROCEED;                                          \
    }
#define SHORT_WAY(name, op, layout, is_attached, long_way)                    \
    static RS_JUMPS_ON int name(void *object, const char *file, int line,     \
                                const char *function)                         \
    {                                                                         \
        if (rs_likely(rs_fast_ops_try(layout, op, (uintptr_t)object,          \
                                      (uintptr_t)__builtin_return_address(0), \
                                      is_attached)))                          \
            return REFSAN_PROCEED;                                            \
        return long_way(object, file, line, function);                        \
    }

/* Whether the thread is attached is a load, or where the host keeps its thread
 * state in a library's thread-local storage, a call. */
#define SHORT_WAYS(layout)                                                    \
    SHORT_WAY(incref_##layout, RS_EV_INCREF, RS_LAYOUT_##layout,              \
              rs_fast_ops_is_attached(), incref)                              \
    SHORT_WAY(decref_##layout, RS_EV_DECREF, RS_LAYOUT_##layout,              \
              rs_fast_ops_is_attached(), decref)                              \
    SHORT_WAY(incref_##layout##_asks, RS_EV_INCREF, RS_LAYOUT_##layout,       \
              rs_host_attached() != NULL, incref)                             \
    SHORT_WAY(decref_##layout##_asks, RS_EV_DECREF, RS_LAYOUT_##layout,       \
              rs_host_attached() != NULL, decref)

LONG_WAY(incref, RS_EV_INCREF)
LONG_WAY(decref, RS_EV_DECREF)
SHORT_WAYS(FREE_THREADED)
SHORT_WAYS(SPLIT)
SHORT_WAYS(WIDE)

typedef int operation(void *object, const char *file, int line,
                      const char *function);

static const struct {
    operation *incref, *decref;
} short_ways[][2] = {
#define WAYS(layout)                                                          \
    [RS_LAYOUT_##layout] = {                                                  \
        {incref_##layout, decref_##layout},                                   \
        {incref_##layout##_asks, decref_##layout##_asks},                     \
    }
    WAYS(FREE_THREADED),
    WAYS(SPLIT),
    WAYS(WIDE),
};

/* The operations of abi.h as events; 0 is BORN, which nobody announces. */
static const enum rs_ev events[] = {
    [REFSAN_OP_INCREF] = RS_EV_INCREF,
    [REFSAN_OP_DECREF] = RS_EV_DECREF,
    [REFSAN_OP_SET_REFCNT] = RS_EV_SET_REFCNT,
    [REFSAN_OP_REFCNT] = RS_EV_REFCNT_READ,
    [REFSAN_OP_BORROW] = RS_EV_BORROW,
    [REFSAN_OP_STEAL] = RS_EV_STEAL,
    [REFSAN_OP_LOCK] = RS_EV_LOCK,
    [REFSAN_OP_UNLOCK] = RS_EV_UNLOCK,
    [REFSAN_OP_DETACH] = RS_EV_DETACH,
    [REFSAN_OP_ATTACH] = RS_EV_ATTACH,
    [REFSAN_OP_TAKE] = RS_EV_TAKE,
};
#define EVENTS (int)(sizeof(events) / sizeof(events[0]))

static void
warn_of_unknown(int op)
{
    char sentence[160];
    struct rs_text text = rs_text_make(sentence, sizeof(sentence));

    if (atomic_exchange_explicit(&instrumented.has_warned, true,
                                 memory_order_relaxed))
        return;
    rs_text_format(&text,
                   "a module was built with newer headers: its operation %d "
                   "is not known here and goes unseen",
                   op);
    rs_report_note(sentence);
}

static int
announce(int op, void *object, intptr_t extra, const char *file, int line,
         const char *function)
{
    struct rs_fast_ops_place place = PLACE(file, line, function);
    int flags = op & (REFSAN_OP_CALLS | REFSAN_OP_CHANGES);
    int plain = op & ~flags;

    if (plain <= 0 || plain >= EVENTS) {
        warn_of_unknown(op);
        return REFSAN_PROCEED;
    }
    return rs_fast_ops_slow(events[plain], (uintptr_t)object, extra, &place,
                            (unsigned)flags) == RS_SKIP
               ? REFSAN_SKIP
               : REFSAN_PROCEED;
}

static int
allow(const char *kinds)
{
    return rs_allowed_set(kinds) ? 0 : -1;
}

/* Written before any module is called that could use it, or by one word at a
 * time: the functions of all layouts do the same. */
static struct refsan_abi table = {
    .size = sizeof(struct refsan_abi),
    .incref = incref,
    .decref = decref,
    .announce = announce,
    .allow = allow,
};
extern RS_EXPORT const struct refsan_abi refsan_abi_1
    __attribute__((alias("table")));

void
rs_instrumented_start(void)
{
    bool asks = rs_host_top.thread_offset == 0;

    if (!RS_CAN_JUMP_ON || rs_host->layout == RS_LAYOUT_NONE ||
        rs_options->leaks || rs_options->op_stacks)
        return;
    table.incref = short_ways[rs_host->layout][asks].incref;
    table.decref = short_ways[rs_host->layout][asks].decref;
}

void
rs_instrumented_close_short_way(void)
{
    table.incref = incref;
    table.decref = decref;
}

bool
rs_instrumented_is_mark(const char *symbol)
{
    return strncmp(symbol, MARK, sizeof(MARK) - 1) == 0;
}

bool
rs_instrumented_is_known(const char *mark)
{
    return strcmp(mark, MARK TEXT(REFSAN_ABI_VERSION)) == 0;
}

void
rs_instrumented_note(const char *symbol, const char *path)
{
    const char *version = symbol + sizeof(MARK) - 1;
    char sentence[512];
    struct rs_text text = rs_text_make(sentence, sizeof(sentence));

    if (rs_instrumented_is_known(symbol)) {
        rs_add(&instrumented.modules, 1);
        rs_report_instrumented();
        return;
    }
    rs_text_format(
        &text,
        "%s was built with headers of version %s, this refsan has "
        "version " TEXT(REFSAN_ABI_VERSION) ": its inline counting goes "
                                            "unseen; build it again",
        path, version);
    rs_report_note(sentence);
}

unsigned
rs_instrumented_modules(void)
{
    return rs_load(&instrumented.modules);
}
