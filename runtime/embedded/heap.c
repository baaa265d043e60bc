/* SPDX-License-Identifier: MIT */
/* heap.c -- objects from malloc and back to it; what happens in between, at
 * the end of an object's life. */
#include "heap.h"

#include "audit.h"
#include "trace.h"
#include "world.h"

#include "os/arch.h"
#include "../refcount/refcount.h"

#include <pthread.h>
#include <stdlib.h>

static struct {
    pthread_mutex_t lock; /* of the ring */
    struct rs_heap_prefix ring;
    Py_ssize_t count;
} heap = {.lock = PTHREAD_MUTEX_INITIALIZER,
          .ring = {.next = &heap.ring, .prev = &heap.ring}};

struct rs_heap_prefix *
rs_heap_tracked(void)
{
    return &heap.ring;
}

Py_ssize_t
rs_heap_count(void)
{
    return __atomic_load_n(&heap.count, __ATOMIC_RELAXED);
}

void
rs_heap_after_fork(void)
{
    pthread_mutex_init(&heap.lock, NULL);
}

/* ---- births ---- */

void
_Py_NewReference(PyObject *object)
{
    rs_refcount_new(rs_heap_words(object), object->ob_type,
                    rs_arch_thread_pointer());
    if (rs_audit_is_on())
        rs_audit_born(object);
    rs_trace_tell(object, PyRefTracer_CREATE);
}

PyObject *
_PyObject_New(PyTypeObject *type)
{
    struct rs_heap_prefix *prefix =
        calloc(1, sizeof(*prefix) + type->tp_basicsize);
    PyObject *object;

    if (rs_audit_is_on())
        rs_audit_thread("PyObject_New");
    if (prefix == NULL)
        return NULL;
    __atomic_fetch_add(&heap.count, 1, __ATOMIC_RELAXED);
    object = rs_heap_object(prefix);
    object->ob_type = type;
    _Py_NewReference(object);
    return object;
}

PyObject *
_PyObject_GC_New(PyTypeObject *type)
{
    return _PyObject_New(type);
}

/* ---- tracking ---- */

void
PyObject_GC_Track(void *at)
{
    PyObject *object = at;
    struct rs_heap_prefix *prefix = rs_heap_prefix_of(at);

    if (rs_audit_is_on())
        rs_audit_live(at, "PyObject_GC_Track");
    if (__atomic_fetch_or(&object->ob_gc_bits, RS_GC_TRACKED,
                          __ATOMIC_RELAXED) &
        RS_GC_TRACKED)
        return;
    pthread_mutex_lock(&heap.lock);
    prefix->next = &heap.ring;
    prefix->prev = heap.ring.prev;
    prefix->prev->next = heap.ring.prev = prefix;
    pthread_mutex_unlock(&heap.lock);
}

void
PyObject_GC_UnTrack(void *at)
{
    PyObject *object = at;
    struct rs_heap_prefix *prefix = rs_heap_prefix_of(at);

    if (!(__atomic_fetch_and(&object->ob_gc_bits, (uint8_t)~RS_GC_TRACKED,
                             __ATOMIC_RELAXED) &
          RS_GC_TRACKED))
        return;
    pthread_mutex_lock(&heap.lock);
    prefix->next->prev = prefix->prev;
    prefix->prev->next = prefix->next;
    pthread_mutex_unlock(&heap.lock);
}

int
PyObject_GC_IsTracked(PyObject *object)
{
    return (__atomic_load_n(&object->ob_gc_bits, __ATOMIC_RELAXED) &
            RS_GC_TRACKED) != 0;
}

/* ---- deaths ---- */

void
PyObject_Free(void *memory)
{
    if (memory == NULL)
        return;
    if (rs_audit_is_on())
        rs_audit_freed(memory);
    __atomic_fetch_sub(&heap.count, 1, __ATOMIC_RELAXED);
    free(rs_heap_prefix_of(memory));
}

void
PyObject_GC_Del(void *object)
{
    if (object != NULL)
        PyObject_GC_UnTrack(object);
    PyObject_Free(object);
}

static void
deallocate(PyObject *object)
{
    PyTypeObject *type = object->ob_type;

    if (type->tp_finalize && PyObject_CallFinalizerFromDealloc(object) < 0)
        return;
    if (rs_heap_is_collected(object))
        PyObject_GC_UnTrack(object);
    if (type->tp_clear)
        type->tp_clear(object);
    PyObject_Free(object);
}

void
_Py_Dealloc(PyObject *object)
{
    PyTypeObject *type = object->ob_type;

    if (rs_audit_is_on())
        rs_audit_dying(object);
    rs_trace_tell(object, PyRefTracer_DESTROY);
    if (type->tp_dealloc)
        type->tp_dealloc(object);
    else
        deallocate(object);
}

int
PyObject_CallFinalizerFromDealloc(PyObject *object)
{
    PyTypeObject *type = object->ob_type;
    struct rs_words *words = rs_heap_words(object);
    enum rs_outcome outcome;

    rs_refcount_resurrect_start(words, rs_arch_thread_pointer());
    if (rs_audit_is_on())
        rs_audit_revived(object);
    if (type->tp_finalize && !(rs_heap_is_collected(object) &&
                               (object->ob_gc_bits & RS_GC_FINALIZED))) {
        type->tp_finalize(object);
        if (rs_heap_is_collected(object))
            __atomic_fetch_or(&object->ob_gc_bits, RS_GC_FINALIZED,
                              __ATOMIC_RELAXED);
    }
    outcome = rs_refcount_resurrect_end(words, rs_arch_thread_pointer());
    if (outcome == RS_OUTCOME_QUEUE)
        outcome = rs_queue_put(words, rs_arch_thread_pointer());
    if (outcome != RS_OUTCOME_DEALLOC)
        return -1;
    if (rs_audit_is_on())
        rs_audit_dying(object);
    return 0;
}
