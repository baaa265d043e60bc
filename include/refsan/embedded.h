/* SPDX-License-Identifier: MIT */
/* refsan/embedded.h -- reference counted objects without Python.
 *
 * A C11 or C++ program makes objects of its own types and counts them with the
 * API it would use in an extension of free-threaded CPython 3.15: the names,
 * the layout of the header, and what the functions do are CPython's. Link with
 * librefsan_embedded. Under `refsan run` every operation is checked.
 *
 *   - what CPython has, has CPython's name (Py_INCREF, PyObject_GC_New, ...);
 *   - what is this runtime's own begins with refsan_embedded_.
 *
 * Every thread that touches an object must be attached. An attached thread
 * must come by refsan_embedded_safepoint() now and then, and suspend itself
 * around whatever blocks: there it merges the references that others dropped
 * for it, and there the collector can stop it.
 *
 * Set REFSAN_EMBEDDED_CHECKS=1 in the environment, and each operation is
 * checked first: NULL, an object that was freed, a pointer that is no object,
 * a thread that is not attached. A mistake ends the program with one line that
 * names it.
 *
 * The manual is docs/embedded.md. */
#ifndef REFSAN_EMBEDDED_H
#define REFSAN_EMBEDDED_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef ssize_t Py_ssize_t;
typedef struct _object PyObject;
typedef struct _typeobject PyTypeObject;
typedef int (*visitproc)(PyObject *, void *);

struct _object {
    uintptr_t ob_tid;
    uint16_t ob_flags;
    uint8_t ob_mutex;
    uint8_t ob_gc_bits;
    uint32_t ob_ref_local;
    Py_ssize_t ob_ref_shared;
    PyTypeObject *ob_type;
};

#define PyObject_HEAD PyObject ob_base;

/* ---- types: static, and ready from the start ---- */

struct _typeobject {
    PyObject ob_base;
    const char *tp_name;
    size_t tp_basicsize;
    unsigned long tp_flags;
    /* The last reference is gone. NULL: finalize, untrack, clear, free. */
    void (*tp_dealloc)(PyObject *);
    /* Called once, before tp_dealloc goes on, with the object alive. */
    void (*tp_finalize)(PyObject *);
    /* Types with Py_TPFLAGS_HAVE_GC: visit each object this one refers to;
     * drop these references. */
    int (*tp_traverse)(PyObject *, visitproc, void *);
    void (*tp_clear)(PyObject *);
};

#define Py_TPFLAGS_DEFAULT          0ul
#define Py_TPFLAGS_HAVE_GC          (1ul << 14)
#define Py_TPFLAGS_UNICODE_SUBCLASS (1ul << 28)

/* The type of types. */
extern PyTypeObject refsan_embedded_type;

/* The first member of a type: static PyTypeObject t = {REFSAN_EMBEDDED_TYPE,
 * .tp_name = ...}. Immortal, like all static objects. */
#define REFSAN_EMBEDDED_TYPE                                                  \
    {                                                                         \
        0, 4, 0, 0, UINT32_MAX, 0, &refsan_embedded_type                      \
    }

/* ---- the runtime and its threads ---- */

/* Begins, and attaches the calling thread. 0, or -1 without memory. */
int refsan_embedded_start(void);

/* Collects, detaches, and ends: other threads must be detached. Returns the
 * number of objects that are still there. */
Py_ssize_t refsan_embedded_finish(void);

/* 0, or -1 without memory. Nested calls are counted. */
int refsan_embedded_attach(void);
void refsan_embedded_detach(void);

/* Around whatever blocks; in between, the thread touches no object. */
void refsan_embedded_suspend(void);
void refsan_embedded_resume(void);

void refsan_embedded_safepoint(void);

/* Stops all attached threads and takes away what nothing refers to: cycles,
 * and deferred objects. Returns how many objects. */
Py_ssize_t refsan_embedded_collect(void);

/* ---- objects ---- */

PyObject *_PyObject_New(PyTypeObject *type);
PyObject *_PyObject_GC_New(PyTypeObject *type);
#define PyObject_New(type, of)    ((type *)_PyObject_New(of))
#define PyObject_GC_New(type, of) ((type *)_PyObject_GC_New(of))
void PyObject_Free(void *memory);
void PyObject_GC_Del(void *object);
void PyObject_GC_Track(void *object);
void PyObject_GC_UnTrack(void *object);
int PyObject_GC_IsTracked(PyObject *object);
int PyObject_CallFinalizerFromDealloc(PyObject *object);
void _Py_NewReference(PyObject *object);

#define Py_VISIT(object)                                                      \
    do {                                                                      \
        if (object) {                                                         \
            int visited_ = visit((PyObject *)(object), arg);                  \
            if (visited_)                                                     \
                return visited_;                                              \
        }                                                                     \
    } while (0)

/* ---- the count: as functions ---- */

void Py_IncRef(PyObject *object); /* NULL is allowed */
void Py_DecRef(PyObject *object); /* NULL is allowed */
void _Py_IncRef(PyObject *object);
void _Py_DecRef(PyObject *object);
PyObject *Py_NewRef(PyObject *object);
PyObject *Py_XNewRef(PyObject *object); /* NULL is allowed */
Py_ssize_t Py_REFCNT(PyObject *object);
void _Py_SetRefcnt(PyObject *object, Py_ssize_t count);
void _Py_Dealloc(PyObject *object);
void _Py_DecRefShared(PyObject *object);
void _Py_MergeZeroLocalRefcount(PyObject *object);
void _Py_SetImmortal(PyObject *object);

int PyUnstable_SetImmortal(PyObject *object);
int PyUnstable_IsImmortal(PyObject *object);
int PyUnstable_Object_EnableDeferredRefcount(PyObject *object);
int PyUnstable_TryIncRef(PyObject *object);
void PyUnstable_EnableTryIncRef(PyObject *object);
int PyUnstable_Object_IsUniquelyReferenced(PyObject *object);

/* The rule of PyUnstable_SetImmortal: 0, the documented one, or 1, any number
 * of references that only the owning thread holds. Before other threads. */
void refsan_embedded_relax_immortal(int is_relaxed);

/* ---- births and deaths ---- */

typedef enum {
    PyRefTracer_CREATE = 0,
    PyRefTracer_DESTROY = 1,
    PyRefTracer_TRACKER_REMOVED = 2,
} PyRefTracerEvent;
typedef int (*PyRefTracer)(PyObject *, PyRefTracerEvent, void *);
int PyRefTracer_SetTracer(PyRefTracer tracer, void *data);
PyRefTracer PyRefTracer_GetTracer(void **data);

/* ---- the count: inline ---- */

/* Not 0 when somebody wants to see each operation: a tool that stands in front
 * of the functions above, or the checks. Then the inline forms call, and touch
 * nothing themselves. Set once, before main. */
extern int refsan_embedded_calls;

/* Defined before this header is included, REFSAN_EMBEDDED_UNWATCHED makes
 * inline forms that never look for a watcher: as fast as can be, and as unseen
 * as those of an extension of a release build. */
#ifndef REFSAN_EMBEDDED_UNWATCHED
#define REFSAN_EMBEDDED_CALLS __builtin_expect(refsan_embedded_calls, 0)
#else
#define REFSAN_EMBEDDED_CALLS 0
#endif

static inline __attribute__((always_inline)) uintptr_t
_Py_ThreadId(void)
{
    uintptr_t pointer;
#if defined(__x86_64__)
    __asm__("movq %%fs:0, %0" : "=r"(pointer));
#elif defined(__aarch64__)
    __asm__("mrs %0, tpidr_el0" : "=r"(pointer));
#else
#error "refsan knows x86-64 and aarch64"
#endif
    return pointer;
}

/* A relaxed load, compared where it stands: compilers keep an atomic load and
 * its comparison apart. */
static inline __attribute__((always_inline)) int
refsan_embedded_is_owner(const PyObject *object, uintptr_t thread)
{
#if defined(__x86_64__) && defined(__GCC_ASM_FLAG_OUTPUTS__) &&               \
    !defined(__SANITIZE_THREAD__)
    int is_owner;

    __asm__("cmpq %2, %1"
            : "=@cce"(is_owner)
            : "r"(thread), "m"(object->ob_tid));
    return is_owner;
#else
    return __atomic_load_n(&object->ob_tid, __ATOMIC_RELAXED) == thread;
#endif
}

static inline int
_Py_IsOwnedByCurrentThread(PyObject *object)
{
    return refsan_embedded_is_owner(object, _Py_ThreadId());
}

#define REFSAN_EMBEDDED_OFTEN(condition)  __builtin_expect(!!(condition), 1)
#define REFSAN_EMBEDDED_RARELY(condition) __builtin_expect(!!(condition), 0)

/* The steps of runtime/refcount/refcount.c, which says why each order is
 * enough. What an owner's pair costs is its branches and loads: the last
 * reference, the mark of immortality and what would wrap into it are told from
 * the rest by one comparison. */
static inline __attribute__((always_inline)) void
Py_INCREF(PyObject *object)
{
    uintptr_t self = _Py_ThreadId();
    uint32_t local;

    if (REFSAN_EMBEDDED_CALLS) {
        _Py_IncRef(object);
        return;
    }
    local = __atomic_load_n(&object->ob_ref_local, __ATOMIC_RELAXED);
    if (REFSAN_EMBEDDED_RARELY(local == UINT32_MAX))
        return;
    if (REFSAN_EMBEDDED_OFTEN(refsan_embedded_is_owner(object, self)))
        __atomic_store_n(&object->ob_ref_local, local + 1, __ATOMIC_RELAXED);
    else
        __atomic_fetch_add(&object->ob_ref_shared, 4, __ATOMIC_RELAXED);
}

static inline __attribute__((always_inline)) void
Py_DECREF(PyObject *object)
{
    uintptr_t self = _Py_ThreadId();
    uint32_t local;

    if (REFSAN_EMBEDDED_CALLS) {
        _Py_DecRef(object);
        return;
    }
    local = __atomic_load_n(&object->ob_ref_local, __ATOMIC_RELAXED);
    if (REFSAN_EMBEDDED_OFTEN(local - 2 < UINT32_MAX - 2) &&
        REFSAN_EMBEDDED_OFTEN(refsan_embedded_is_owner(object, self)))
        __atomic_store_n(&object->ob_ref_local, local - 1, __ATOMIC_RELAXED);
    else if (local == UINT32_MAX)
        return;
    else if (!refsan_embedded_is_owner(object, self))
        _Py_DecRefShared(object);
    else {
        __atomic_store_n(&object->ob_ref_local, local - 1, __ATOMIC_RELAXED);
        if (local == 1)
            _Py_MergeZeroLocalRefcount(object);
    }
}

static inline void
Py_XINCREF(PyObject *object)
{
    if (object)
        Py_INCREF(object);
}

static inline void
Py_XDECREF(PyObject *object)
{
    if (object)
        Py_DECREF(object);
}

static inline PyTypeObject *
Py_TYPE(PyObject *object)
{
    return object->ob_type;
}

#define Py_SET_REFCNT(object, count)                                          \
    _Py_SetRefcnt((PyObject *)(object), (count))

#define Py_CLEAR(object)                                                      \
    do {                                                                      \
        PyObject *old_ = (PyObject *)(object);                                \
        (object) = NULL;                                                      \
        Py_XDECREF(old_);                                                     \
    } while (0)

/* As in CPython, any pointer to an object will do. */
#ifndef REFSAN_EMBEDDED_NO_CASTS
#define Py_INCREF(object)  Py_INCREF((PyObject *)(object))
#define Py_DECREF(object)  Py_DECREF((PyObject *)(object))
#define Py_XINCREF(object) Py_XINCREF((PyObject *)(object))
#define Py_XDECREF(object) Py_XDECREF((PyObject *)(object))
#define Py_TYPE(object)    Py_TYPE((PyObject *)(object))
#define Py_REFCNT(object)  Py_REFCNT((PyObject *)(object))
#endif

/* ---- for tools ---- */

/* How to watch this runtime: what a sanitizer asks a CPython by its debug
 * offsets. `state` of a thread is an int, and 1 when attached. */
struct refsan_embedded_host {
    uint32_t bytes;   /* of this struct: more may be added at its end */
    uint32_t version; /* PY_VERSION_HEX of the protocol it speaks */
    uint32_t object_bytes, object_type;
    uint32_t type_name, type_flags;
    uint32_t thread_state, thread_interpreter;
    uint32_t interpreter_id;
};
extern const struct refsan_embedded_host refsan_embedded_host;

/* The calling thread's state, or NULL; has the runtime started, is it ending.
 */
void *_PyThreadState_GetCurrent(void);
int Py_IsInitialized(void);
int Py_IsFinalizing(void);

#ifdef __cplusplus
}
#endif

#endif
