/* SPDX-License-Identifier: MIT */
/* hang: two threads take two locks, each in its own order, and wait for each
 * other for ever.
 *
 * Here the program notices that itself, and asks by the signal; a user does so
 * from outside.
 *
 * run: import t; t.transfer()
 * options: report_signal=USR1
 * exit: 0
 * story:
 *   hang-lock-order.c:@asks: warning: what all threads do, and wait for [hang]
 *     signal    SIGUSR1: the process sent it to itself
 *     signal answered, main thread
 *       NUM | raise(SIGUSR1); // @asks
 *            transfer < run.py:1
 *     because   threads wait in a circle, each for a lock that the next one has
 *     locks     T2 has ADDR; waits for ADDR, which T3 has
 *               T3 has ADDR; waits for ADDR, which T2 has
 *     threads   2 other threads in 1 place; refsan run --full shows them
 *     fix       follow who waits for whom: a lock that is waited for names the
 *               thread that has it; take locks in one order everywhere …
 *     more      refsan explain hang
 * report:
 *   refsan: hang: the process was asked what its threads do
 *     signal  SIGUSR1: the process sent it to itself
 *     signal answered by thread T1 'python...':
 *       #...
 *       #NUM in transfer hang-lock-order.c:@asks
 *       #...
 *     because  threads wait in a circle, each for a lock that the next one has
 *     thread ... 'worker' and 1 others:
 *       #...
 *       #NUM in move_money hang-lock-order.c:@second
 *       #...
 *     locks
 *       ... has ADDR; waits for ADDR, which ... has
 *       ... has ADDR; waits for ADDR, which ... has
 *     circle  T... waits for T... waits for T...
 *   ...
 *     suppress hang:transfer
 *     docs     docs/reports.md#hang
 */
#include "ext.h"

#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t accounts[2] = {PTHREAD_MUTEX_INITIALIZER,
                                      PTHREAD_MUTEX_INITIALIZER};
static PyObject *moved;
static pthread_barrier_t both_have_one;
static struct ext_gate has_begun;

static struct transfer {
    struct ext_thread thread;
    int from, to;
    _Atomic long tid;
    _Atomic int is_done;
} transfers[2];

static void
move_money(void *context)
{
    struct transfer *self = context;
    int first = self->from, second = self->to;

#ifdef FIXED
    first = 0, second = 1;
#endif
    self->tid = syscall(SYS_gettid);
    Py_IncRef(moved);
    ext_gate_open(&has_begun); /* T2 before T3 */
    Py_BEGIN_ALLOW_THREADS
    pthread_mutex_lock(&accounts[first]); // @first
#ifndef FIXED
    pthread_barrier_wait(&both_have_one);
#endif
    pthread_mutex_lock(&accounts[second]); // @second
    pthread_mutex_unlock(&accounts[second]);
    pthread_mutex_unlock(&accounts[first]);
    Py_END_ALLOW_THREADS
    Py_DecRef(moved);
    self->is_done = 1;
}

/* The kernel says which call a thread waits in, and for what. */
static int
waits_for(const struct transfer *transfer, const void *lock)
{
    char path[64], text[128] = "";
    unsigned long address = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/self/task/%ld/syscall", transfer->tid);
    file = fopen(path, "r");
    if (file == NULL)
        return 0;
    if (fgets(text, sizeof(text), file) == NULL ||
        sscanf(text, "%*d 0x%lx", &address) != 1)
        address = 0;
    fclose(file);
    return address == (unsigned long)lock;
}

static int
is_stuck(void)
{
    return waits_for(&transfers[0], &accounts[transfers[0].to]) &&
           waits_for(&transfers[1], &accounts[transfers[1].to]);
}

static PyObject *
transfer(PyObject *self, PyObject *unused)
{
    moved = PyList_New(0);
    ext_gate_make(&has_begun);
    pthread_barrier_init(&both_have_one, NULL, 2);
    for (int i = 0; i < 2; i++) {
        transfers[i].from = i, transfers[i].to = !i;
        transfers[i].thread = (struct ext_thread){
            .function = move_money,
            .argument = &transfers[i],
            .is_attached = 1,
        };
        ext_thread_start(&transfers[i].thread);
        ext_gate_wait(&has_begun);
    }
    Py_BEGIN_ALLOW_THREADS
    while (!is_stuck() && (!transfers[0].is_done || !transfers[1].is_done))
        continue;
    Py_END_ALLOW_THREADS
    if (!transfers[0].is_done || !transfers[1].is_done)
        raise(SIGUSR1); // @asks
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(transfer))
