/* SPDX-License-Identifier: MIT */
/* hooks.c -- symbols.def, expanded: pointers to the originals, the hooks, and
 * the exported wrappers of the same names.
 *
 * Hooks run on any thread, attached or not, under the interpreter's locks, and
 * in signal handlers. They do no work of their own: build an event, ask, and
 * call the original unless told not to. Calls that libpython makes to itself
 * (a shared libpython with semantic interposition) pass straight through. */
#include "hooks.h"
#include "dl.h"
#include "hooks_real.h"

#include <string.h>

#include "../runtime/base/check.h"
#include "../runtime/pipeline.h"
#include "../runtime/host/host.h"
#include "../runtime/host/polyfill.h"
#include "../runtime/order/tsan.h"
#include "../runtime/shadow/lifetimes.h"
#include "../runtime/track/lender.h"

atomic_bool rs_hooks_are_modules_alone;

struct rs_real rs_real = {
#define RS_API_LIBC(symbol) .symbol = symbol,
#include "symbols.def"
};

void *
rs_hooks_original_slow(void **original, const char *name)
{
    rs_dl_refresh();
    if (*original == NULL)
        *original = rs_host_symbol(name);
    if (*original == NULL)
        *original = rs_polyfill_find(name);
    if (*original == NULL)
        rs_check_failed(name, 0, "called, but this Python does not have it");
    return *original;
}

/* An outcome is announced with the header from before the operation. */
static int
tell_outcome(struct rs_event *ev, int result, int yes, int no)
{
    int outcome = result ? yes : no;

    if (outcome != RS_HOOK_NO_OUTCOME) {
        ev->op = (enum rs_ev)outcome;
        ev->argument = result;
        (void)rs_pipeline(ev);
    }
    return result;
}

#define RS_OUTCOME(id) RS_OUTCOME_##id
enum {
    RS_OUTCOME_NONE = RS_HOOK_NO_OUTCOME,
#define RS_EVENT(id, phrase, traits) RS_OUTCOME_##id = RS_EV_##id,
#include "../runtime/events.def"
};

static void
returned(const uint64_t *calls)
{
    rs_lifetimes_returned(*calls);
}

/* What dies from here to the hook's end has died when it returns. */
#define RS_MAY_DESTROY                                                        \
    const uint64_t calls __attribute__((cleanup(returned), unused)) =         \
        rs_lifetimes_calls()

#define RS_API_OP(symbol, event)                                              \
    void rs_hook_##symbol(void *object)                                       \
    {                                                                         \
        struct rs_event ev = RS_HOOK_EVENT(event, object);                    \
        if (rs_hooks_watches_op(ev.pc) && rs_pipeline(&ev) == RS_SKIP)        \
            return;                                                           \
        RS_ORIGINAL(symbol)(object);                                          \
        RS_HOOK_RETURNED(event);                                              \
    }                                                                         \
    RS_HOOK_EXPORT(symbol);
#define RS_API_OP_OR_NULL(symbol, event)                                      \
    void rs_hook_##symbol(void *object)                                       \
    {                                                                         \
        struct rs_event ev = RS_HOOK_EVENT(event, object);                    \
        if (object == NULL)                                                   \
            return;                                                           \
        if (rs_hooks_watches_op(ev.pc) && rs_pipeline(&ev) == RS_SKIP)        \
            return;                                                           \
        RS_ORIGINAL(symbol)(object);                                          \
        RS_HOOK_RETURNED(event);                                              \
    }                                                                         \
    RS_HOOK_EXPORT(symbol);
#define RS_API_REF(symbol, event)                                             \
    void *rs_hook_##symbol(void *object)                                      \
    {                                                                         \
        struct rs_event ev = RS_HOOK_EVENT(event, object);                    \
        if (rs_hooks_watches_op(ev.pc) && rs_pipeline(&ev) == RS_SKIP)        \
            return object;                                                    \
        return RS_ORIGINAL(symbol)(object);                                   \
    }                                                                         \
    RS_HOOK_EXPORT(symbol);
#define RS_API_REF_OR_NULL(symbol, event)                                     \
    void *rs_hook_##symbol(void *object)                                      \
    {                                                                         \
        struct rs_event ev = RS_HOOK_EVENT(event, object);                    \
        if (object == NULL)                                                   \
            return NULL;                                                      \
        if (rs_hooks_watches_op(ev.pc) && rs_pipeline(&ev) == RS_SKIP)        \
            return object;                                                    \
        return RS_ORIGINAL(symbol)(object);                                   \
    }                                                                         \
    RS_HOOK_EXPORT(symbol);
#define RS_API_ASK(symbol, event, yes, no)                                    \
    int rs_hook_##symbol(void *object)                                        \
    {                                                                         \
        struct rs_event ev = RS_HOOK_EVENT(event, object);                    \
        if (!rs_hooks_watches_op(ev.pc))                                      \
            return RS_ORIGINAL(symbol)(object);                               \
        if (rs_pipeline(&ev) == RS_SKIP)                                      \
            return 0;                                                         \
        return tell_outcome(&ev, RS_ORIGINAL(symbol)(object),                 \
                            RS_OUTCOME(yes), RS_OUTCOME(no));                 \
    }                                                                         \
    RS_HOOK_EXPORT(symbol);
#define RS_API_QUESTION(symbol)                                               \
    int rs_hook_##symbol(void *object)                                        \
    {                                                                         \
        return RS_ORIGINAL(symbol)(object);                                   \
    }                                                                         \
    RS_HOOK_EXPORT(symbol);
#define RS_API_LENDS(symbol, parameters, arguments)                           \
    void *rs_hook_##symbol parameters                                         \
    {                                                                         \
        void *item = RS_ORIGINAL(symbol) arguments;                           \
        struct rs_event ev = RS_HOOK_EVENT(BORROW, item);                     \
        if (item != NULL && rs_hooks_watches(ev.pc))                          \
            rs_pipeline_lent(&ev, (uintptr_t)container);                      \
        return item;                                                          \
    }                                                                         \
    RS_HOOK_EXPORT(symbol);
#define RS_API_STEALS(symbol, is_change, parameters, arguments)               \
    int rs_hook_##symbol parameters                                           \
    {                                                                         \
        struct rs_event ev = RS_HOOK_EVENT(STEAL, item);                      \
        RS_MAY_DESTROY;                                                       \
        if (item != NULL && rs_hooks_watches(ev.pc))                          \
            rs_pipeline_stolen(&ev, (uintptr_t)container, is_change);         \
        return RS_ORIGINAL(symbol) arguments;                                 \
    }                                                                         \
    RS_HOOK_EXPORT(symbol);
#define RS_API_TAKES_OVER(symbol, is_change, parameters, arguments)           \
    void rs_hook_##symbol parameters                                          \
    {                                                                         \
        struct rs_event ev = RS_HOOK_EVENT(STEAL, item);                      \
        RS_MAY_DESTROY;                                                       \
        if (item != NULL && rs_hooks_watches(ev.pc))                          \
            rs_pipeline_stolen(&ev, (uintptr_t)container, is_change);         \
        RS_ORIGINAL(symbol) arguments;                                        \
    }                                                                         \
    RS_HOOK_EXPORT(symbol);
/* The item is in the container by now, and alive as long as it is there. */
#define RS_API_STEALS_ON_SUCCESS(symbol, is_change, parameters, arguments)    \
    int rs_hook_##symbol parameters                                           \
    {                                                                         \
        struct rs_event ev = RS_HOOK_EVENT(STEAL, item);                      \
        int status = RS_ORIGINAL(symbol) arguments;                           \
        if (status == 0 && rs_hooks_watches(ev.pc))                           \
            rs_pipeline_stolen(&ev, (uintptr_t)container, is_change);         \
        return status;                                                        \
    }                                                                         \
    RS_HOOK_EXPORT(symbol);
#define RS_API_CHANGES(symbol, result, parameters, arguments)                 \
    result rs_hook_##symbol parameters                                        \
    {                                                                         \
        struct rs_event ev = RS_HOOK_EVENT(CHANGE, container);                \
        RS_MAY_DESTROY;                                                       \
        if (rs_hooks_watches(ev.pc))                                          \
            rs_pipeline_changed(&ev);                                         \
        return RS_ORIGINAL(symbol) arguments;                                 \
    }                                                                         \
    RS_HOOK_EXPORT(symbol);
#define RS_API_READS(symbol, result, parameters, arguments)                   \
    result rs_hook_##symbol parameters                                        \
    {                                                                         \
        struct rs_event ev = RS_HOOK_EVENT(USE, object);                      \
        if (object != NULL && rs_hooks_watches(ev.pc))                        \
            rs_pipeline_used(&ev);                                            \
        return RS_ORIGINAL(symbol) arguments;                                 \
    }
#define RS_API_GETS(symbol, parameters, arguments)                            \
    void *rs_hook_##symbol parameters                                         \
    {                                                                         \
        struct rs_event ev = RS_HOOK_EVENT(USE, object);                      \
        bool watches = rs_hooks_watches(ev.pc);                               \
        void *result;                                                         \
        if (object != NULL && watches)                                        \
            rs_pipeline_used(&ev);                                            \
        result = RS_ORIGINAL(symbol) arguments;                               \
        if (watches)                                                          \
            rs_lender_note_got((uintptr_t)result);                            \
        return result;                                                        \
    }
#include "symbols.def"

#define ROW(symbol, is_aside)                                                 \
    {#symbol, (void *)rs_hook_##symbol, (void **)&rs_real.symbol, is_aside},

const struct rs_hook rs_hooks[] = {
#define RS_API_EXPORTED(symbol) ROW(symbol, false)
#define RS_API_LIBC(symbol)     ROW(symbol, true)
#include "symbols.def"
};

const size_t rs_hooks_count = sizeof(rs_hooks) / sizeof(rs_hooks[0]);

/* Of use only while TSan judges. */
static const struct rs_hook reads[] = {
#define RS_API_READS(symbol, result, parameters, arguments) ROW(symbol, true)
#include "symbols.def"
};
#define READS (sizeof(reads) / sizeof(reads[0]))

const struct rs_hook *
rs_hooks_find(const char *name)
{
    /* Most symbols of most libraries are none of ours. */
    if (name[0] != 'P' && name[0] != '_' && name[0] != 'p')
        return NULL;
    for (size_t i = 0; i < rs_hooks_count; i++) {
        if (strcmp(rs_hooks[i].name, name) == 0)
            return &rs_hooks[i];
    }
    for (size_t i = 0; rs_tsan_is_on && i < READS; i++) {
        if (strcmp(reads[i].name, name) == 0)
            return &reads[i];
    }
    return NULL;
}

void
rs_hooks_start(void)
{
    /* An executable's calls of its own functions go through no slot. */
    rs_store(&rs_hooks_are_modules_alone, !rs_host->is_shared);
    for (size_t i = 0; i < rs_hooks_count; i++) {
        void *address;

        if (rs_hooks[i].is_aside)
            continue;
        address = rs_host_symbol(rs_hooks[i].name);
        if (address == NULL)
            address = rs_polyfill_find(rs_hooks[i].name);
        *rs_hooks[i].original = address;
    }
    for (size_t i = 0; rs_tsan_is_on && i < READS; i++)
        *reads[i].original = rs_host_symbol(reads[i].name);
}
