/* SPDX-License-Identifier: MIT */
/* instrument.h -- Py_INCREF and the others announce themselves, with file,
 * line and function. Include it after Python.h; `refsan cc` does.
 *
 * Each operation becomes a function-like macro of the same name, so that
 * &Py_IncRef and other uses as a value stay what they were. It evaluates its
 * arguments once and ends in the operation that Python.h has. Macros of
 * Python.h that are made of others (Py_RETURN_NONE, Py_BEGIN_ALLOW_THREADS,
 * Py_BEGIN_CRITICAL_SECTION, PySequence_Fast_GET_ITEM …) announce what they are
 * made of, because macros are expanded where they are used. So only those are
 * redefined that end in a function or a field, and Py_CLEAR, Py_SETREF and
 * Py_XSETREF, which know the field that the reference comes from.
 *
 * Whether an argument may be any object pointer or must be a PyObject * is as
 * Python.h has it: from 3.11 on the limited API does not cast. */
#if !defined(REFSAN_INSTRUMENT_H) && defined(Py_PYTHON_H)
#define REFSAN_INSTRUMENT_H

#include "abi.h"

/* Which operations are calls here, and which are compiled in line. */
#ifdef Py_LIMITED_API
#define REFSAN_LIMITED (Py_LIMITED_API + 0)
#else
#define REFSAN_LIMITED 0
#endif
#if defined(Py_REF_DEBUG) && defined(Py_LIMITED_API)
#define REFSAN_COUNTS_BY_CALL 1
#else
#define REFSAN_COUNTS_BY_CALL (REFSAN_LIMITED >= 0x030c0000)
#endif
#define REFSAN_SETS_BY_CALL  (REFSAN_LIMITED >= 0x030d0000)
#define REFSAN_READS_BY_CALL (REFSAN_LIMITED >= 0x030e0000)
#define REFSAN_CALLS(if_so)  ((if_so) ? REFSAN_OP_CALLS : 0)

#if !defined(Py_LIMITED_API) || Py_LIMITED_API + 0 < 0x030b0000
#define REFSAN_OBJECT(op) _PyObject_CAST(op)
#else
#define REFSAN_OBJECT(op) (op)
#endif

/* Any integer will do for a subscript. */
#define REFSAN_INDEX(index) _Py_STATIC_CAST(Py_ssize_t, (index))

#define REFSAN_PLACE      __FILE__, __LINE__, __builtin_FUNCTION()
#define REFSAN_PLACE_ARGS const char *file, int line, const char *function
#define REFSAN_AT         file, line, function

/* Always in line, unoptimized code included: the call of the table is then the
 * user's function's own, and its return address says which. */
#define REFSAN_INLINE static inline __attribute__((always_inline, unused))

/* True when the operation must not be done. The empty asm, different on each
 * line, keeps compilers from merging the calls of two lines: a return address
 * stands for one place. */
#define REFSAN_IS_HERE() __builtin_expect(&refsan_abi_1 != 0, 0)
#define REFSAN_REFUSES(call)                                                  \
    (REFSAN_IS_HERE() && refsan_refused(refsan_abi_1.call, line))

#ifdef __cplusplus
extern "C" {
#endif

REFSAN_INLINE int
refsan_refused(int answer, int line)
{
    __asm__ volatile("" : "+r"(answer) : "X"(line));
    return answer != REFSAN_PROCEED;
}

REFSAN_INLINE int
refsan_refuses_incref(PyObject *op, REFSAN_PLACE_ARGS)
{
#if REFSAN_COUNTS_BY_CALL
    return REFSAN_REFUSES(
        announce(REFSAN_OP_INCREF | REFSAN_OP_CALLS, op, 0, REFSAN_AT));
#else
    return REFSAN_REFUSES(incref(op, REFSAN_AT));
#endif
}

REFSAN_INLINE int
refsan_refuses_decref(PyObject *op, REFSAN_PLACE_ARGS)
{
#if REFSAN_COUNTS_BY_CALL
    return REFSAN_REFUSES(
        announce(REFSAN_OP_DECREF | REFSAN_OP_CALLS, op, 0, REFSAN_AT));
#else
    return REFSAN_REFUSES(decref(op, REFSAN_AT));
#endif
}

REFSAN_INLINE void
refsan_announce(int op, void *object, intptr_t extra, REFSAN_PLACE_ARGS)
{
    (void)REFSAN_REFUSES(announce(op, object, extra, REFSAN_AT));
}

REFSAN_INLINE void
refsan_incref(PyObject *op, REFSAN_PLACE_ARGS)
{
    if (!refsan_refuses_incref(op, REFSAN_AT))
        Py_INCREF(op);
}

REFSAN_INLINE void
refsan_xincref(PyObject *op, REFSAN_PLACE_ARGS)
{
    if (op != 0)
        refsan_incref(op, REFSAN_AT);
}

REFSAN_INLINE PyObject *
refsan_new_ref(PyObject *op, REFSAN_PLACE_ARGS)
{
    refsan_incref(op, REFSAN_AT);
    return op;
}

REFSAN_INLINE PyObject *
refsan_xnew_ref(PyObject *op, REFSAN_PLACE_ARGS)
{
    refsan_xincref(op, REFSAN_AT);
    return op;
}

/* Debug builds name the place of a decref that goes below zero. */
REFSAN_INLINE void
refsan_decref(PyObject *op, REFSAN_PLACE_ARGS)
{
    if (refsan_refuses_decref(op, REFSAN_AT))
        return;
#if defined(Py_REF_DEBUG) && !defined(Py_LIMITED_API)
    (Py_DECREF)(file, line, op);
#else
    Py_DECREF(op);
#endif
}

REFSAN_INLINE void
refsan_xdecref(PyObject *op, REFSAN_PLACE_ARGS)
{
    if (op != 0)
        refsan_decref(op, REFSAN_AT);
}

REFSAN_INLINE Py_ssize_t
refsan_refcnt(PyObject *op, REFSAN_PLACE_ARGS)
{
    refsan_announce(REFSAN_OP_REFCNT | REFSAN_CALLS(REFSAN_READS_BY_CALL), op,
                    0, REFSAN_AT);
    return Py_REFCNT(op);
}

REFSAN_INLINE void
refsan_set_refcnt(PyObject *op, Py_ssize_t count, REFSAN_PLACE_ARGS)
{
    if (!REFSAN_REFUSES(
            announce(REFSAN_OP_SET_REFCNT | REFSAN_CALLS(REFSAN_SETS_BY_CALL),
                     op, count, REFSAN_AT)))
        Py_SET_REFCNT(op, count);
}

/* What was lent: NULL is nothing. */
REFSAN_INLINE PyObject *
refsan_borrowed(PyObject *item, PyObject *from, REFSAN_PLACE_ARGS)
{
    if (item != 0)
        refsan_announce(REFSAN_OP_BORROW, item, (intptr_t)from, REFSAN_AT);
    return item;
}

/* `flags`: REFSAN_OP_CHANGES, or 0. */
REFSAN_INLINE PyObject *
refsan_stolen(int flags, PyObject *item, PyObject *by, REFSAN_PLACE_ARGS)
{
    if (item != 0)
        refsan_announce(REFSAN_OP_STEAL | flags, item, (intptr_t)by,
                        REFSAN_AT);
    return item;
}

/* A reference is taken out of the variable that owns it. A local variable is no
 * other thread's: most of them are near the function's own frame, and cost a
 * comparison. */
#define REFSAN_NEAR 4096
REFSAN_INLINE int
refsan_refuses_take(void *variable, PyObject *op, REFSAN_PLACE_ARGS)
{
    char *frame = _Py_STATIC_CAST(char *, __builtin_frame_address(0));
    char *there = _Py_STATIC_CAST(char *, variable);

    if (op == 0 ||
        (there - frame < REFSAN_NEAR && frame - there < REFSAN_NEAR))
        return 0;
    return REFSAN_REFUSES(
        announce(REFSAN_OP_TAKE, op, (intptr_t)variable, REFSAN_AT));
}

#ifndef Py_LIMITED_API

/* PyList_GET_ITEM is something one may take the address of, also behind the
 * last item; only what is inside is looked at. */
REFSAN_INLINE PyObject **
refsan_list_slot(PyObject *list, Py_ssize_t index, REFSAN_PLACE_ARGS)
{
    PyObject **slot = &PyList_GET_ITEM(list, index);

    if (REFSAN_IS_HERE() && index >= 0 && index < PyList_GET_SIZE(list))
        (void)refsan_borrowed(*slot, list, REFSAN_AT);
    return slot;
}

REFSAN_INLINE PyObject **
refsan_tuple_slot(PyObject *tuple, Py_ssize_t index, REFSAN_PLACE_ARGS)
{
    PyObject **slot = &PyTuple_GET_ITEM(tuple, index);

    if (REFSAN_IS_HERE() && index >= 0 && index < PyTuple_GET_SIZE(tuple))
        (void)refsan_borrowed(*slot, tuple, REFSAN_AT);
    return slot;
}

REFSAN_INLINE void
refsan_list_set(PyObject *list, Py_ssize_t index, PyObject *item,
                REFSAN_PLACE_ARGS)
{
    PyList_SET_ITEM(list, index, refsan_stolen(0, item, list, REFSAN_AT));
}

REFSAN_INLINE void
refsan_tuple_set(PyObject *tuple, Py_ssize_t index, PyObject *item,
                 REFSAN_PLACE_ARGS)
{
    PyTuple_SET_ITEM(tuple, index, refsan_stolen(0, item, tuple, REFSAN_AT));
}

#ifdef PyCell_SET
REFSAN_INLINE PyObject *
refsan_cell_get(PyObject *cell, REFSAN_PLACE_ARGS)
{
    return refsan_borrowed(PyCell_GET(cell), cell, REFSAN_AT);
}

REFSAN_INLINE void
refsan_cell_set(PyObject *cell, PyObject *item, REFSAN_PLACE_ARGS)
{
    PyCell_SET(cell, refsan_stolen(REFSAN_OP_CHANGES, item, cell, REFSAN_AT));
}
#endif

#ifdef PyWeakref_GET_OBJECT
REFSAN_INLINE PyObject *
refsan_weakref_object(PyObject *ref, REFSAN_PLACE_ARGS)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    return refsan_borrowed(PyWeakref_GET_OBJECT(ref), ref, REFSAN_AT);
#pragma GCC diagnostic pop
}
#endif

#endif /* Py_LIMITED_API */

/* ---- Calls ---------------------------------------------------------------
 *
 * The interpreter itself defines these functions, by their names. */
#ifndef Py_BUILD_CORE

REFSAN_INLINE void
refsan_call_incref(PyObject *op, REFSAN_PLACE_ARGS)
{
    if (op == 0 || !REFSAN_REFUSES(announce(REFSAN_OP_INCREF | REFSAN_OP_CALLS,
                                            op, 0, REFSAN_AT)))
        Py_IncRef(op);
}

REFSAN_INLINE void
refsan_call_decref(PyObject *op, REFSAN_PLACE_ARGS)
{
    if (op == 0 || !REFSAN_REFUSES(announce(REFSAN_OP_DECREF | REFSAN_OP_CALLS,
                                            op, 0, REFSAN_AT)))
        Py_DecRef(op);
}

REFSAN_INLINE PyThreadState *
refsan_save_thread(REFSAN_PLACE_ARGS)
{
    PyThreadState *thread = PyEval_SaveThread();

    refsan_announce(REFSAN_OP_DETACH, thread, 0, REFSAN_AT);
    return thread;
}

REFSAN_INLINE void
refsan_restore_thread(PyThreadState *thread, REFSAN_PLACE_ARGS)
{
    PyEval_RestoreThread(thread);
    refsan_announce(REFSAN_OP_ATTACH, thread, 0, REFSAN_AT);
}

/* PyMutex is of 3.13; the limited API has it from 3.15 on, if at all. */
#ifdef PyMutex_Lock
#define REFSAN_HAS_MUTEX 1

REFSAN_INLINE void
refsan_mutex_lock(PyMutex *mutex, REFSAN_PLACE_ARGS)
{
    PyMutex_Lock(mutex);
    refsan_announce(REFSAN_OP_LOCK, mutex, REFSAN_LOCK_MUTEX, REFSAN_AT);
}

REFSAN_INLINE void
refsan_mutex_unlock(PyMutex *mutex, REFSAN_PLACE_ARGS)
{
    refsan_announce(REFSAN_OP_UNLOCK, mutex, REFSAN_LOCK_MUTEX, REFSAN_AT);
    PyMutex_Unlock(mutex);
}
#endif

/* Critical sections are of 3.13. With a GIL the macros do not call these. */
#ifdef Py_BEGIN_CRITICAL_SECTION
#define REFSAN_HAS_SECTIONS 1

REFSAN_INLINE void
refsan_section_begin(PyCriticalSection *section, PyObject *op,
                     REFSAN_PLACE_ARGS)
{
    PyCriticalSection_Begin(section, op);
    refsan_announce(REFSAN_OP_LOCK, op, REFSAN_LOCK_SECTION, REFSAN_AT);
}

REFSAN_INLINE void
refsan_section_end(PyCriticalSection *section, REFSAN_PLACE_ARGS)
{
    refsan_announce(REFSAN_OP_UNLOCK, section, REFSAN_LOCK_SECTION, REFSAN_AT);
    PyCriticalSection_End(section);
}

REFSAN_INLINE void
refsan_section2_begin(PyCriticalSection2 *section, PyObject *a, PyObject *b,
                      REFSAN_PLACE_ARGS)
{
    PyCriticalSection2_Begin(section, a, b);
    refsan_announce(REFSAN_OP_LOCK, a, REFSAN_LOCK_SECTION, REFSAN_AT);
    refsan_announce(REFSAN_OP_LOCK, b, REFSAN_LOCK_SECTION, REFSAN_AT);
}

REFSAN_INLINE void
refsan_section2_end(PyCriticalSection2 *section, REFSAN_PLACE_ARGS)
{
    refsan_announce(REFSAN_OP_UNLOCK, section, REFSAN_LOCK_SECTION, REFSAN_AT);
    refsan_announce(REFSAN_OP_UNLOCK, section, REFSAN_LOCK_SECTION, REFSAN_AT);
    PyCriticalSection2_End(section);
}
#endif

#endif /* Py_BUILD_CORE */

#ifdef __cplusplus
}
#endif

/* ---- From here on the names mean the announced operations -------------- */

#undef Py_INCREF
#undef Py_XINCREF
#undef Py_DECREF
#undef Py_XDECREF
#undef Py_NewRef
#undef Py_XNewRef
#undef Py_SET_REFCNT
#define Py_INCREF(op)  refsan_incref(REFSAN_OBJECT(op), REFSAN_PLACE)
#define Py_XINCREF(op) refsan_xincref(REFSAN_OBJECT(op), REFSAN_PLACE)
#define Py_DECREF(op)  refsan_decref(_PyObject_CAST(op), REFSAN_PLACE)
#define Py_XDECREF(op) refsan_xdecref(REFSAN_OBJECT(op), REFSAN_PLACE)
#define Py_NewRef(op)  refsan_new_ref(REFSAN_OBJECT(op), REFSAN_PLACE)
#define Py_XNewRef(op) refsan_xnew_ref(REFSAN_OBJECT(op), REFSAN_PLACE)
#define Py_SET_REFCNT(op, count)                                              \
    refsan_set_refcnt(REFSAN_OBJECT(op), (count), REFSAN_PLACE)

#ifdef _Py_TYPEOF
/* Evaluated in the order of Python.h's: the variable's address, what it holds,
 * the new value. */
#undef Py_CLEAR
#define Py_CLEAR(op)                                                          \
    do {                                                                      \
        _Py_TYPEOF(op) *refsan_variable = &(op);                              \
        _Py_TYPEOF(op) refsan_old = (*refsan_variable);                       \
        if (refsan_old != _Py_NULL) {                                         \
            int refsan_is_refused = refsan_refuses_take(                      \
                refsan_variable, _PyObject_CAST(refsan_old), REFSAN_PLACE);   \
            *refsan_variable = _Py_NULL;                                      \
            if (!refsan_is_refused)                                           \
                Py_DECREF(refsan_old);                                        \
        }                                                                     \
    } while (0)

#ifdef Py_SETREF
#define REFSAN_SETREF(release, dst, src)                                      \
    do {                                                                      \
        _Py_TYPEOF(dst) *refsan_variable = &(dst);                            \
        _Py_TYPEOF(dst) refsan_old = (*refsan_variable);                      \
        _Py_TYPEOF(dst) refsan_new = (src);                                   \
        int refsan_is_refused = refsan_refuses_take(                          \
            refsan_variable, _PyObject_CAST(refsan_old), REFSAN_PLACE);       \
        *refsan_variable = refsan_new;                                        \
        if (!refsan_is_refused)                                               \
            release(refsan_old);                                              \
    } while (0)
#undef Py_SETREF
#undef Py_XSETREF
#define Py_SETREF(dst, src)  REFSAN_SETREF(Py_DECREF, dst, src)
#define Py_XSETREF(dst, src) REFSAN_SETREF(Py_XDECREF, dst, src)
#endif
#endif

/* The interpreter knows what a count of its own means. */
#ifndef Py_BUILD_CORE
#undef Py_REFCNT
#define Py_REFCNT(op) refsan_refcnt(REFSAN_OBJECT(op), REFSAN_PLACE)
#endif

#ifndef Py_LIMITED_API
#undef PyList_GET_ITEM
#undef PyTuple_GET_ITEM
#undef PyList_SET_ITEM
#undef PyTuple_SET_ITEM
#define PyList_GET_ITEM(op, index)                                            \
    (*refsan_list_slot(_PyObject_CAST(op), REFSAN_INDEX(index), REFSAN_PLACE))
#define PyTuple_GET_ITEM(op, index)                                           \
    (*refsan_tuple_slot(_PyObject_CAST(op), REFSAN_INDEX(index), REFSAN_PLACE))
#define PyList_SET_ITEM(op, index, value)                                     \
    refsan_list_set(_PyObject_CAST(op), (index), _PyObject_CAST(value),       \
                    REFSAN_PLACE)
#define PyTuple_SET_ITEM(op, index, value)                                    \
    refsan_tuple_set(_PyObject_CAST(op), (index), _PyObject_CAST(value),      \
                     REFSAN_PLACE)
#ifdef PyCell_SET
#undef PyCell_GET
#undef PyCell_SET
#define PyCell_GET(op) refsan_cell_get(_PyObject_CAST(op), REFSAN_PLACE)
#define PyCell_SET(op, value)                                                 \
    refsan_cell_set(_PyObject_CAST(op), _PyObject_CAST(value), REFSAN_PLACE)
#endif
#ifdef PyWeakref_GET_OBJECT
#undef PyWeakref_GET_OBJECT
#define PyWeakref_GET_OBJECT(ref)                                             \
    refsan_weakref_object(_PyObject_CAST(ref), REFSAN_PLACE)
#endif
#endif

#ifndef Py_BUILD_CORE
#define Py_IncRef(op)       refsan_call_incref((op), REFSAN_PLACE)
#define Py_DecRef(op)       refsan_call_decref((op), REFSAN_PLACE)
#define PyEval_SaveThread() refsan_save_thread(REFSAN_PLACE)
#define PyEval_RestoreThread(thread)                                          \
    refsan_restore_thread((thread), REFSAN_PLACE)
#endif

#ifdef REFSAN_HAS_MUTEX
#undef PyMutex_Lock
#undef PyMutex_Unlock
#define PyMutex_Lock(mutex)   refsan_mutex_lock((mutex), REFSAN_PLACE)
#define PyMutex_Unlock(mutex) refsan_mutex_unlock((mutex), REFSAN_PLACE)
#endif

#ifdef REFSAN_HAS_SECTIONS
#define PyCriticalSection_Begin(section, op)                                  \
    refsan_section_begin((section), (op), REFSAN_PLACE)
#define PyCriticalSection_End(section)                                        \
    refsan_section_end((section), REFSAN_PLACE)
#define PyCriticalSection2_Begin(section, a, b)                               \
    refsan_section2_begin((section), (a), (b), REFSAN_PLACE)
#define PyCriticalSection2_End(section)                                       \
    refsan_section2_end((section), REFSAN_PLACE)
#endif

#endif
