/* SPDX-License-Identifier: MIT */
/* ext.h -- an extension module in one line, and threads that do things in a
 * known order, for the programs in bugs/ and quiet/.
 *
 *   static PyObject *f(PyObject *self, PyObject *arg) { ... }
 *   static PyObject *g(PyObject *self, PyObject *unused) { ... }
 *   EXT_MODULE(t, EXT_O(f) EXT_NOARGS(g))
 *
 * EXT_ENTERED and the method EXT_TRAPS are for quiet programs.
 *
 * The module runs without the GIL on free-threaded builds and loads into
 * subinterpreters. Compiles as abi3, too (needs: abi3). */
#ifndef REFSAN_TESTS_EXT_H
#define REFSAN_TESTS_EXT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define EXT_O(function)       {#function, function, METH_O, NULL},
#define EXT_NOARGS(function)  {#function, function, METH_NOARGS, NULL},
#define EXT_VARARGS(function) {#function, function, METH_VARARGS, NULL},

#ifdef Py_MOD_GIL_NOT_USED
#define EXT_SLOT_GIL {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#else
#define EXT_SLOT_GIL
#endif
#ifdef Py_MOD_PER_INTERPRETER_GIL_SUPPORTED
#define EXT_SLOT_INTERPRETERS                                                 \
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#else
#define EXT_SLOT_INTERPRETERS
#endif

/* `...` are EXT_O, EXT_NOARGS and EXT_VARARGS, without commas. */
#define EXT_MODULE(name, ...)                                                 \
    static int ext_exec_nothing(PyObject *Py_UNUSED(module))                  \
    {                                                                         \
        return 0;                                                             \
    }                                                                         \
    EXT_MODULE_EXEC(name, ext_exec_nothing, __VA_ARGS__)

/* The same with int exec(PyObject *module), which adds types and such. */
#define EXT_MODULE_EXEC(name, exec, ...)                                      \
    EXT_MODULE_ALL(name, exec, 0, __VA_ARGS__)

/* The same with so many bytes for PyModule_GetState. */
#define EXT_MODULE_STATE(name, bytes, ...)                                    \
    static int ext_exec_nothing(PyObject *Py_UNUSED(module))                  \
    {                                                                         \
        return 0;                                                             \
    }                                                                         \
    EXT_MODULE_ALL(name, ext_exec_nothing, bytes, __VA_ARGS__)

#define EXT_MODULE_ALL(name, exec, bytes, ...)                                \
    static PyMethodDef ext_methods[] = {__VA_ARGS__{NULL, NULL, 0, NULL}};    \
    static PyModuleDef_Slot ext_slots[] = {                                   \
        {Py_mod_exec, (void *)exec},                                          \
        EXT_SLOT_GIL EXT_SLOT_INTERPRETERS{0, NULL},                          \
    };                                                                        \
    static PyModuleDef ext_module = {                                         \
        .m_base = PyModuleDef_HEAD_INIT,                                      \
        .m_name = #name,                                                      \
        .m_size = (bytes),                                                    \
        .m_methods = ext_methods,                                             \
        .m_slots = ext_slots,                                                 \
    };                                                                        \
    PyMODINIT_FUNC PyInit_##name(void);                                       \
    PyMODINIT_FUNC PyInit_##name(void)                                        \
    {                                                                         \
        return PyModuleDef_Init(&ext_module);                                 \
    }

/* A type of objects with nothing but a header, whose tp_dealloc is given. */
#define EXT_TYPE(spec, type_name, dealloc)                                    \
    static PyType_Slot spec##_slots[] = {{Py_tp_dealloc, (void *)dealloc},    \
                                         {0, NULL}};                          \
    static PyType_Spec spec = {                                               \
        .name = type_name,                                                    \
        .basicsize = sizeof(PyObject),                                        \
        .flags = Py_TPFLAGS_DEFAULT,                                          \
        .slots = spec##_slots,                                                \
    }

/* ---- Threads ----------------------------------------------------------- */

/* A thread called "worker" that runs function(argument); with an attached
 * thread state, or without any. */
struct ext_thread {
    pthread_t id;
    void (*function)(void *);
    void *argument;
    int is_attached;
};

static inline void *
ext_thread_main(void *context)
{
    struct ext_thread *thread = (struct ext_thread *)context;
    PyGILState_STATE state = PyGILState_UNLOCKED;

    pthread_setname_np(pthread_self(), "worker");
    if (thread->is_attached)
        state = PyGILState_Ensure();
    thread->function(thread->argument);
    if (thread->is_attached)
        PyGILState_Release(state);
    return NULL;
}

static inline void
ext_thread_start(struct ext_thread *thread)
{
    if (pthread_create(&thread->id, NULL, ext_thread_main, thread) != 0)
        abort();
}

/* The caller is attached, and detached while it waits. */
static inline void
ext_thread_join(struct ext_thread *thread)
{
    Py_BEGIN_ALLOW_THREADS
    pthread_join(thread->id, NULL);
    Py_END_ALLOW_THREADS
}

static inline void
ext_thread_run(void (*function)(void *), void *argument, int is_attached)
{
    struct ext_thread thread = {
        .function = function,
        .argument = argument,
        .is_attached = is_attached,
    };

    ext_thread_start(&thread);
    ext_thread_join(&thread);
}

/* Runs void function(void *) on another thread until it returns. The caller is
 * attached; the thread is attached, or has no thread state at all. */
#define EXT_THREAD(function, argument)                                        \
    ext_thread_run((function), (argument), 1)
#define EXT_THREAD_DETACHED(function, argument)                               \
    ext_thread_run((function), (argument), 0)

/* ---- Order -------------------------------------------------------------- */

/* One thread waits until another has opened the gate: it orders a test, and is
 * not a synchronisation that a detector should take for a lock. ThreadSanitizer
 * takes a semaphore for one, so that there it is something weaker; and where
 * EXT_WEAK_GATES is defined. */
#if defined(__SANITIZE_THREAD__) || defined(EXT_WEAK_GATES)
struct ext_gate {
    int opened;
};

static inline void
ext_gate_make(struct ext_gate *gate)
{
    __atomic_store_n(&gate->opened, 0, __ATOMIC_RELAXED);
}

static inline void
ext_gate_open(struct ext_gate *gate)
{
    __atomic_fetch_add(&gate->opened, 1, __ATOMIC_RELAXED);
}

/* Stays attached while it waits, if it is. */
static inline void
ext_gate_wait_attached(struct ext_gate *gate)
{
    int opened;

    do {
        sched_yield();
        opened = __atomic_load_n(&gate->opened, __ATOMIC_RELAXED);
    } while (opened == 0 || !__atomic_compare_exchange_n(
                                &gate->opened, &opened, opened - 1, 0,
                                __ATOMIC_RELAXED, __ATOMIC_RELAXED));
}
#else
struct ext_gate {
    sem_t opened;
};

static inline void
ext_gate_make(struct ext_gate *gate)
{
    sem_init(&gate->opened, 0, 0);
}

static inline void
ext_gate_open(struct ext_gate *gate)
{
    sem_post(&gate->opened);
}

/* Stays attached while it waits, if it is. */
static inline void
ext_gate_wait_attached(struct ext_gate *gate)
{
    while (sem_wait(&gate->opened) != 0)
        continue; /* interrupted by a signal */
}
#endif

/* The caller is attached, and detached while it waits. */
static inline void
ext_gate_wait(struct ext_gate *gate)
{
    Py_BEGIN_ALLOW_THREADS
    ext_gate_wait_attached(gate);
    Py_END_ALLOW_THREADS
}

/* ---- Traps -------------------------------------------------------------- */

/* A quiet program shows that it entered the trap that its comment names, or
 * aborts: a line for expect.py, once for each place in the program. It goes
 * past Python's buffers, so that forked children and destructors may say it,
 * too. */
#define EXT_ENTERED(trap, condition)                                          \
    do {                                                                      \
        static int ext_has_said;                                              \
                                                                              \
        if (!(condition))                                                     \
            ext_not_entered((trap), #condition);                              \
        if (!__atomic_exchange_n(&ext_has_said, 1, __ATOMIC_RELAXED))         \
            ext_say_entered(trap);                                            \
    } while (0)

/* Among a module's methods: entered(trap, condition), the same for `run:`. */
#define EXT_TRAPS {"entered", ext_entered, METH_VARARGS, NULL},

static inline void
ext_say_entered(const char *trap)
{
    dprintf(STDOUT_FILENO, "entered: %s\n", trap);
}

static inline void
ext_not_entered(const char *trap, const char *condition)
{
    dprintf(STDERR_FILENO, "not entered: %s: %s\n", trap, condition);
    abort();
}

static inline PyObject *
ext_entered(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *trap;
    int condition;

    if (!PyArg_ParseTuple(args, "sp", &trap, &condition))
        return NULL;
    if (!condition)
        ext_not_entered(trap, "false");
    ext_say_entered(trap);
    return Py_NewRef(Py_None);
}

/* What the header says, not Py_REFCNT, which instrumented code announces. */
static inline Py_ssize_t
ext_refcount(PyObject *object)
{
#ifdef Py_LIMITED_API
    return Py_REFCNT(object);
#elif defined(Py_GIL_DISABLED)
    return (Py_ssize_t)_Py_atomic_load_uint32_relaxed(&object->ob_ref_local) +
           (_Py_atomic_load_ssize_relaxed(&object->ob_ref_shared) >>
            _Py_REF_SHARED_SHIFT);
#else
    return object->ob_refcnt;
#endif
}

/* Whether counting does something: the object is not immortal. */
static inline int
ext_is_counted(PyObject *object)
{
    Py_ssize_t before = ext_refcount(object), after;

    Py_INCREF(object);
    after = ext_refcount(object);
    Py_DECREF(object);
    return after != before;
}

#endif
