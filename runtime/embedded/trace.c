/* SPDX-License-Identifier: MIT */
/* trace.c -- PyRefTracer as in 3.15: one slot, no chain, the tracer that is
 * replaced is told.
 *
 * CPython stops the world to change it. Here a pair of tracer and data is
 * written once and then shown by one pointer, so that nobody is ever called
 * with another's data; the pairs are used in turn, and a thread would have to
 * sleep through a whole round between two loads to see a torn one. */
#include "trace.h"

#include <stddef.h>

#define PAIRS 64

static struct {
    struct pair {
        PyRefTracer tracer;
        void *data;
    } pairs[PAIRS];
    unsigned used;
    const struct pair *current;
} trace;

void
rs_trace_tell(PyObject *object, PyRefTracerEvent event)
{
    /* Acquire: pairs with the release in PyRefTracer_SetTracer(). */
    const struct pair *pair =
        __atomic_load_n(&trace.current, __ATOMIC_ACQUIRE);

    if (__builtin_expect(pair != NULL, 0) && pair->tracer != NULL)
        pair->tracer(object, event, pair->data);
}

int
PyRefTracer_SetTracer(PyRefTracer tracer, void *data)
{
    unsigned slot =
        __atomic_fetch_add(&trace.used, 1, __ATOMIC_RELAXED) % PAIRS;

    rs_trace_tell(NULL, PyRefTracer_TRACKER_REMOVED);
    trace.pairs[slot].tracer = tracer;
    trace.pairs[slot].data = data;
    __atomic_store_n(&trace.current, &trace.pairs[slot], __ATOMIC_RELEASE);
    return 0;
}

PyRefTracer
PyRefTracer_GetTracer(void **data)
{
    const struct pair *pair =
        __atomic_load_n(&trace.current, __ATOMIC_ACQUIRE);

    if (data != NULL)
        *data = pair != NULL ? pair->data : NULL;
    return pair != NULL ? pair->tracer : NULL;
}
