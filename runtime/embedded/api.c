/* SPDX-License-Identifier: MIT */
/* api.c -- the reference count functions under their CPython names: an
 * operation of refcount.h, and what its outcome asks for.
 *
 * In a program that is not checked, NULL and dead objects are what they are in
 * a release build of CPython: where CPython defines the result, so do we;
 * elsewhere nothing is promised. */
#define REFSAN_EMBEDDED_NO_CASTS
#include "audit.h"
#include "heap.h"
#include "world.h"

#include "os/arch.h"
#include "../refcount/refcount.h"

#define self() rs_arch_thread_pointer()

static enum rs_immortal_rule immortal_rule = RS_IMMORTAL_UNIQUE;

static void
settle(PyObject *object, enum rs_outcome outcome)
{
    if (outcome == RS_OUTCOME_QUEUE)
        outcome = rs_queue_put(rs_heap_words(object), self());
    if (outcome == RS_OUTCOME_DEALLOC)
        _Py_Dealloc(object);
}

static inline void
incref(PyObject *object, const char *function)
{
    if (rs_audit_is_on())
        rs_audit_live(object, function);
    rs_refcount_incref(rs_heap_words(object), self());
}

static inline void
decref(PyObject *object, const char *function)
{
    if (rs_audit_is_on())
        rs_audit_counted(object, function);
    settle(object, rs_refcount_decref(rs_heap_words(object), self()));
}

void
_Py_IncRef(PyObject *object)
{
    incref(object, "Py_INCREF");
}

void
_Py_DecRef(PyObject *object)
{
    decref(object, "Py_DECREF");
}

void
Py_IncRef(PyObject *object)
{
    if (object != NULL)
        incref(object, "Py_IncRef");
}

void
Py_DecRef(PyObject *object)
{
    if (object != NULL)
        decref(object, "Py_DecRef");
}

PyObject *
Py_NewRef(PyObject *object)
{
    incref(object, "Py_NewRef");
    return object;
}

PyObject *
Py_XNewRef(PyObject *object)
{
    if (object != NULL)
        incref(object, "Py_XNewRef");
    return object;
}

Py_ssize_t
Py_REFCNT(PyObject *object)
{
    if (rs_audit_is_on())
        rs_audit_live(object, "Py_REFCNT");
    return rs_refcount_get(rs_heap_words(object));
}

void
_Py_SetRefcnt(PyObject *object, Py_ssize_t count)
{
    if (rs_audit_is_on())
        rs_audit_live(object, "Py_SET_REFCNT");
    rs_refcount_set(rs_heap_words(object), self(), count);
}

void
_Py_DecRefShared(PyObject *object)
{
    if (rs_audit_is_on())
        rs_audit_counted(object, "Py_DECREF");
    settle(object, rs_refcount_decref_shared(rs_heap_words(object)));
}

void
_Py_MergeZeroLocalRefcount(PyObject *object)
{
    settle(object, rs_refcount_merge_zero(rs_heap_words(object)));
}

/* ---- immortal ---- */

void
_Py_SetImmortal(PyObject *object)
{
    if (rs_audit_is_on())
        rs_audit_live(object, "_Py_SetImmortal");
    if (PyObject_GC_IsTracked(object))
        PyObject_GC_UnTrack(object);
    rs_refcount_set_immortal(rs_heap_words(object), true);
}

int
PyUnstable_SetImmortal(PyObject *object)
{
    struct rs_header h;

    if (rs_audit_is_on())
        rs_audit_no_string(object, "PyUnstable_SetImmortal");
    h = rs_header_decode(RS_LAYOUT_FREE_THREADED, object);
    if (!rs_protocol_may_immortalize(&h, self(), immortal_rule) ||
        (object->ob_type->tp_flags & Py_TPFLAGS_UNICODE_SUBCLASS) != 0)
        return 0;
    _Py_SetImmortal(object);
    return 1;
}

int
PyUnstable_IsImmortal(PyObject *object)
{
    if (rs_audit_is_on())
        rs_audit_live(object, "PyUnstable_IsImmortal");
    return rs_refcount_is_immortal(rs_heap_words(object));
}

void
refsan_embedded_relax_immortal(int is_relaxed)
{
    immortal_rule = is_relaxed ? RS_IMMORTAL_OWNED : RS_IMMORTAL_UNIQUE;
}

/* ---- deferred, unowned, unique ---- */

int
PyUnstable_Object_EnableDeferredRefcount(PyObject *object)
{
    if (rs_audit_is_on())
        rs_audit_live(object, "PyUnstable_Object_EnableDeferredRefcount");
    return rs_heap_is_collected(object) &&
           rs_refcount_defer(rs_heap_words(object)) == RS_OUTCOME_YES;
}

int
PyUnstable_TryIncRef(PyObject *object)
{
    /* The object may be dying on another thread: that is what it is for. */
    if (rs_audit_is_on())
        rs_audit_thread("PyUnstable_TryIncRef");
    return rs_refcount_try_incref(rs_heap_words(object), self()) ==
           RS_OUTCOME_YES;
}

void
PyUnstable_EnableTryIncRef(PyObject *object)
{
    if (rs_audit_is_on())
        rs_audit_live(object, "PyUnstable_EnableTryIncRef");
    rs_refcount_enable_try(rs_heap_words(object));
}

int
PyUnstable_Object_IsUniquelyReferenced(PyObject *object)
{
    if (rs_audit_is_on())
        rs_audit_live(object, "PyUnstable_Object_IsUniquelyReferenced");
    return rs_refcount_is_unique(rs_heap_words(object), self());
}
