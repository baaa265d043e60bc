/* SPDX-License-Identifier: MIT */
/* What the embedded runtime promises its objects, one function a promise. */
#include "refsan/embedded.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

struct node {
    PyObject_HEAD
    PyObject *next;
};

static atomic_int died, finalized;
static PyObject *revived;
static PyRefTracer no_tracer;

static void
plain_dealloc(PyObject *self)
{
    died++;
    PyObject_Free(self);
}

static int
node_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((struct node *)self)->next);
    return 0;
}

static void
node_clear(PyObject *self)
{
    Py_CLEAR(((struct node *)self)->next);
}

static void
node_dealloc(PyObject *self)
{
    if (PyObject_CallFinalizerFromDealloc(self) < 0)
        return;
    PyObject_GC_UnTrack(self);
    node_clear(self);
    died++;
    PyObject_GC_Del(self);
}

static void
count_finalize(PyObject *self)
{
    (void)self;
    finalized++;
}

static void
revive(PyObject *self)
{
    finalized++;
    revived = Py_NewRef(self);
}

static PyTypeObject plain_type = {
    REFSAN_EMBEDDED_TYPE,
    .tp_name = "test.Plain",
    .tp_basicsize = sizeof(PyObject),
    .tp_dealloc = plain_dealloc,
};
static PyTypeObject bare_type = {
    REFSAN_EMBEDDED_TYPE,
    .tp_name = "test.Bare",
    .tp_basicsize = sizeof(PyObject),
    .tp_finalize = count_finalize,
};
static PyTypeObject string_type = {
    REFSAN_EMBEDDED_TYPE,
    .tp_name = "test.String",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_UNICODE_SUBCLASS,
    .tp_dealloc = plain_dealloc,
};
#define NODE_TYPE(name, finalizer)                                            \
    {                                                                         \
        REFSAN_EMBEDDED_TYPE,                                                 \
            .tp_name = name, .tp_basicsize = sizeof(struct node),             \
            .tp_flags = Py_TPFLAGS_HAVE_GC, .tp_dealloc = node_dealloc,       \
            .tp_finalize = finalizer, .tp_traverse = node_traverse,           \
            .tp_clear = node_clear,                                           \
    }
static PyTypeObject node_type = NODE_TYPE("test.Node", count_finalize);
static PyTypeObject phoenix_type = NODE_TYPE("test.Phoenix", revive);

static PyObject *
make_plain(void)
{
    return _PyObject_New(&plain_type);
}

static struct node *
make_node(PyTypeObject *type, PyObject *next)
{
    struct node *made = PyObject_GC_New(struct node, type);

    made->next = next;
    PyObject_GC_Track(made);
    return made;
}

/* Runs on a thread of its own, attached, and waits for it as one must. */
static void *
run_attached(void *function)
{
    refsan_embedded_attach();
    ((void (*)(void))function)();
    refsan_embedded_detach();
    return NULL;
}

static void
on_other_thread(void (*function)(void))
{
    pthread_t thread;

    refsan_embedded_suspend();
    pthread_create(&thread, NULL, run_attached, (void *)function);
    pthread_join(thread, NULL);
    refsan_embedded_resume();
}

static void
test_count(void)
{
    PyObject *o = make_plain();

    died = 0;
    UNIT_EQ(Py_REFCNT(o), 1);
    UNIT_CHECK(PyUnstable_Object_IsUniquelyReferenced(o));
    Py_INCREF(o);
    UNIT_CHECK(Py_NewRef(o) == o && Py_XNewRef(o) == o);
    Py_IncRef(o);
    UNIT_EQ(Py_REFCNT(o), 5);
    UNIT_CHECK(!PyUnstable_Object_IsUniquelyReferenced(o));
    Py_SET_REFCNT(o, 2);
    Py_DECREF(o);
    UNIT_EQ(died, 0);
    Py_DecRef(o);
    UNIT_EQ(died, 1);
    Py_IncRef(NULL);
    Py_DecRef(NULL);
    Py_XINCREF(NULL);
    Py_XDECREF(NULL);
    UNIT_CHECK(Py_XNewRef(NULL) == NULL);
    Py_DECREF(_PyObject_New(&bare_type));
    UNIT_EQ(finalized, 1);
}

static PyObject *shared;

static void
drop_shared(void)
{
    Py_CLEAR(shared);
}

static void
test_given_away(void)
{
    died = 0;
    shared = make_plain();
    on_other_thread(drop_shared);
    UNIT_EQ(died, 1); /* we were suspended: the other thread merged for us */

    shared = make_plain();
    Py_INCREF(shared);
    PyObject *mine = shared;
    on_other_thread(drop_shared);
    UNIT_EQ(Py_REFCNT(mine), 1);
    Py_DECREF(mine);
    UNIT_EQ(died, 2);
}

static sem_t gate, gate_back;

static void
drop_and_tell(void)
{
    drop_shared();
    sem_post(&gate);
}

/* The owner runs, so that the reference has to wait in its queue. */
static void
test_queue(void)
{
    pthread_t thread;

    died = 0;
    sem_init(&gate, 0, 0);
    shared = make_plain();
    pthread_create(&thread, NULL, run_attached, (void *)drop_and_tell);
    sem_wait(&gate);
    UNIT_EQ(died, 0);
    refsan_embedded_safepoint();
    UNIT_EQ(died, 1);
    pthread_join(thread, NULL);
}

static void
make_shared(void)
{
    shared = make_plain();
}

static void
test_owner_gone(void)
{
    died = 0;
    on_other_thread(make_shared);
    drop_shared();
    UNIT_EQ(died, 1);
}

static void
test_immortal(void)
{
    PyObject *o = make_plain();
    PyObject *string = _PyObject_New(&string_type);
    struct node *n = make_node(&node_type, NULL);

    died = 0;
    UNIT_EQ(PyUnstable_SetImmortal(string), 0);
    Py_INCREF(o);
    UNIT_EQ(PyUnstable_SetImmortal(o), 0);
    refsan_embedded_relax_immortal(1);
    UNIT_EQ(PyUnstable_SetImmortal(o), 1);
    refsan_embedded_relax_immortal(0);
    UNIT_CHECK(PyUnstable_IsImmortal(o));
    UNIT_EQ(PyUnstable_SetImmortal(o), 0);
    for (int i = 0; i < 5; i++)
        Py_DECREF(o);
    UNIT_EQ(died, 0);
    UNIT_EQ(PyUnstable_SetImmortal((PyObject *)n), 1);
    UNIT_CHECK(!PyObject_GC_IsTracked((PyObject *)n));
    UNIT_CHECK(PyUnstable_IsImmortal((PyObject *)&plain_type));
    Py_DECREF(string);
    UNIT_EQ(died, 1);
}

static void
test_cycles(void)
{
    struct node *a = make_node(&node_type, NULL);
    struct node *b = make_node(&node_type, (PyObject *)a);

    died = finalized = 0;
    a->next = Py_NewRef((PyObject *)b);
    UNIT_EQ(refsan_embedded_collect(), 0); /* `b` is ours */
    Py_DECREF(b);
    UNIT_EQ(died, 0);
    UNIT_EQ(refsan_embedded_collect(), 2);
    UNIT_EQ(died, 2);
    UNIT_EQ(finalized, 2);
}

static void
test_finalizer_revives(void)
{
    struct node *a = make_node(&phoenix_type, NULL);
    struct node *b = make_node(&node_type, (PyObject *)a);

    a->next = (PyObject *)b; /* a cycle, all ours given to it */
    died = finalized = 0;
    UNIT_EQ(refsan_embedded_collect(), 0);
    UNIT_EQ(finalized, 2);
    UNIT_CHECK(revived == (PyObject *)a && a->next == (PyObject *)b);
    Py_CLEAR(revived);
    UNIT_EQ(refsan_embedded_collect(), 2);
    UNIT_EQ(finalized, 2);
    UNIT_EQ(died, 2);

    Py_DECREF(make_node(&phoenix_type, NULL)); /* by its own last decref */
    UNIT_EQ(died, 2);
    UNIT_CHECK(revived != NULL);
    Py_CLEAR(revived);
    UNIT_EQ(died, 3);
}

static void
test_deferred(void)
{
    PyObject *plain = make_plain();
    PyObject *o = (PyObject *)make_node(&node_type, NULL);

    died = 0;
    UNIT_EQ(PyUnstable_Object_EnableDeferredRefcount(plain), 0);
    UNIT_EQ(PyUnstable_Object_EnableDeferredRefcount(o), 1);
    UNIT_EQ(PyUnstable_Object_EnableDeferredRefcount(o), 0);
    UNIT_EQ(refsan_embedded_collect(), 0);
    Py_DECREF(o);
    UNIT_EQ(died, 0);
    UNIT_EQ(refsan_embedded_collect(), 1);
    UNIT_EQ(died, 1);
    Py_DECREF(plain);
}

static int try_result;

static void
try_shared(void)
{
    try_result = PyUnstable_TryIncRef(shared);
    if (try_result)
        Py_DECREF(shared);
}

static void
test_try(void)
{
    shared = make_plain();
    on_other_thread(try_shared);
    UNIT_EQ(try_result, 0); /* alive, but never enabled */
    PyUnstable_EnableTryIncRef(shared);
    on_other_thread(try_shared);
    UNIT_EQ(try_result, 1);
    UNIT_CHECK(PyUnstable_TryIncRef(shared));
    Py_DECREF(shared);
    drop_shared();
}

static int births, deaths, removals;

static int
count_life(PyObject *o, PyRefTracerEvent event, void *data)
{
    (void)o;
    births += event == PyRefTracer_CREATE;
    deaths += event == PyRefTracer_DESTROY;
    removals += event == PyRefTracer_TRACKER_REMOVED;
    UNIT_CHECK(data == &births);
    return 0;
}

static void
test_tracer(void)
{
    void *data;

    PyRefTracer_SetTracer(count_life, &births);
    UNIT_CHECK(PyRefTracer_GetTracer(&data) == count_life && data == &births);
    Py_DECREF(make_plain());
    PyRefTracer_SetTracer(no_tracer, NULL);
    Py_DECREF(make_plain());
    UNIT_EQ(births, 1);
    UNIT_EQ(deaths, 1);
    UNIT_EQ(removals, 1);
}

static void
keep_busy(void)
{
    for (int i = 0; i < 1000; i++) {
        Py_DECREF(make_node(&node_type, NULL));
        refsan_embedded_safepoint();
    }
}

static void
test_stops_threads(void)
{
    pthread_t threads[3];

    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, run_attached, (void *)keep_busy);
    for (int i = 0; i < 50; i++) {
        struct node *n = make_node(&node_type, NULL);

        n->next = (PyObject *)n;
        UNIT_EQ(refsan_embedded_collect(), 1);
    }
    refsan_embedded_suspend();
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    refsan_embedded_resume();
}

static void
hold_gate(void)
{
    sem_post(&gate_back);
    refsan_embedded_suspend();
    sem_wait(&gate);
    refsan_embedded_resume();
}

/* The child has one thread, whatever the others were doing. */
static void
test_fork(void)
{
    pthread_t thread;
    int status = -1;
    pid_t child;

    sem_init(&gate, 0, 0);
    sem_init(&gate_back, 0, 0);
    pthread_create(&thread, NULL, run_attached, (void *)hold_gate);
    sem_wait(&gate_back);
    child = fork();
    if (child == 0) {
        struct node *n = make_node(&node_type, NULL);

        n->next = (PyObject *)n;
        _exit(refsan_embedded_collect() == 1 ? 0 : 1);
    }
    waitpid(child, &status, 0);
    UNIT_EQ(status, 0);
    sem_post(&gate);
    refsan_embedded_suspend();
    pthread_join(thread, NULL);
    refsan_embedded_resume();
}

int
main(void)
{
    UNIT_CHECK(!Py_IsInitialized() && _PyThreadState_GetCurrent() == NULL);
    UNIT_EQ(refsan_embedded_start(), 0);
    UNIT_CHECK(Py_IsInitialized() && _PyThreadState_GetCurrent() != NULL);
    refsan_embedded_attach(); /* nested */
    refsan_embedded_detach();
    test_count();
    test_given_away();
    test_queue();
    test_owner_gone();
    test_immortal();
    test_cycles();
    test_finalizer_revives();
    test_deferred();
    test_try();
    test_tracer();
    test_stops_threads();
    test_fork();
    UNIT_EQ(refsan_embedded_finish(), 2); /* the two immortal ones */
    UNIT_CHECK(!Py_IsInitialized() && _PyThreadState_GetCurrent() == NULL);
    return unit_result();
}
