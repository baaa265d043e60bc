/* SPDX-License-Identifier: MIT */
/* refcount_bench KIND THREADS one|own PAIRS -- what an incref and the decref
 * that undoes it cost, in ns per pair and thread.
 *
 *   plain     the default build's inline form: no atomics, one thread's memory
 *   atomic    one count, every change a locked instruction
 *   owner     biased, by the thread that made the object
 *   foreign   biased, by other threads than that
 *   immortal  by other threads than that
 *   deferred  the same, the count being deferred
 *
 * "one": all threads on one object; "own": each on an object of its own.
 *
 * Measured in slices, each shorter than a time slice of the system. One thread
 * alone says its fastest: everything else on the machine only adds. Several
 * say the median of the slices in which all of them were running, for which
 * they look at each other's progress; and of them the slowest counts. */
#include "refsan/embedded.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define THREADS     256
#define SLICES      200
#define MOST_SLICES (SLICES * 100) /* a machine that is too busy */
#define LINE        64

/* The compiler must do each step, and may not merge it with the next. */
#define STEP() __asm__ volatile("" ::: "memory")

static PyTypeObject type = {
    REFSAN_EMBEDDED_TYPE,
    .tp_name = "bench.Object",
    .tp_basicsize = sizeof(PyObject) + 2 * LINE,
    .tp_flags = Py_TPFLAGS_HAVE_GC,
};

static struct count {
    uint32_t count;
    char rest[LINE - sizeof(uint32_t)];
} counts[THREADS] __attribute__((aligned(LINE)));

static PyObject *objects[THREADS];
static const char *kind;
static bool is_one, is_alone;
static long pairs;
static pthread_barrier_t barrier;
static double pair_ns[THREADS];
static long thread_count;
static int finished;

/* How many slices a thread has done, where the others can see it. */
static struct progress {
    long slices;
    char rest[LINE - sizeof(long)];
} progress[THREADS] __attribute__((aligned(LINE)));

static double
now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void
count_plain(struct count *c, long rounds)
{
    for (long i = 0; i < rounds; i++) {
        if (c->count < 0xc0000000u)
            c->count++;
        STEP();
        if ((int32_t)c->count >= 0 && --c->count == 0)
            abort();
        STEP();
    }
}

static void
count_atomic(struct count *c, long rounds)
{
    for (long i = 0; i < rounds; i++) {
        __atomic_fetch_add(&c->count, 1, __ATOMIC_RELAXED);
        STEP();
        if (__atomic_fetch_sub(&c->count, 1, __ATOMIC_ACQ_REL) == 1)
            abort();
        STEP();
    }
}

static void
count_object(PyObject *object, long rounds)
{
    for (long i = 0; i < rounds; i++) {
        Py_INCREF(object);
        STEP();
        Py_DECREF(object);
        STEP();
    }
}

/* What the kind says, made by the calling thread. */
static PyObject *
make_object(void)
{
    PyObject *made = _PyObject_GC_New(&type);

    PyObject_GC_Track(made);
    if (!strcmp(kind, "immortal"))
        PyUnstable_SetImmortal(made);
    if (!strcmp(kind, "deferred"))
        PyUnstable_Object_EnableDeferredRefcount(made);
    return made;
}

static void
count(long index, long rounds)
{
    long slot = is_one ? 0 : index;

    if (!strcmp(kind, "plain"))
        count_plain(&counts[slot], rounds);
    else if (!strcmp(kind, "atomic"))
        count_atomic(&counts[slot], rounds);
    else
        count_object(objects[slot], rounds);
}

static int
compare(const void *a, const void *b)
{
    return (*(const double *)a > *(const double *)b) -
           (*(const double *)a < *(const double *)b);
}

static void
note_progress(long seen[THREADS])
{
    for (long i = 0; i < thread_count; i++)
        seen[i] = __atomic_load_n(&progress[i].slices, __ATOMIC_RELAXED);
}

/* Did everybody come further since, and about as far as this thread? One that
 * waits for a processor does not; and when it was this thread that waited, the
 * others went much further. */
static bool
is_accompanied(const long before[THREADS], long index)
{
    long now[THREADS];

    note_progress(now);
    for (long i = 0; i < thread_count; i++)
        if (i != index && (now[i] == before[i] || now[i] > before[i] + 3))
            return false;
    return true;
}

static int
measure(long index, double slices[SLICES])
{
    long rounds = pairs / SLICES, before[THREADS];
    bool was_counted = false;
    int count_good = 0;
    double start;

    for (long i = 0;
         __atomic_load_n(&finished, __ATOMIC_RELAXED) < thread_count; i++) {
        note_progress(before);
        start = now_ns();
        count(index, rounds);
        start = (now_ns() - start) / (double)rounds;
        __atomic_store_n(&progress[index].slices, i + 1, __ATOMIC_RELAXED);
        if (count_good < SLICES && is_accompanied(before, index))
            slices[count_good++] = start;
        if (!was_counted && (count_good == SLICES || i > MOST_SLICES)) {
            was_counted = true;
            __atomic_fetch_add(&finished, 1, __ATOMIC_RELAXED);
        }
    }
    return count_good;
}

static void *
run(void *index_)
{
    long index = (long)(intptr_t)index_;
    double slices[SLICES];
    cpu_set_t processors;
    int good;

    CPU_ZERO(&processors);
    CPU_SET((size_t)(index % sysconf(_SC_NPROCESSORS_ONLN)), &processors);
    pthread_setaffinity_np(pthread_self(), sizeof(processors), &processors);
    refsan_embedded_attach();
    if (!strcmp(kind, "owner") && (!is_one || index == 0))
        objects[index] = make_object();
    /* A foreign thread holds a reference, so that none of its pairs is the one
     * that has to be queued. */
    pthread_barrier_wait(&barrier);
    if (strcmp(kind, "plain") && strcmp(kind, "atomic"))
        Py_INCREF(objects[is_one ? 0 : index]);
    count(index, pairs / SLICES);
    pthread_barrier_wait(&barrier);
    good = measure(index, slices);
    qsort(slices, (size_t)good, sizeof(slices[0]), compare);
    pair_ns[index] = good ? slices[is_alone ? 0 : good / 2] : -1;
    refsan_embedded_detach();
    return NULL;
}

int
main(int argument_count, char **arguments)
{
    pthread_t threads[THREADS];
    double worst = 0;

    if (argument_count != 5 || (thread_count = atol(arguments[2])) < 1 ||
        thread_count > THREADS)
        return 2;
    kind = arguments[1];
    is_one = !strcmp(arguments[3], "one");
    is_alone = thread_count == 1;
    pairs = atol(arguments[4]);
    refsan_embedded_start();
    for (long i = 0; i < THREADS; i++) {
        counts[i].count = 1;
        if (strcmp(kind, "owner"))
            objects[i] = make_object();
    }
    pthread_barrier_init(&barrier, NULL, (unsigned)thread_count);
    refsan_embedded_suspend();
    for (long i = 0; i < thread_count; i++)
        pthread_create(&threads[i], NULL, run, (void *)(intptr_t)i);
    for (long i = 0; i < thread_count; i++)
        pthread_join(threads[i], NULL);
    for (long i = 0; i < thread_count; i++)
        worst = pair_ns[i] > worst ? pair_ns[i] : worst;
    printf("%.4f\n", worst);
    return worst > 0 ? 0 : 3;
}
