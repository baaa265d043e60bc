/* SPDX-License-Identifier: MIT */
/* instrumented.c -- door 4: code built with refsan's headers announces what it
 * is about to do in line.
 *
 * The ground is that of hooks.c: any thread, attached or not, under any lock, in
 * signal handlers. Calls that instrumented code makes come through their hooks,
 * too; event.c knows them for echoes. */
#include "instrumented.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "../runtime/announced.h"
#include "../runtime/report.h"
#include "../runtime/text.h"

#include <refsan/abi.h>

#define MARK "refsan_abi_"
#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

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

static int
incref(void *object, const char *file, int line, const char *function)
{
    struct rs_announced_place place = PLACE(file, line, function);

    if (rs_likely(rs_announced_short(RS_EV_INCREF, (uintptr_t)object, 0,
                                     &place.site)))
        return REFSAN_PROCEED;
    return rs_announced(RS_EV_INCREF, (uintptr_t)object, 0, &place, false) ==
                   RS_SKIP
               ? REFSAN_SKIP
               : REFSAN_PROCEED;
}

static int
decref(void *object, const char *file, int line, const char *function)
{
    struct rs_announced_place place = PLACE(file, line, function);

    if (rs_likely(rs_announced_short(RS_EV_DECREF, (uintptr_t)object, 0,
                                     &place.site)))
        return REFSAN_PROCEED;
    return rs_announced(RS_EV_DECREF, (uintptr_t)object, 0, &place, false) ==
                   RS_SKIP
               ? REFSAN_SKIP
               : REFSAN_PROCEED;
}

/* The operations of abi.h as events. */
static const struct {
    enum rs_ev event; /* 0 is BORN, which nobody announces */
    bool calls;
} events[] = {
    [REFSAN_OP_INCREF] = {RS_EV_INCREF, true},
    [REFSAN_OP_DECREF] = {RS_EV_DECREF, true},
    [REFSAN_OP_SET_REFCNT] = {RS_EV_SET_REFCNT, false},
    [REFSAN_OP_REFCNT] = {RS_EV_REFCNT_READ, false},
    [REFSAN_OP_BORROW] = {RS_EV_BORROW, false},
    [REFSAN_OP_STEAL] = {RS_EV_STEAL, false},
    [REFSAN_OP_LOCK] = {RS_EV_LOCK, false},
    [REFSAN_OP_UNLOCK] = {RS_EV_UNLOCK, false},
    [REFSAN_OP_DETACH] = {RS_EV_DETACH, false},
    [REFSAN_OP_ATTACH] = {RS_EV_ATTACH, false},
};

static void
warn_of_unknown(int op)
{
    char sentence[160];
    struct rs_text text = rs_text_make(sentence, sizeof(sentence));

    if (atomic_exchange_explicit(&instrumented.has_warned, true,
                                 memory_order_relaxed))
        return;
    rs_text_format(&text,
                   "a module was built with newer headers: its operation %d is not known here and goes unseen",
                   op);
    rs_report_note(sentence);
}

static int
announce(int op, void *object, intptr_t extra, const char *file, int line,
         const char *function)
{
    struct rs_announced_place place = PLACE(file, line, function);
    bool is_known = op > 0 && (size_t)op < sizeof(events) / sizeof(events[0]);
    enum rs_answer answer;

    if (!is_known) {
        warn_of_unknown(op);
        return REFSAN_PROCEED;
    }
    if (op >= REFSAN_OP_REFCNT && op <= REFSAN_OP_STEAL &&
        rs_announced_short(events[op].event, (uintptr_t)object, extra,
                           &place.site))
        return REFSAN_PROCEED;
    answer = rs_announced(events[op].event, (uintptr_t)object, extra, &place,
                          events[op].calls);
    return answer == RS_SKIP ? REFSAN_SKIP : REFSAN_PROCEED;
}

const struct refsan_abi refsan_abi_1 = {
    .size = sizeof(struct refsan_abi),
    .incref = incref,
    .decref = decref,
    .announce = announce,
};

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
        atomic_fetch_add_explicit(&instrumented.modules, 1,
                                  memory_order_relaxed);
        rs_report_instrumented();
        return;
    }
    rs_text_format(&text,
                   "%s was built with headers of version %s, this refsan has version " TEXT(REFSAN_ABI_VERSION) ": its inline counting goes unseen; build it again",
                   path, version);
    rs_report_note(sentence);
}

unsigned
rs_instrumented_modules(void)
{
    return atomic_load_explicit(&instrumented.modules, memory_order_relaxed);
}
