/* SPDX-License-Identifier: MIT */
/* One mistake, named by the argument: mistakes.py says what the checks must
 * answer. Without the checks, `release` says what CPython defines for them. */
#include "refsan/embedded.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static PyTypeObject plain_type = {
    REFSAN_EMBEDDED_TYPE,
    .tp_name = "test.Plain",
    .tp_basicsize = sizeof(PyObject),
};
static PyTypeObject string_type = {
    REFSAN_EMBEDDED_TYPE,
    .tp_name = "test.String",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_UNICODE_SUBCLASS,
};

static PyObject *volatile object;

static void *
incref_detached(void *unused)
{
    Py_INCREF(object);
    return unused;
}

static void
make_mistake(const char *name)
{
    pthread_t thread;
    long numbers[4] = {1, 2, 3, 4};

    if (!strcmp(name, "null")) {
        object = NULL;
        Py_INCREF(object);
    }
    else if (!strcmp(name, "freed")) {
        Py_DECREF(object);
        Py_INCREF(object);
    }
    else if (!strcmp(name, "freed-twice")) {
        PyObject_Free(object);
        PyObject_Free(object);
    }
    else if (!strcmp(name, "foreign")) {
        Py_DecRef((PyObject *)(void *)numbers);
    }
    else if (!strcmp(name, "detached")) {
        pthread_create(&thread, NULL, incref_detached, NULL);
        pthread_join(thread, NULL);
    }
    else if (!strcmp(name, "suspended")) {
        refsan_embedded_suspend();
        Py_INCREF(object);
    }
    else if (!strcmp(name, "string")) {
        object = _PyObject_New(&string_type);
        PyUnstable_SetImmortal(object);
    }
    else if (!strcmp(name, "uncounted")) {
        Py_SET_REFCNT(object, 0);
        Py_DECREF(object);
    }
}

/* No check is on: these have an answer all the same. */
static int
ask_release(void)
{
    PyObject *string = _PyObject_New(&string_type);
    int is_good = PyUnstable_SetImmortal(string) == 0;

    Py_IncRef(NULL);
    Py_DecRef(NULL);
    is_good &= Py_XNewRef(NULL) == NULL;
    is_good &= PyUnstable_SetImmortal((PyObject *)&plain_type) == 0;
    is_good &= PyUnstable_Object_EnableDeferredRefcount(object) == 0;
    Py_SET_REFCNT(string, (Py_ssize_t)1 << 40);
    is_good &= PyUnstable_IsImmortal(string);
    return is_good;
}

int
main(int count, char **arguments)
{
    refsan_embedded_start();
    object = _PyObject_New(&plain_type);
    if (count > 1 && strcmp(arguments[1], "release"))
        make_mistake(arguments[1]);
    else
        return ask_release() ? 0 : 1;
    puts("nobody complained");
    return 1;
}
