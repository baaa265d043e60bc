/* SPDX-License-Identifier: MIT */
/* A registry of wrappers: for each native thing at most one object, found by
 * the thing's address. The registry does not own the objects, or they would
 * never die; an object's deallocator takes it out.
 *
 * As it is, the look-up increments what it finds. But what it finds may be on
 * its way out: its last reference is gone, its deallocator has begun and is
 * about to ask for the lock. One of the two must give way, and a plain
 * increment never does.
 *
 * Compiled with -DFIXED, it is right: every wrapper is enabled for TryIncRef
 * by its maker, and the look-up tries, under the lock that the deallocator
 * takes, too. When it is refused, it makes a new wrapper.
 *
 * Here the moment is made, not awaited: the deallocator opens a gate and waits
 * until the look-up has been. */
#include "refsan/embedded.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>

#define ENTRIES 16

/* ---- the registry ---- */

struct wrapper {
    PyObject_HEAD
    const void *thing;
};

static struct {
    pthread_mutex_t lock;
    struct entry {
        const void *thing;
        PyObject *wrapper; /* not owned */
    } entries[ENTRIES];
} registry = {.lock = PTHREAD_MUTEX_INITIALIZER};

static atomic_flag has_died = ATOMIC_FLAG_INIT;
static sem_t is_dying, was_looked_up;

static struct entry *
find_entry(const void *thing)
{
    for (int i = 0; i < ENTRIES; i++)
        if (registry.entries[i].thing == thing)
            return &registry.entries[i];
    return NULL;
}

static void
wrapper_dealloc(PyObject *self)
{
    struct entry *entry;

    if (!atomic_flag_test_and_set(&has_died)) { /* the first to die waits */
        sem_post(&is_dying);
        sem_wait(&was_looked_up);
    }
    pthread_mutex_lock(&registry.lock);
    entry = find_entry(((struct wrapper *)self)->thing);
    if (entry != NULL && entry->wrapper == self)
        *entry = (struct entry){NULL, NULL};
    pthread_mutex_unlock(&registry.lock);
    PyObject_Free(self);
}

static PyTypeObject wrapper_type = {
    REFSAN_EMBEDDED_TYPE,
    .tp_name = "registry.Wrapper",
    .tp_basicsize = sizeof(struct wrapper),
    .tp_dealloc = wrapper_dealloc,
};

/* With the lock held. */
static PyObject *
make_wrapper(const void *thing)
{
    struct wrapper *made = PyObject_New(struct wrapper, &wrapper_type);
    struct entry *entry = find_entry(thing);

    if (entry == NULL)
        entry = find_entry(NULL);
    made->thing = thing;
    *entry = (struct entry){thing, &made->ob_base};
#ifdef FIXED
    PyUnstable_EnableTryIncRef(&made->ob_base);
#endif
    return &made->ob_base;
}

/* The wrapper of a thing: a new reference. */
static PyObject *
look_up(const void *thing)
{
    PyObject *found = NULL;
    struct entry *entry;

    pthread_mutex_lock(&registry.lock);
    entry = find_entry(thing);
#ifdef FIXED
    if (entry != NULL && PyUnstable_TryIncRef(entry->wrapper))
        found = entry->wrapper;
#else
    if (entry != NULL) {
        found = entry->wrapper;
        Py_INCREF(found); // @look-up
    }
#endif
    if (found == NULL)
        found = make_wrapper(thing);
    pthread_mutex_unlock(&registry.lock);
    return found;
}

/* ---- two threads ---- */

static int thing;

static void *
reader(void *unused)
{
    PyObject *found;

    (void)unused;
    refsan_embedded_attach();
    refsan_embedded_suspend();
    sem_wait(&is_dying);
    refsan_embedded_resume();
    found = look_up(&thing);
    Py_DECREF(found);
    sem_post(&was_looked_up);
    refsan_embedded_detach();
    return NULL;
}

int
main(void)
{
    pthread_t thread;
    PyObject *wrapper;

    refsan_embedded_start();
    sem_init(&is_dying, 0, 0);
    sem_init(&was_looked_up, 0, 0);
    wrapper = look_up(&thing);
    pthread_create(&thread, NULL, reader, NULL);
    Py_DECREF(wrapper);
    refsan_embedded_suspend();
    pthread_join(thread, NULL);
    refsan_embedded_resume();
    printf("%zd left\n", refsan_embedded_finish());
    return 0;
}
