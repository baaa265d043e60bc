/* SPDX-License-Identifier: MIT */
/* polyfill.c -- provide.def, as functions over the host's headers.
 *
 * Called in the place of the interpreter's: by an attached thread, for an
 * object it may touch. On a default build that means the GIL is held, and the
 * protocol on a decoded header is the operation; on a free-threaded one the
 * atomics of refcount.c are, which are CPython's own.
 *
 * What cannot be had: deferred counting on 3.13t. Its collector knows another
 * kind, for its own functions and modules only, which turns immortal with the
 * first thread; an extension's object would leak. The hint is refused, as it
 * may always be. */
#include "host/polyfill.h"

#include "os/arch.h"
#include "host/host.h"
#include "base/options.h"
#include "refcount/refcount.h"

#include <stddef.h>
#include <string.h>

static bool
is_threaded(void)
{
    return rs_host->layout == RS_LAYOUT_FREE_THREADED;
}

static enum rs_immortal_rule
rule(void)
{
    return strcmp(rs_options->immortal_rule, "relaxed") == 0
               ? RS_IMMORTAL_OWNED
               : RS_IMMORTAL_UNIQUE;
}

/* The collector must not visit what it can no longer count. Asked by the
 * host's own functions: static types of a collected metatype are no collected
 * objects, and only the host can tell. */
static void
untrack(void *object)
{
    int (*is_tracked)(void *) =
        (int (*)(void *))rs_host_symbol("PyObject_GC_IsTracked");
    void (*stop_tracking)(void *) =
        (void (*)(void *))rs_host_symbol("PyObject_GC_UnTrack");

    if (is_tracked != NULL && stop_tracking != NULL && is_tracked(object))
        stop_tracking(object);
}

static int
provide_PyUnstable_SetImmortal(void *object)
{
    const uintptr_t self = rs_arch_thread_pointer();
    struct rs_header h = rs_host_header((uintptr_t)object);
    struct rs_change c;

    if (rs_host_is_str(&h) || !rs_protocol_may_immortalize(&h, self, rule()))
        return 0;
    untrack(object);
    if (is_threaded()) {
        rs_refcount_set_immortal(object, rs_host_has_immortal_bit());
        return 1;
    }
    h = rs_host_header((uintptr_t)object);
    c = rs_protocol_set_immortal(&h, false);
    rs_header_encode(&c.after, object);
    return 1;
}

static int
provide_PyUnstable_IsImmortal(void *object)
{
    const struct rs_header h = rs_host_header((uintptr_t)object);

    return rs_header_is_immortal(&h);
}

static int
provide_PyUnstable_TryIncRef(void *object)
{
    struct rs_header h;
    struct rs_change c;

    if (is_threaded())
        return rs_refcount_try_incref(object, rs_arch_thread_pointer()) ==
               RS_OUTCOME_YES;
    h = rs_host_header((uintptr_t)object);
    c = rs_protocol_try_incref(&h, 0);
    /* Immortal objects may be shared by interpreters that hold different
     * locks: what does not change is not written. */
    if (c.outcome == RS_OUTCOME_YES && !rs_header_is_immortal(&h))
        rs_header_encode(&c.after, object);
    return c.outcome == RS_OUTCOME_YES;
}

static void
provide_PyUnstable_EnableTryIncRef(void *object)
{
    if (is_threaded())
        (void)rs_refcount_enable_try(object);
}

static int
provide_PyUnstable_Object_EnableDeferredRefcount(void *object)
{
    (void)object;
    return 0;
}

static int
provide_PyUnstable_Object_IsUniquelyReferenced(void *object)
{
    const struct rs_header h = rs_host_header((uintptr_t)object);

    return rs_protocol_is_unique(&h, rs_arch_thread_pointer());
}

static const struct {
    const char *symbol;
    void *function;
} table[] = {
#define RS_PROVIDE(symbol, since, on_default, on_free_threaded)               \
    {#symbol, (void *)provide_##symbol},
#include "provide.def"
};

void *
rs_polyfill_find(const char *symbol)
{
    /* Ours knows the layouts; without one it would only do harm. The embedded
     * host has all of them. */
    if (rs_host->kind != RS_HOST_CPYTHON)
        return NULL;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (strcmp(table[i].symbol, symbol) == 0)
            return table[i].function;
    return NULL;
}
