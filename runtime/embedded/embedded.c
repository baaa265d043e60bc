/* SPDX-License-Identifier: MIT */
/* embedded.c -- the runtime's life, its type of types, and what it tells
 * tools that watch it. */
#include "audit.h"
#include "collect.h"
#include "heap.h"
#include "world.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

int refsan_embedded_calls;

PyTypeObject refsan_embedded_type = {
    REFSAN_EMBEDDED_TYPE,
    .tp_name = "type",
    .tp_basicsize = sizeof(PyTypeObject),
};

/* There is one interpreter, and its id is 0. */
static const struct {
    int64_t id;
} interpreter;

static struct {
    int is_started;
    int is_finishing;
} life;

const struct refsan_embedded_host refsan_embedded_host = {
    .bytes = sizeof(struct refsan_embedded_host),
    .version = 0x030f00f0,
    .object_bytes = sizeof(PyObject),
    .object_type = offsetof(PyObject, ob_type),
    .type_name = offsetof(PyTypeObject, tp_name),
    .type_flags = offsetof(PyTypeObject, tp_flags),
    .thread_state = offsetof(struct rs_world_thread, state),
    .thread_interpreter = offsetof(struct rs_world_thread, interpreter),
    .interpreter_id = 0,
};

static void
after_fork(void)
{
    rs_world_after_fork();
    rs_heap_after_fork();
}

/* A tool that stands in front of our functions (LD_PRELOAD) is found by asking
 * the loader for one of them. Then the inline forms must call, or it would see
 * nothing of them. Linked statically, nobody can stand there. */
static int
is_watched(void)
{
    void *first = dlsym(RTLD_DEFAULT, "_Py_IncRef");

    return first != NULL && first != (void *)_Py_IncRef;
}

__attribute__((constructor)) static void
prepare(void)
{
    rs_queue_start();
    rs_audit_start();
    refsan_embedded_calls = rs_audit_on || is_watched();
    pthread_atfork(NULL, NULL, after_fork);
}

int
refsan_embedded_start(void)
{
    if (!rs_world_attach(&interpreter))
        return -1;
    __atomic_store_n(&life.is_started, 1, __ATOMIC_RELAXED);
    return 0;
}

Py_ssize_t
refsan_embedded_finish(void)
{
    __atomic_store_n(&life.is_finishing, 1, __ATOMIC_RELAXED);
    rs_world_safepoint();
    /* What a collection frees may have been all that held the next garbage. */
    while (rs_collect_run(true) > 0)
        ;
    rs_world_detach();
    __atomic_store_n(&life.is_started, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&life.is_finishing, 0, __ATOMIC_RELAXED);
    return rs_heap_count();
}

int
refsan_embedded_attach(void)
{
    return rs_world_attach(&interpreter) ? 0 : -1;
}

void
refsan_embedded_detach(void)
{
    rs_world_detach();
}

void
refsan_embedded_suspend(void)
{
    rs_world_suspend();
}

void
refsan_embedded_resume(void)
{
    rs_world_resume();
}

void
refsan_embedded_safepoint(void)
{
    rs_world_safepoint();
}

Py_ssize_t
refsan_embedded_collect(void)
{
    if (rs_audit_is_on())
        rs_audit_thread("refsan_embedded_collect");
    return rs_collect_run(false);
}

void *
_PyThreadState_GetCurrent(void)
{
    return rs_world_self();
}

int
Py_IsInitialized(void)
{
    return __atomic_load_n(&life.is_started, __ATOMIC_RELAXED);
}

int
Py_IsFinalizing(void)
{
    return __atomic_load_n(&life.is_finishing, __ATOMIC_RELAXED);
}
