/* SPDX-License-Identifier: MIT */
/* hooks_by_hand.c -- the hooks whose shape symbols.def cannot say.
 *
 * Runs where hooks.c runs: any thread, any lock, signal handlers. */
#include "hooks_real.h"

#include "../runtime/fast_lives.h"
#include "../runtime/pipeline.h"
#include "../runtime/thread/thread.h"
#include "../runtime/leak/gc_untracked.h"
#include "birth.h"
#include "instrumented.h"

void
rs_hook__Py_DecRefSharedDebug(void *object, const char *file, int line)
{
    struct rs_event ev = RS_HOOK_EVENT(DECREF_SHARED, object);

    if (rs_hooks_watches_op(ev.pc) && rs_pipeline(&ev) == RS_SKIP)
        return;
    RS_ORIGINAL(_Py_DecRefSharedDebug)(object, file, line);
    rs_pipeline_returned(&ev);
}
RS_HOOK_EXPORT(_Py_DecRefSharedDebug);

void
rs_hook__Py_SetRefcnt(void *object, rs_py_ssize count)
{
    struct rs_event ev = RS_HOOK_EVENT(SET_REFCNT, object);

    ev.argument = count;
    if (rs_hooks_watches_op(ev.pc) && rs_pipeline(&ev) == RS_SKIP)
        return;
    RS_ORIGINAL(_Py_SetRefcnt)(object, count);
}
RS_HOOK_EXPORT(_Py_SetRefcnt);

rs_py_ssize
rs_hook_Py_REFCNT(void *object)
{
    struct rs_event ev = RS_HOOK_EVENT(REFCNT_READ, object);

    if (rs_hooks_watches(ev.pc))
        (void)rs_pipeline(&ev);
    return RS_ORIGINAL(Py_REFCNT)(object);
}
RS_HOOK_EXPORT(Py_REFCNT);

/* Most memory freed here never was an object, or is one whose dealloc frees
 * it: only the latter is noted, by rs_pipeline_freed(). */
void
rs_hook_PyObject_Free(void *memory)
{
    struct rs_life_event life = RS_HOOK_FREED(memory);

    if (rs_hooks_watches_op(life.pc))
        rs_pipeline_freed(&life);
    RS_ORIGINAL(PyObject_Free)(memory);
}
RS_HOOK_EXPORT(PyObject_Free);

void
rs_hook_PyObject_GC_Del(void *object)
{
    struct rs_life_event life = RS_HOOK_FREED(object);

    if (rs_hooks_watches_op(life.pc))
        rs_pipeline_freed(&life);
    RS_ORIGINAL(PyObject_GC_Del)(object);
}
RS_HOOK_EXPORT(PyObject_GC_Del);

/* Each dealloc of a collected type calls it, so only what is deferred makes an
 * event. It no longer is when its dealloc runs. */
void
rs_hook_PyObject_GC_UnTrack(void *object)
{
    struct rs_event ev = RS_HOOK_EVENT(UNTRACKED, object);

    if (rs_gc_untracked_may_be(rs_host->layout, ev.object) &&
        rs_hooks_watches(ev.pc))
        rs_pipeline_untracked(&ev);
    RS_ORIGINAL(PyObject_GC_UnTrack)(object);
}
RS_HOOK_EXPORT(PyObject_GC_UnTrack);

void
rs_hook_PyObject_GC_Track(void *object)
{
    if (rs_gc_untracked_may_be(rs_host->layout, (uintptr_t)object))
        rs_gc_untracked_forget((uintptr_t)object);
    RS_ORIGINAL(PyObject_GC_Track)(object);
}
RS_HOOK_EXPORT(PyObject_GC_Track);

/* An extension that wants the one tracer slot gets it behind ours: both see
 * every birth and death. Ours stays in the slot. */
int
rs_hook_PyRefTracer_SetTracer(rs_py_tracer tracer, void *data)
{
    if (rs_hooks_watches((uintptr_t)__builtin_return_address(0)) &&
        rs_birth_chain(tracer, data))
        return 0;
    return RS_ORIGINAL(PyRefTracer_SetTracer)(tracer, data);
}
RS_HOOK_EXPORT(PyRefTracer_SetTracer);

rs_py_tracer
rs_hook_PyRefTracer_GetTracer(void **data)
{
    if (rs_hooks_watches((uintptr_t)__builtin_return_address(0)) &&
        rs_birth_is_ours())
        return rs_birth_chained(data);
    return RS_ORIGINAL(PyRefTracer_GetTracer)(data);
}
RS_HOOK_EXPORT(PyRefTracer_GetTracer);

static void
tell_lent(struct rs_event ev, void **item, void *container)
{
    if (item == NULL)
        return;
    ev.object = (uintptr_t)*item;
    rs_pipeline_lent(&ev, (uintptr_t)container);
}

int
rs_hook_PyDict_Next(void *container, rs_py_ssize *at, void **key, void **value)
{
    struct rs_event ev = RS_HOOK_EVENT(BORROW, container);
    int has_item = RS_ORIGINAL(PyDict_Next)(container, at, key, value);

    if (has_item && rs_hooks_watches(ev.pc)) {
        tell_lent(ev, key, container);
        tell_lent(ev, value, container);
    }
    return has_item;
}
RS_HOOK_EXPORT(PyDict_Next);

/* A second life of the runtime in this process: objects of the first are not
 * of this one, and the tracer slot was wiped. */
static bool
begin_life(void)
{
    bool is_again = rs_host_life() == RS_HOST_FINALIZED;

    if (is_again)
        rs_birth_expect_life();
    return is_again;
}

void
rs_hook_Py_Initialize(void)
{
    bool is_again = begin_life();

    RS_ORIGINAL(Py_Initialize)();
    if (is_again)
        rs_birth_restart();
}
RS_HOOK_EXPORT(Py_Initialize);

void
rs_hook_Py_InitializeEx(int signals)
{
    bool is_again = begin_life();

    RS_ORIGINAL(Py_InitializeEx)(signals);
    if (is_again)
        rs_birth_restart();
}
RS_HOOK_EXPORT(Py_InitializeEx);

struct rs_py_status
rs_hook_Py_InitializeFromConfig(const void *config)
{
    bool is_again = begin_life();
    struct rs_py_status status = RS_ORIGINAL(Py_InitializeFromConfig)(config);

    if (is_again)
        rs_birth_restart();
    return status;
}
RS_HOOK_EXPORT(Py_InitializeFromConfig);
