/* SPDX-License-Identifier: MIT */
/* The same operations on an object of the running interpreter, by the
 * interpreter's own functions and macros, and on a copy of its header, by
 * runtime/refcount/protocol.h: after each one both headers and both answers
 * must be equal.
 *
 * The object is static memory with a type whose deallocator only counts, so
 * that its header may be put into any state, legal or not, and looked at after
 * its death. A foreign owner is a thread pointer that no thread has. */
#include "operations.h"

#include <pthread.h>
#include <semaphore.h>

/* ---- one thread ---- */

static uint64_t random_state;

static uint64_t
draw(uint64_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (random_state >> 11) % below;
}

static struct rs_header
draw_header(uint64_t self)
{
    static const uint32_t locals[] = {0,           1,           2,
                                      3,           0x7fffffff,  0x80000000u,
                                      0xbfffffffu, 0xc0000000u, UINT32_MAX - 1,
                                      UINT32_MAX};
    static const int64_t counts[] = {-1, 0, 0, 0, 1, 2, RS_DEFERRED_BIAS};
    struct rs_header h = rs_protocol_new(LAYOUT, 0, self);

    h.type = (uintptr_t)(draw(2) ? &victim_type : &collected_type);
    h.local = locals[draw(COUNT(locals))];
    if (LAYOUT == RS_LAYOUT_WIDE) {
        h.local = 0;
        h.shared = (int64_t)locals[draw(COUNT(locals))];
    }
    if (LAYOUT == RS_LAYOUT_FREE_THREADED) {
        h.owner = (uint64_t[]){0, self, self, NOBODY}[draw(4)];
        h.shared = rs_shared_make(counts[draw(COUNT(counts))],
                                  (enum rs_shared_state)draw(4));
        h.gc_bits = (uint8_t)(draw(2) * RS_GC_TRACKED);
    }
    return h;
}

static bool
is_equal(const struct rs_header *a, const struct rs_header *b)
{
    return a->local == b->local && a->flags == b->flags &&
           a->overflow == b->overflow && a->gc_bits == b->gc_bits &&
           a->owner == b->owner && a->shared == b->shared &&
           a->type == b->type;
}

static PyObject *
complain(enum kind kind, int64_t argument, const struct rs_header *before,
         const struct rs_header *model, long long wanted, long long seen)
{
    const struct rs_header real = header();

    return PyErr_Format(
        PyExc_AssertionError,
        "operation %d (%lld) on owner %llx local %u shared %lld gc %d flags "
        "%d: real owner %llx local %u shared %lld gc %d flags %d answer "
        "%lld, model owner %llx local %u shared %lld gc %d flags %d answer "
        "%lld",
        kind, (long long)argument, (unsigned long long)before->owner,
        before->local, (long long)before->shared, before->gc_bits,
        before->flags, (unsigned long long)real.owner, real.local,
        (long long)real.shared, real.gc_bits, real.flags, seen,
        (unsigned long long)model->owner, model->local,
        (long long)model->shared, model->gc_bits, model->flags, wanted);
}

static PyObject *
one_thread(PyObject *module, PyObject *args)
{
    static const int64_t arguments[] = {
        0, 1, 2, 7, 0x7fffffff, 0x80000000, UINT32_MAX, INT64_C(1) << 32};
    unsigned long long seed;
    Py_ssize_t steps, done = 0;
    const uint64_t self = rs_arch_thread_pointer();
    struct rs_header h;

    (void)module;
    if (!PyArg_ParseTuple(args, "Kn", &seed, &steps))
        return NULL;
    random_state = seed * 2654435761u + 88172645463325252u;
    h = draw_header(self);
    rs_header_encode(&h, victim);
    for (Py_ssize_t i = 0; i < steps; i++) {
        enum kind kind = (enum kind)draw(KINDS);
        int64_t argument = arguments[draw(COUNT(arguments))];
        int64_t wanted, seen;
        struct rs_header before, after;
        int died = 0;

        if (draw(8) == 0) {
            h = draw_header(self);
            rs_header_encode(&h, victim);
        }
        if (!is_sensible(&h, kind, self))
            continue;
        before = h;
        deaths = 0;
        revivals = (int)draw(3);
        seen = do_real(kind, argument);
        wanted = do_model(&h, kind, argument, self, &died);
        after = header();
        if (!is_equal(&h, &after) || seen != wanted || deaths != died)
            return complain(kind, argument, &before, &h, wanted + died * 1000,
                            seen + deaths * 1000);
        done++;
    }
    return PyLong_FromSsize_t(done);
}

/* ---- two threads, in turns ---- */

/* The second thread does what it is told, attached while it does, and is
 * detached in between. */
static struct {
    pthread_t thread;
    sem_t go, done;
    bool is_over;
    enum kind kind;
    int64_t answer;
    uint64_t self;
} second;

static void *
run_second(void *unused)
{
    PyGILState_STATE state = PyGILState_Ensure();
    PyThreadState *saved;

    (void)unused;
    second.self = rs_arch_thread_pointer();
    for (;;) {
        saved = PyEval_SaveThread();
        sem_post(&second.done);
        sem_wait(&second.go);
        PyEval_RestoreThread(saved);
        if (second.is_over)
            break;
        if (second.kind == KINDS)
            PyRun_SimpleString("pass"); /* where the queue is merged */
        else
            second.answer = do_real(second.kind, 0);
    }
    PyGILState_Release(state);
    sem_post(&second.done);
    return NULL;
}

/* The first thread waits attached where it may: its queue then fills. */
static void
wait_for_second(void)
{
#ifdef Py_GIL_DISABLED
    sem_wait(&second.done);
#else
    Py_BEGIN_ALLOW_THREADS
    sem_wait(&second.done);
    Py_END_ALLOW_THREADS
#endif
}

static int64_t
do_by(int who, enum kind kind)
{
    if (who == 0) {
        if (kind != KINDS)
            return do_real(kind, 0);
        PyRun_SimpleString("pass");
        return 0;
    }
    second.kind = kind;
    sem_post(&second.go);
    wait_for_second();
    return second.answer;
}

/* One object from birth to death, its references going to and fro. */
static PyObject *
one_life(Py_ssize_t *done)
{
    static const enum kind kinds[] = {
        INCREF,
        INC_REF,
        DECREF,
        DECREF,
        DEC_REF,
        REFCNT,
#if PY_VERSION_HEX >= 0x030e0000
        TRY,
        ENABLE,
        UNIQUE,
#endif
    };
    const uint64_t selves[2] = {rs_arch_thread_pointer(), second.self};
    int held[2] = {0, 0};
    int who = (int)draw(2);
    struct rs_header h = renew(
        &(struct rs_header){.layout = LAYOUT, .type = (uintptr_t)&victim_type},
        selves[who]);

    rs_header_encode(&h, victim);
    do_by(who, RENEW);
    held[who] = 1;
    deaths = 0;
    while (held[0] + held[1] > 0) {
        enum kind kind = kinds[draw(COUNT(kinds))];
        struct rs_header before = h, after;
        int64_t seen, wanted;
        int died = 0;

        who = (int)draw(2);
        if (draw(4) == 0 && held[who]) { /* hand one over */
            held[who]--;
            held[!who]++;
        }
        if (!held[who])
            continue;
        seen = do_by(who, kind);
        wanted = do_model(&h, kind, 0, selves[who], &died);
        if (kind == DECREF || kind == DEC_REF) {
            held[who]--;
            /* It may be in a queue: both owners merge theirs. */
            do_by(0, KINDS);
            do_by(1, KINDS);
        }
        else if (kind == INCREF || kind == INC_REF) {
            held[who]++;
        }
        else if (kind != REFCNT && seen && wanted) {
            held[who] += kind == kinds[6];
        }
        after = header();
        if (!is_equal(&h, &after) || seen != wanted || deaths != died ||
            died != (held[0] + held[1] == 0))
            return complain(kind, who, &before, &h, wanted + died * 1000,
                            seen + deaths * 1000);
        ++*done;
    }
    Py_RETURN_NONE;
}

static PyObject *
two_threads(PyObject *module, PyObject *args)
{
    unsigned long long seed;
    Py_ssize_t lives, done = 0;
    PyObject *result = Py_NewRef(Py_None);

    (void)module;
    if (!PyArg_ParseTuple(args, "Kn", &seed, &lives))
        return NULL;
    random_state = seed * 2654435761u + 88172645463325252u;
    second.is_over = false;
    sem_init(&second.go, 0, 0);
    sem_init(&second.done, 0, 0);
    pthread_create(&second.thread, NULL, run_second, NULL);
    Py_BEGIN_ALLOW_THREADS
    sem_wait(&second.done);
    Py_END_ALLOW_THREADS
    for (Py_ssize_t i = 0; i < lives && result != NULL; i++)
        Py_XSETREF(result, one_life(&done));
    second.is_over = true;
    sem_post(&second.go);
    Py_BEGIN_ALLOW_THREADS
    sem_wait(&second.done);
    pthread_join(second.thread, NULL);
    Py_END_ALLOW_THREADS
    if (result == NULL)
        return NULL;
    Py_DECREF(result);
    return PyLong_FromSsize_t(done);
}

static PyMethodDef methods[] = {
    {"one_thread", one_thread, METH_VARARGS, NULL},
    {"two_threads", two_threads, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static int
prepare(PyObject *module)
{
    (void)module;
    return PyType_Ready(&victim_type) < 0 || PyType_Ready(&collected_type) < 0
               ? -1
               : 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void *)prepare},
#ifdef Py_mod_gil
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};
static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "differential",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit_differential(void)
{
    return PyModuleDef_Init(&definition);
}
