/* SPDX-License-Identifier: MIT */
/* second_thread.h -- another thread with a slot, which does what it is told,
 * one thing at a time. Nothing that refsan sees orders the two. */
#pragma once

#include <pthread.h>
#include <semaphore.h>

#include "thread/thread.h"

struct second_thread {
    pthread_t id;
    sem_t asked, done;
    void (*function)(struct rs_thread *self, void *argument); /* NULL: end */
    void *argument;
};

static void *
second_thread_main(void *context)
{
    struct second_thread *thread = context;
    struct rs_thread *self = rs_thread_enter();

    sem_post(&thread->done);
    for (;;) {
        sem_wait(&thread->asked);
        if (thread->function == NULL)
            break;
        thread->function(self, thread->argument);
        sem_post(&thread->done);
    }
    rs_thread_leave(self);
    return NULL;
}

static void
second_thread_start(struct second_thread *thread)
{
    sem_init(&thread->asked, 0, 0);
    sem_init(&thread->done, 0, 0);
    pthread_create(&thread->id, NULL, second_thread_main, thread);
    sem_wait(&thread->done); /* it has its slot */
}

static void
second_thread_do(struct second_thread *thread,
                 void (*function)(struct rs_thread *self, void *argument),
                 void *argument)
{
    thread->function = function;
    thread->argument = argument;
    sem_post(&thread->asked);
    sem_wait(&thread->done);
}

static void
second_thread_end(struct second_thread *thread)
{
    thread->function = NULL;
    sem_post(&thread->asked);
    pthread_join(thread->id, NULL);
    sem_destroy(&thread->asked);
    sem_destroy(&thread->done);
}
