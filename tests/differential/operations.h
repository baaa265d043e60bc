/* SPDX-License-Identifier: MIT */
/* operations.h -- the object, and each operation on it twice: do_real() by the
 * interpreter, do_model() by protocol.h. Static: a part of differential.c. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "os/arch.h"
#include "refcount/protocol.h"

#if PY_VERSION_HEX >= 0x030e0000
PyAPI_FUNC(void) _Py_SetImmortalUntracked(PyObject *); /* exported, internal */
#endif

#define NOBODY       UINT64_C(0x5550000)
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#ifdef Py_GIL_DISABLED
#define LAYOUT RS_LAYOUT_FREE_THREADED
#elif PY_VERSION_HEX >= 0x030e0000
#define LAYOUT RS_LAYOUT_SPLIT
#else
#define LAYOUT RS_LAYOUT_WIDE
#endif
#define HAS_IMMORTAL_BIT (PY_VERSION_HEX >= 0x030e0000)

/* ---- the object ---- */

static int deaths, revivals;

static void
note_death(PyObject *self)
{
    (void)self;
    deaths++;
}

static void
finalize(PyObject *self)
{
    for (int i = 0; i < revivals; i++)
        Py_INCREF(self);
}

static int
traverse_nothing(PyObject *self, visitproc visit, void *arg)
{
    (void)self;
    (void)visit;
    (void)arg;
    return 0;
}

static PyTypeObject victim_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "differential.Victim",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_dealloc = note_death,
    .tp_finalize = finalize,
};
static PyTypeObject collected_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "differential.Collected",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_dealloc = note_death,
    .tp_traverse = traverse_nothing,
    .tp_free = PyObject_GC_Del,
};

/* Room in front for a default build's collector header: zero, not tracked. */
static struct {
    uintptr_t room[4];
    PyObject object;
} memory;
#define victim (&memory.object)

static struct rs_header
header(void)
{
    return rs_header_decode(LAYOUT, victim);
}

/* ---- operations ---- */

enum kind {
    INCREF,
    INC_REF,
    NEW_REF,
    DECREF,
    DEC_REF,
    SET,
    REFCNT,
    IS_IMMORTAL,
#if PY_VERSION_HEX >= 0x030e0000
    TRY,
    ENABLE,
    UNIQUE,
    DEFER,
    FORCE,
#endif
#if PY_VERSION_HEX >= 0x030f0000
    IMMORTALIZE,
#endif
#ifdef Py_GIL_DISABLED
    DECREF_SHARED,
    MERGE_ZERO,
#endif
    RESURRECT,
    RENEW,
    KINDS
};

static int64_t
do_real(enum kind kind, int64_t argument)
{
    switch (kind) {
    case INCREF:
        Py_INCREF(victim);
        break;
    case INC_REF:
        Py_IncRef(victim);
        break;
    case NEW_REF:
        return Py_NewRef(victim) == victim;
    case DECREF:
        Py_DECREF(victim);
        break;
    case DEC_REF:
        Py_DecRef(victim);
        break;
    case SET:
        Py_SET_REFCNT(victim, (Py_ssize_t)argument);
        break;
    case REFCNT:
        return Py_REFCNT(victim);
#if PY_VERSION_HEX >= 0x030e0000
    case IS_IMMORTAL:
        return PyUnstable_IsImmortal(victim);
    case TRY:
        return PyUnstable_TryIncRef(victim);
    case ENABLE:
        PyUnstable_EnableTryIncRef(victim);
        break;
    case UNIQUE:
        return PyUnstable_Object_IsUniquelyReferenced(victim);
    case DEFER:
        return PyUnstable_Object_EnableDeferredRefcount(victim);
    case FORCE:
        _Py_SetImmortalUntracked(victim);
        break;
#else
    case IS_IMMORTAL:
        return _Py_IsImmortal(victim);
#endif
#if PY_VERSION_HEX >= 0x030f0000
    case IMMORTALIZE:
        return PyUnstable_SetImmortal(victim);
#endif
#ifdef Py_GIL_DISABLED
    case DECREF_SHARED:
        _Py_DecRefShared(victim);
        break;
    case MERGE_ZERO:
        _Py_MergeZeroLocalRefcount(victim);
        break;
#endif
    case RESURRECT:
        return PyObject_CallFinalizerFromDealloc(victim);
    case RENEW:
        _Py_NewReference(victim);
        break;
    case KINDS:
        break;
    }
    return 0;
}

/* The queue, for an owner that is not there; with no owner at all it is a
 * plain decrement (what a header says that no protocol makes). */
static int
settle(struct rs_header *h, struct rs_change c, uint64_t self)
{
    *h = c.after;
    if (c.outcome == RS_OUTCOME_QUEUE && h->owner == 0)
        c = rs_protocol_decref(h, self);
    else if (c.outcome == RS_OUTCOME_QUEUE)
        c = rs_protocol_merge(h, -1);
    *h = c.after;
    return c.outcome == RS_OUTCOME_DEALLOC;
}

static int
resurrect(struct rs_header *h, uint64_t self)
{
    struct rs_change c = rs_protocol_resurrect_start(h, self);

    /* A collected type's finalizer is marked as run; ours is none. */
    if (c.after.type == (uintptr_t)&victim_type)
        for (int i = 0; i < revivals; i++)
            c = rs_protocol_incref(&c.after, self);
    c = rs_protocol_resurrect_end(&c.after, self);
    *h = c.after;
    return c.outcome == RS_OUTCOME_DEALLOC ? 0 : -1;
}

static struct rs_header
renew(const struct rs_header *h, uint64_t self)
{
    return rs_protocol_new(h->layout, h->type, self);
}

#define ASK(change)                                                           \
    do {                                                                      \
        struct rs_change c_ = (change);                                       \
        *h = c_.after;                                                        \
        return c_.outcome == RS_OUTCOME_YES;                                  \
    } while (0)

/* `died` says whether the interpreter must have called the deallocator. */
static int64_t
do_model(struct rs_header *h, enum kind kind, int64_t argument, uint64_t self,
         int *died)
{
    switch (kind) {
    case NEW_REF:
        *h = rs_protocol_incref(h, self).after;
        return 1;
    case INCREF:
    case INC_REF:
        *h = rs_protocol_incref(h, self).after;
        break;
    case DECREF:
    case DEC_REF:
        *died = settle(h, rs_protocol_decref(h, self), self);
        break;
    case SET:
        *h = rs_protocol_set_refcount(h, self, argument).after;
        break;
    case REFCNT:
        if (LAYOUT == RS_LAYOUT_FREE_THREADED && !HAS_IMMORTAL_BIT &&
            rs_header_is_immortal(h))
            return UINT32_MAX;
        return rs_protocol_refcnt(h);
    case IS_IMMORTAL:
        return rs_header_is_immortal(h);
#if PY_VERSION_HEX >= 0x030e0000
    case TRY:
        ASK(rs_protocol_try_incref(h, self));
    case ENABLE:
        *h = rs_protocol_enable_try(h).after;
        break;
    case UNIQUE:
        return rs_protocol_is_unique(h, self);
    case DEFER:
        if (h->type != (uintptr_t)&collected_type)
            return 0;
        ASK(rs_protocol_defer(h));
    case FORCE:
        *h = rs_protocol_set_immortal(h, HAS_IMMORTAL_BIT).after;
        break;
#endif
#if PY_VERSION_HEX >= 0x030f0000
    case IMMORTALIZE: {
        struct rs_change c =
            rs_protocol_immortalize(h, self, RS_IMMORTAL_UNIQUE, true);

        if (c.outcome == RS_OUTCOME_YES &&
            h->type == (uintptr_t)&collected_type)
            c.after.gc_bits &= (uint8_t)~RS_GC_TRACKED;
        ASK(c);
    }
#endif
#ifdef Py_GIL_DISABLED
    case DECREF_SHARED:
        *died = settle(h, rs_protocol_decref_shared(h), self);
        break;
    case MERGE_ZERO:
        *died = settle(h, rs_protocol_merge_zero(h), self);
        break;
#endif
    case RESURRECT:
        return resurrect(h, self);
    case RENEW:
        *h = renew(h, self);
        break;
    case KINDS:
        break;
    }
    return 0;
}

/* What would end the process, or leave the header to a queue of this very
 * thread, is no test of the header. */
static bool
is_sensible(const struct rs_header *h, enum kind kind, uint64_t self)
{
#ifdef Py_GIL_DISABLED
    if (kind == DECREF_SHARED)
        return h->owner != self;
    if (kind == MERGE_ZERO)
        return h->local == 0 && h->owner == self;
    (void)self;
#else
    (void)self;
#endif
    if (kind == RESURRECT)
        return rs_protocol_refcnt(h) == 0 && !rs_header_is_immortal(h) &&
               h->type == (uintptr_t)&victim_type;
    return true;
}
