/* SPDX-License-Identifier: MIT */
/* hooks_real.h -- what hooks.c and hooks_by_hand.c share: the originals'
 * pointers, and the macros that every hook body is made of. PyObject is void
 * here: nothing of refsan is compiled against a Python. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "../runtime/base/check.h"
#include "../runtime/pipeline.h"
#include "../runtime/host/host.h"
#include "../runtime/os/atomics.h"

typedef long rs_py_ssize; /* Py_ssize_t */
typedef int (*rs_py_tracer)(void *object, int event, void *data);

/* PyStatus (Include/cpython/initconfig.h, 3.8 to 3.15): returned by value, so
 * its size and class matter, not its fields. */
struct rs_py_status {
    int type;
    const char *function;
    const char *message;
    int exitcode;
};

typedef void rs_fn__Py_DecRefSharedDebug(void *object, const char *file,
                                         int line);
typedef void rs_fn__Py_SetRefcnt(void *object, rs_py_ssize count);
typedef rs_py_ssize rs_fn_Py_REFCNT(void *object);
typedef void rs_fn_PyObject_Free(void *memory);
typedef void rs_fn_PyObject_GC_Del(void *object);
typedef int rs_fn_PyRefTracer_SetTracer(rs_py_tracer tracer, void *data);
typedef rs_py_tracer rs_fn_PyRefTracer_GetTracer(void **data);
typedef int rs_fn_PyDict_Next(void *container, rs_py_ssize *at, void **key,
                              void **value);
typedef void rs_fn_PyMutex_Lock(void *mutex);
typedef void rs_fn_PyMutex_Unlock(void *mutex);
typedef void rs_fn_PyCriticalSection_Begin(void *section, void *object);
typedef void rs_fn_PyCriticalSection_BeginMutex(void *section, void *mutex);
typedef void rs_fn_PyCriticalSection_End(void *section);
typedef void rs_fn_PyCriticalSection2_Begin(void *section, void *first,
                                            void *second);
typedef void rs_fn_PyCriticalSection2_BeginMutex(void *section, void *first,
                                                 void *second);
typedef void rs_fn_PyCriticalSection2_End(void *section);
typedef int rs_fn_PyThread_acquire_lock(void *lock, int waits);
typedef int rs_fn_PyThread_acquire_lock_timed(void *lock, long long wait_us,
                                              int is_interruptible);
typedef void rs_fn_PyThread_release_lock(void *lock);
typedef void rs_fn_PyObject_GC_Track(void *object);
typedef void rs_fn_PyObject_GC_UnTrack(void *object);
typedef void *rs_fn_PyType_FromSpec(void *spec);
typedef void *rs_fn_PyType_FromSpecWithBases(void *spec, void *bases);
typedef void *rs_fn_PyType_FromModuleAndSpec(void *module, void *spec,
                                             void *bases);
typedef void *rs_fn_PyType_FromMetaclass(void *metaclass, void *module,
                                         void *spec, void *bases);
typedef void *rs_fn_PyType_FromSlots(const void *slots);
typedef int rs_fn_PyType_Ready(void *type);
typedef int rs_fn_PyModule_AddType(void *module, void *type);
typedef void rs_fn_Py_Initialize(void);
typedef void rs_fn_Py_InitializeEx(int signals);
typedef struct rs_py_status rs_fn_Py_InitializeFromConfig(const void *config);

/* The originals: NULL where the host has none, or is not known yet. */
struct rs_real {
#define RS_API_SHAPE(symbol, result, parameters) result(*symbol) parameters;
#define RS_API_READS(symbol, result, parameters, arguments)                   \
    result(*symbol) parameters;
#define RS_API_LIBC(symbol)    __typeof__(symbol) *symbol;
#define RS_API_BY_HAND(symbol) rs_fn_##symbol *symbol;
#include "symbols.def"
};
extern struct rs_real rs_real;

/* The hooks: of the shapes in hooks.c, the others in a hooks_….c. Their types
 * are those of the originals. */
#define RS_API_SHAPE(symbol, result, parameters)                              \
    result rs_hook_##symbol parameters;
#define RS_API_READS(symbol, result, parameters, arguments)                   \
    result rs_hook_##symbol parameters;
#define RS_API_LIBC(symbol)    __typeof__(symbol) rs_hook_##symbol;
#define RS_API_BY_HAND(symbol) rs_fn_##symbol rs_hook_##symbol;
#include "symbols.def"

#define RS_HOOK_NO_OUTCOME (-1)

/* Finds an original that was not there at start. Never returns NULL: a call of
 * a function that neither the host nor refsan has cannot be answered. */
void *rs_hooks_original_slow(void **original, const char *name);

#define RS_ORIGINAL(symbol)                                                   \
    ((__typeof__(rs_real.symbol))(rs_likely(rs_real.symbol != NULL)           \
                                      ? (void *)rs_real.symbol                \
                                      : rs_hooks_original_slow(               \
                                            (void **)&rs_real.symbol,         \
                                            #symbol)))

/* An event of the function this stands in: its caller did it. */
#define RS_HOOK_EVENT(event, of)                                              \
    rs_event_make(RS_EV_##event, (uintptr_t)(of),                             \
                  (uintptr_t)__builtin_return_address(0),                     \
                  (uintptr_t)__builtin_frame_address(0))

/* Memory is freed by the function that this stands in. */
#define RS_HOOK_FREED(memory)                                                 \
    {                                                                         \
        .object = (uintptr_t)(memory),                                        \
        .pc = (uintptr_t)__builtin_return_address(0),                         \
        .frame = (uintptr_t)__builtin_frame_address(0),                       \
    }

/* The operation that may have run the object's dealloc has returned. */
#define RS_HOOK_RETURNED(event)                                               \
    do {                                                                      \
        if (((unsigned)RS_EV_TRAITS_##event & RS_TRAIT_DROPS) != 0)           \
            rs_pipeline_returned(&ev);                                        \
    } while (0)

/* The same function under its own name, for the preload door. */
#define RS_HOOK_EXPORT(symbol)                                                \
    extern RS_EXPORT __typeof__(rs_hook_##symbol) symbol                      \
        __attribute__((alias("rs_hook_" #symbol)))

/* Does the host call no hook: is it an executable, or a library of which every
 * slot was seen to lead to its own functions? Then who seems to do so is a
 * module whose function ended in the call: a jump, which leaves the return
 * address of that function's caller. Written at start, and by got.c under the
 * loader's lock. */
extern atomic_bool rs_hooks_are_modules_alone;

/* An operation that a module does, also in its last statement. */
static inline bool
rs_hooks_watches_op(uintptr_t pc)
{
    return !rs_host_has_code(pc) ||
           /* Relaxed: an operation that is seen early is not seen yet. */
           rs_load(&rs_hooks_are_modules_alone);
}

/* False for libpython's calls of its own functions, which are not watched. Nor
 * are those of a module that end its function. */
static inline bool
rs_hooks_watches(uintptr_t pc)
{
    return !rs_host_has_code(pc);
}
