/* SPDX-License-Identifier: MIT */
/* crashing.c -- a module that crashes wherever it is asked to: see
 * test_crash.py. */
#include <Python.h>

#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ext.h"

static volatile int *volatile nothing; /* NULL, as it happens */

static __attribute__((noinline)) void
crash_here(void)
{
    *nothing = 1;
}

static PyObject *
crash(PyObject *self, PyObject *unused)
{
    crash_here();
    Py_RETURN_NONE;
}

static PyObject *
give_up(PyObject *self, PyObject *unused)
{
    abort();
}

static PyObject *
divide(PyObject *self, PyObject *arg)
{
    volatile long number = PyLong_AsLong(arg), one = 1;

    return PyLong_FromLong(one / number);
}

static PyObject *
trap(PyObject *self, PyObject *unused)
{
    __builtin_trap();
}

static int
run_deep(volatile char *above)
{
    volatile char room[4096];

    room[0] = *above;
    return run_deep(room) + room[1];
}

static PyObject *
overflow(PyObject *self, PyObject *unused)
{
    char first = 1;

    return PyLong_FromLong(run_deep(&first));
}

static void *
crash_on_thread(void *unused)
{
    crash_here();
    return NULL;
}

/* A thread without a thread state. */
static PyObject *
crash_native(PyObject *self, PyObject *unused)
{
    pthread_t thread;

    pthread_create(&thread, NULL, crash_on_thread, NULL);
    pthread_join(thread, NULL);
    Py_RETURN_NONE;
}

static void *
overflow_on_thread(void *unused)
{
    char first = 1;

    return (void *)(long)run_deep(&first);
}

static PyObject *
overflow_native(PyObject *self, PyObject *unused)
{
    pthread_t thread;

    pthread_create(&thread, NULL, overflow_on_thread, NULL);
    pthread_join(thread, NULL);
    Py_RETURN_NONE;
}

static void
on_signal(int number)
{
    crash_here();
}

static PyObject *
crash_in_handler(PyObject *self, PyObject *unused)
{
    signal(SIGUSR1, on_signal);
    raise(SIGUSR1);
    Py_RETURN_NONE;
}

static void
leave(int number)
{
    _exit(42);
}

/* A handler of the program's own; what it gets is what sigaction() says. */
static PyObject *
handle(PyObject *self, PyObject *unused)
{
    struct sigaction before, now;

    if (sigaction(SIGSEGV, NULL, &before) != 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    signal(SIGSEGV, leave);
    if (sigaction(SIGSEGV, NULL, &now) != 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    return Py_BuildValue("ii", before.sa_handler == SIG_DFL,
                         now.sa_handler == leave);
}

static char *page;

static void
open_page(int number, siginfo_t *info, void *context)
{
    if (info->si_addr == page && info->si_code == SEGV_ACCERR)
        mprotect(page, 4096, PROT_READ | PROT_WRITE);
    else
        _exit(43);
}

/* A fault that the program's handler mends: it goes on. */
static PyObject *
mend(PyObject *self, PyObject *unused)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO};

    action.sa_sigaction = open_page;
    page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    sigaction(SIGSEGV, &action, NULL);
    page[0] = 7;
    return PyLong_FromLong(page[0]);
}

static PyObject *
ignore(PyObject *self, PyObject *unused)
{
    signal(SIGSEGV, SIG_IGN);
    kill(getpid(), SIGSEGV);
    Py_RETURN_NONE;
}

static void
thing_dealloc(PyObject *self)
{
    crash_here();
}

static PyObject *
crash_in_dealloc(PyObject *self, PyObject *unused)
{
    static PyType_Slot slots[] = {{Py_tp_dealloc, (void *)thing_dealloc},
                                  {0, NULL}};
    static PyType_Spec spec = {"crashing.Thing", sizeof(PyObject), 0,
                               Py_TPFLAGS_DEFAULT, slots};
    PyObject *type = PyType_FromSpec(&spec);

    Py_DecRef(PyType_GenericAlloc((PyTypeObject *)type, 0));
    Py_RETURN_NONE;
}

static sem_t never;

static void *
wait_for_ever(void *unused)
{
    for (;;)
        sem_wait(&never);
}

/* Threads that were watched: each does one operation first. */
static PyObject *shared_object;
static sem_t ready;

static void *
operate_and_wait(void *unused)
{
    PyGILState_STATE state = PyGILState_Ensure();

    Py_IncRef(shared_object);
    Py_DecRef(shared_object);
    PyGILState_Release(state);
    sem_post(&ready);
    return wait_for_ever(unused);
}

static PyObject *
crowd(PyObject *self, PyObject *arg)
{
    long count = PyLong_AsLong(arg);
    pthread_attr_t small;
    pthread_t thread;

    shared_object = PyList_New(0);
    sem_init(&never, 0, 0);
    sem_init(&ready, 0, 0);
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 256 << 10);
    for (long i = 0; i < count; i++)
        if (pthread_create(&thread, &small, operate_and_wait, NULL) != 0)
            return PyErr_NoMemory();
    Py_BEGIN_ALLOW_THREADS
    for (long i = 0; i < count; i++)
        sem_wait(&ready);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

/* The stack's own memory is not what it was: nothing above the crash can be
 * walked. */
static PyObject *
crash_on_broken_stack(PyObject *self, PyObject *unused)
{
    memset(__builtin_frame_address(0), 0x41, 64);
    crash_here();
    return NULL;
}

/* The memory allocator finds its own data overwritten while it has its lock:
 * two threads, so that there is one. */
static PyObject *
corrupt_heap(PyObject *self, PyObject *unused)
{
    pthread_t thread;
    char *last;

    sem_init(&never, 0, 0);
    pthread_create(&thread, NULL, wait_for_ever, NULL);
    last = malloc(100000);
    memset(last, 0xff, malloc_usable_size(last) + 16);
    for (size_t size = 100000;; size += 4096)
        if (malloc(size) == NULL)
            return NULL;
}

/* Overwrites what of a mapping is in memory. */
static void
overwrite(char *low, char *high)
{
    unsigned char is_in;

    for (; low < high; low += 4096)
        if (mincore(low, 4096, &is_in) == 0 && (is_in & 1))
            memset(low, 0xa5, 4096);
}

/* All large mappings without a name: refsan's tables are among them. The stack
 * and this module are not. */
static PyObject *
corrupt_tables(PyObject *self, PyObject *unused)
{
    static char lines[1 << 20];
    int file = open("/proc/self/maps", O_RDONLY);
    size_t used = 0;
    ssize_t got;

    while ((got = read(file, lines + used, sizeof(lines) - 1 - used)) > 0)
        used += got;
    for (char *line = lines; line != NULL && *line != 0;) {
        char *end = strchr(line, '\n'), *at = line;
        unsigned long low = strtoul(at, &at, 16),
                      high = strtoul(at + 1, &at, 16);

        if (end != NULL)
            *end = 0;
        if (strncmp(at, " rw-p", 5) == 0 && strchr(at, '/') == NULL &&
            strchr(at, '[') == NULL && high - low >= 12 << 20 &&
            !((unsigned long)&file >= low && (unsigned long)&file < high))
            overwrite((char *)low, (char *)high);
        line = end != NULL ? end + 1 : NULL;
    }
    crash_here();
    return NULL;
}

static void
crash_again(int number)
{
    crash_here();
}

/* The program's own handler crashes, too. */
static PyObject *
crash_twice(PyObject *self, PyObject *unused)
{
    signal(SIGSEGV, crash_again);
    crash_here();
    Py_RETURN_NONE;
}

/* A thread that does nothing which is watched. */
static PyObject *
wait_natively(PyObject *self, PyObject *unused)
{
    pthread_t thread;

    sem_init(&never, 0, 0);
    pthread_create(&thread, NULL, wait_for_ever, NULL);
    Py_RETURN_NONE;
}

EXT_MODULE(crashing,
           EXT_NOARGS(crash) EXT_NOARGS(give_up) EXT_O(divide) EXT_NOARGS(trap)
               EXT_NOARGS(overflow) EXT_NOARGS(crash_native)
                   EXT_NOARGS(overflow_native) EXT_NOARGS(crash_in_handler)
                       EXT_NOARGS(handle) EXT_NOARGS(mend) EXT_NOARGS(ignore)
                           EXT_NOARGS(crash_in_dealloc) EXT_O(crowd)
                               EXT_NOARGS(crash_on_broken_stack)
                                   EXT_NOARGS(corrupt_heap)
                                       EXT_NOARGS(corrupt_tables)
                                           EXT_NOARGS(crash_twice)
                                               EXT_NOARGS(wait_natively))
