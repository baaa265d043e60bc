/* SPDX-License-Identifier: MIT */
/* race: two threads, each of which does its half of a mistake once:
 * race.run(kind, order, swapped). Of the kinds "borrowed", "guarded" and
 * "strong" the second half is Python code that changes a container:
 * race.run(kind, order, False, container, change). Nothing goes wrong, whichever comes first;
 * `order` says what makes the thread that comes second wait for the first. With
 * "none" they come one after the other all the same, because of a gate that
 * orders nothing (ext.h, EXT_WEAK_GATES), so that what they share is alive. */
#include "ext.h"

#include <fcntl.h>

/* ---- What orders the threads ------------------------------------------ */

struct order {
    struct ext_gate gate;
    sem_t semaphore;
    pthread_barrier_t barrier;
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    pthread_rwlock_t rwlock;
    int is_first_done, ends[2];
};

static void
by_gate(struct order *order, int is_second)
{
    if (is_second)
        ext_gate_wait_attached(&order->gate);
    else
        ext_gate_open(&order->gate);
}

static void
by_semaphore(struct order *order, int is_second)
{
    if (is_second)
        while (sem_wait(&order->semaphore) != 0)
            continue;
    else
        sem_post(&order->semaphore);
}

static void
by_barrier(struct order *order, int is_second)
{
    (void)is_second;
    pthread_barrier_wait(&order->barrier);
}

static void
by_condition(struct order *order, int is_second)
{
    pthread_mutex_lock(&order->mutex);
    while (is_second && !order->is_first_done)
        pthread_cond_wait(&order->condition, &order->mutex);
    order->is_first_done = 1;
    pthread_cond_signal(&order->condition);
    pthread_mutex_unlock(&order->mutex);
}

static void
by_rwlock(struct order *order, int is_second)
{
    if (!is_second) {
        pthread_rwlock_wrlock(&order->rwlock);
        pthread_rwlock_unlock(&order->rwlock);
    }
    by_gate(order, is_second);
    if (is_second) {
        pthread_rwlock_rdlock(&order->rwlock);
        pthread_rwlock_unlock(&order->rwlock);
    }
}

static void
by_pipe(struct order *order, int is_second)
{
    char byte = 0;

    if (is_second ? read(order->ends[0], &byte, 1) != 1
                  : write(order->ends[1], &byte, 1) != 1)
        abort();
}

static void
make_order(struct order *order)
{
    *order = (struct order){.mutex = PTHREAD_MUTEX_INITIALIZER,
                            .condition = PTHREAD_COND_INITIALIZER,
                            .rwlock = PTHREAD_RWLOCK_INITIALIZER};
    ext_gate_make(&order->gate);
    sem_init(&order->semaphore, 0, 0);
    pthread_barrier_init(&order->barrier, NULL, 2);
    if (pipe(order->ends) != 0)
        abort();
}

static void
end_order(struct order *order)
{
    close(order->ends[0]);
    close(order->ends[1]);
}

static const struct {
    const char *name;
    void (*pass)(struct order *order, int is_second);
} orders[] = {
    {"none", by_gate},       {"semaphore", by_semaphore},
    {"barrier", by_barrier}, {"condition", by_condition},
    {"rwlock", by_rwlock},   {"pipe", by_pipe},
};
#define ORDERS (sizeof(orders) / sizeof(orders[0]))

/* ---- The mistakes ------------------------------------------------------ */

static PyObject *list, *item;
static pthread_mutex_t registry = PTHREAD_MUTEX_INITIALIZER;

static void
borrow(void)
{
    PyObject *found = PyList_GetItem(list, 0);

    Py_IncRef(found);
    Py_DecRef(found);
}

static void
change(void)
{
    PyList_SetItem(list, 0, PyList_New(0));
}

static void
try_it(void)
{
    if (!PyUnstable_TryIncRef(item))
        abort();
    Py_DecRef(item);
}

static void
end_it(void)
{
    Py_DecRef(item);
}

static void
ask(void)
{
    if ((Py_REFCNT)(item) != 1)
        abort();
}

PyObject *race_make_owner(void); /* race_slot.c */
void race_replace(PyObject *owner);
static PyObject *slot_owner;

static void
replace(void)
{
    race_replace(slot_owner);
}

static PyObject *container, *change_it;

/* The item of a list, a dict, or an object's only slot. */
static PyObject *
lend(PyObject *owner)
{
    if (PyList_Check(owner))
        return PyList_GetItem(owner, 0);
    if (PyDict_Check(owner))
        return PyDict_GetItemString(owner, "x");
    return *(PyObject **)((char *)owner + Py_TYPE(owner)->tp_basicsize -
                          sizeof(PyObject *));
}

/* A tuple of what an object's only slot holds, as a method that copies does it:
 * nothing is called that could be watched. */
static PyObject *
copy(PyObject *self, PyObject *owner)
{
    PyObject *tuple = PyTuple_New(1);
    PyObject *found = lend(owner);

    Py_INCREF(found);
    PyTuple_SET_ITEM(tuple, 0, found);
    return tuple;
}

static PyObject *
copy_guarded(PyObject *self, PyObject *owner)
{
    PyObject *tuple;

    Py_BEGIN_CRITICAL_SECTION(owner);
    tuple = copy(self, owner);
    Py_END_CRITICAL_SECTION();
    return tuple;
}

static PyObject *
copy_strong(PyObject *self, PyObject *owner)
{
    PyObject *tuple = PyTuple_New(1);

    PyTuple_SET_ITEM(tuple, 0, PyObject_GetAttrString(owner, "x"));
    return tuple;
}

static void
use_borrowed(void)
{
    PyObject *owner = container;
    PyObject *found = lend(owner);

    Py_IncRef(found);
    if (owner != container) /* it is needed until here */
        abort();
    Py_DecRef(found);
}

static void
use_guarded(void)
{
    Py_BEGIN_CRITICAL_SECTION(container);
    use_borrowed();
    Py_END_CRITICAL_SECTION();
}

static void
use_strong(void)
{
    PyObject *found;

    if (PyList_Check(container))
        found = PyList_GetItemRef(container, 0);
    else if (PyDict_Check(container)) {
        if (PyDict_GetItemStringRef(container, "x", &found) != 1)
            abort();
    }
    else
        found = PyObject_GetAttrString(container, "x");
    if (PyObject_Hash(found) == -1)
        abort();
    Py_DecRef(found);
}

static void
change_by_python(void)
{
    PyObject *result = PyObject_CallOneArg(change_it, container);

    if (result == NULL)
        abort();
    Py_DECREF(result);
}

static const struct {
    const char *name;
    void (*halves[2])(void);
    int is_again; /* the first half once more, after the second */
} mistakes[] = {
    {"borrowed", {use_borrowed, change_by_python}},
    {"guarded", {use_guarded, change_by_python}},
    {"strong", {use_strong, change_by_python}},
    {"borrowed-race", {borrow, change}},
    {"tryincref-unlocked", {try_it, end_it}},
    {"unique-check-race", {borrow, ask}},
    {"slot-race", {replace, replace}, .is_again = 1},
};
#define MISTAKES (sizeof(mistakes) / sizeof(mistakes[0]))

static void
dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    pthread_mutex_lock(&registry);
    pthread_mutex_unlock(&registry);
    PyObject_Free(self);
    Py_DECREF(type);
}

EXT_TYPE(wrapper_spec, "race.Wrapper", dealloc);

static void
make_things(int is_wrapper)
{
    PyObject *type = PyType_FromSpec(&wrapper_spec);

    slot_owner = race_make_owner();
    list = PyList_New(0);
    item = is_wrapper ? PyObject_CallNoArgs(type) : PyList_New(0);
    if (is_wrapper)
        PyUnstable_EnableTryIncRef(item);
    else if (PyList_Append(list, item) == 0)
        Py_DecRef(item); /* the list's is the only one */
    Py_DecRef(type);
}

struct half {
    void (*act)(void);
    void (*pass)(struct order *order, int is_second);
    struct order
        *orders; /* of the second after the first, and the other way */
    int is_second, is_again;
};

static void
pass(const struct half *half, int back)
{
    Py_BEGIN_ALLOW_THREADS
    half->pass(&half->orders[back], half->is_second ^ back);
    Py_END_ALLOW_THREADS
}

static void
act(void *context)
{
    struct half *half = context;

    if (!half->is_second)
        half->act();
    pass(half, 0);
    if (half->is_second)
        half->act();
    if (!half->is_again)
        return;
    pass(half, 1);
    if (!half->is_second)
        half->act();
}

static PyObject *
run(PyObject *self, PyObject *args)
{
    const char *kind, *order;
    int is_swapped;
    struct half halves[2];
    struct order both[2];
    struct ext_thread worker = {
        .function = act, .argument = &halves[0], .is_attached = 1};
    size_t m = 0, o = 0;

    if (!PyArg_ParseTuple(args, "ssp|OO", &kind, &order, &is_swapped,
                          &container, &change_it))
        return NULL;
    while (m < MISTAKES && strcmp(mistakes[m].name, kind) != 0)
        m++;
    while (o < ORDERS && strcmp(orders[o].name, order) != 0)
        o++;
    if (m == MISTAKES || o == ORDERS)
        abort();
    make_order(&both[0]);
    make_order(&both[1]);
    make_things(strcmp(kind, "tryincref-unlocked") == 0);
    for (int i = 0; i < 2; i++)
        halves[i] = (struct half){.act = mistakes[m].halves[i ^ is_swapped],
                                  .pass = orders[o].pass,
                                  .orders = both,
                                  .is_second = i,
                                  .is_again = mistakes[m].is_again};
    ext_thread_start(&worker);
    act(&halves[1]);
    ext_thread_join(&worker);
    end_order(&both[0]);
    end_order(&both[1]);
    Py_RETURN_NONE;
}

EXT_MODULE(race,
           EXT_VARARGS(run) EXT_O(copy) EXT_O(copy_guarded) EXT_O(copy_strong))
