/* SPDX-License-Identifier: MIT */
/* world.c -- attaching, suspending, and the stop-the-attached-threads lock.
 *
 * `running` counts the attached threads that are not at a safepoint. To stop
 * the world is to forbid new ones, and to wait until only the caller is left.
 * A thread that blocks without suspending itself blocks the collector, too: as
 * in CPython. */
#include "world.h"

#include "refsan/embedded.h"

#include "os/arch.h"
#include "base/check.h"

#include <pthread.h>
#include <stdlib.h>

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int is_stopped; /* atomic: looked at without the lock by safepoints */
    unsigned running;
    struct rs_world_thread *threads;
} world = {.lock = PTHREAD_MUTEX_INITIALIZER,
           .changed = PTHREAD_COND_INITIALIZER};

static _Thread_local struct rs_world_thread *self;      /* attached */
static _Thread_local struct rs_world_thread *suspended; /* or this */

struct rs_world_thread *
rs_world_self(void)
{
    return self;
}

/* Both with the lock held. */
static void
run(void)
{
    while (world.is_stopped)
        pthread_cond_wait(&world.changed, &world.lock);
    world.running++;
}

static void
stand(void)
{
    world.running--;
    pthread_cond_broadcast(&world.changed);
}

static void
merge_queue(struct rs_world_thread *thread)
{
    struct rs_words *dead;

    while ((dead = rs_queue_next_dead(&thread->owner)) != NULL)
        _Py_Dealloc((PyObject *)dead);
}

bool
rs_world_attach(const void *interpreter)
{
    struct rs_world_thread *thread = self;

    if (thread != NULL) {
        thread->nesting++;
        return true;
    }
    thread = calloc(1, sizeof(*thread));
    if (thread == NULL)
        return false;
    thread->interpreter = interpreter;
    thread->nesting = 1;
    thread->owner.pointer = rs_arch_thread_pointer();
    rs_queue_attach(&thread->owner);
    pthread_mutex_lock(&world.lock);
    run();
    thread->next = world.threads;
    world.threads = thread;
    pthread_mutex_unlock(&world.lock);
    __atomic_store_n(&thread->state, RS_WORLD_ATTACHED, __ATOMIC_RELAXED);
    self = thread;
    return true;
}

void
rs_world_detach(void)
{
    struct rs_world_thread *thread = self;
    struct rs_world_thread **at = &world.threads;

    if (thread == NULL || --thread->nesting > 0)
        return;
    /* What is dropped here may be queued for this thread again by another. */
    do
        merge_queue(thread);
    while (!rs_queue_try_detach(&thread->owner));
    pthread_mutex_lock(&world.lock);
    while (*at != thread)
        at = &(*at)->next;
    *at = thread->next;
    stand();
    pthread_mutex_unlock(&world.lock);
    self = NULL;
    free(thread);
}

void
rs_world_suspend(void)
{
    struct rs_world_thread *thread = self;

    if (thread == NULL)
        return;
    do
        merge_queue(thread);
    while (!rs_queue_try_leave(&thread->owner));
    __atomic_store_n(&thread->state, RS_WORLD_SUSPENDED, __ATOMIC_RELAXED);
    pthread_mutex_lock(&world.lock);
    stand();
    pthread_mutex_unlock(&world.lock);
    suspended = thread;
    self = NULL;
}

void
rs_world_resume(void)
{
    struct rs_world_thread *thread = suspended;

    if (thread == NULL)
        return;
    pthread_mutex_lock(&world.lock);
    run();
    pthread_mutex_unlock(&world.lock);
    rs_queue_return(&thread->owner);
    __atomic_store_n(&thread->state, RS_WORLD_ATTACHED, __ATOMIC_RELAXED);
    suspended = NULL;
    self = thread;
}

void
rs_world_safepoint(void)
{
    struct rs_world_thread *thread = self;

    if (thread == NULL)
        return;
    /* Relaxed: a stop that is seen late is seen at the next safepoint. The
     * lock orders what was written while the world was stopped. */
    if (rs_unlikely(__atomic_load_n(&world.is_stopped, __ATOMIC_RELAXED))) {
        pthread_mutex_lock(&world.lock);
        stand();
        run();
        pthread_mutex_unlock(&world.lock);
    }
    if (rs_unlikely(rs_queue_has_work(&thread->owner)))
        merge_queue(thread);
}

void
rs_world_stop(void)
{
    pthread_mutex_lock(&world.lock);
    stand();
    while (world.is_stopped)
        pthread_cond_wait(&world.changed, &world.lock);
    __atomic_store_n(&world.is_stopped, 1, __ATOMIC_RELAXED);
    while (world.running > 0)
        pthread_cond_wait(&world.changed, &world.lock);
    pthread_mutex_unlock(&world.lock);
}

void
rs_world_start(void)
{
    pthread_mutex_lock(&world.lock);
    __atomic_store_n(&world.is_stopped, 0, __ATOMIC_RELAXED);
    world.running++;
    pthread_cond_broadcast(&world.changed);
    pthread_mutex_unlock(&world.lock);
}

struct rs_words *
rs_world_adopt_queues(void)
{
    struct rs_words *list = NULL;

    for (struct rs_world_thread *t = world.threads; t != NULL; t = t->next)
        list = rs_queue_adopt(&t->owner, list);
    return list;
}

void
rs_world_after_fork(void)
{
    struct rs_world_thread *t = world.threads;
    struct rs_world_thread *kept = self != NULL ? self : suspended;
    struct rs_words *list = NULL;
    struct rs_words *words;

    pthread_mutex_init(&world.lock, NULL);
    pthread_cond_init(&world.changed, NULL);
    rs_queue_after_fork();
    world.is_stopped = 0;
    world.running = self != NULL;
    world.threads = NULL;
    while (t != NULL) {
        struct rs_world_thread *next = t->next;

        if (t == kept) {
            t->next = NULL;
            world.threads = t;
        }
        else {
            /* Its memory stays: the fork may have cut it in two. */
            list = rs_queue_adopt(&t->owner, list);
            rs_queue_try_detach(&t->owner);
        }
        t = next;
    }
    while (self != NULL && (words = rs_queue_pop(&list)) != NULL)
        Py_DecRef((PyObject *)words);
}
