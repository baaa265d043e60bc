/* SPDX-License-Identifier: MIT */
/* spawn_test.c -- threads created by several threads at once: each runs once,
 * with its own argument and its creator's name, also when the packets run out.
 * The loader and the doors are the test's own. */
#include "interpose/spawn.h"

#include "interpose/signal_stacks.h"
#include "interpose/dl.h"

#include "host/host.h"
#include "runtime.h"
#include "thread/thread.h"

#include "unit.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

#define CREATORS 4
#define CHILDREN 400  /* of each */
#define CROWD    1100 /* more than there are packets, none of them started */

static struct {
    atomic_int ran[CREATORS][CHILDREN];
    atomic_int wrong_parents;
    atomic_int refreshes;
    atomic_int held;
    bool is_holding; /* children of the crowd are kept from starting */
} test;

void
rs_dl_refresh(void)
{
    atomic_fetch_add_explicit(&test.refreshes, 1, memory_order_relaxed);
}

void *
rs_signal_stacks_run(void *(*start)(void *), void *argument)
{
    return start(argument);
}

typedef int create_function(pthread_t *, const pthread_attr_t *,
                            void *(*)(void *), void *);

/* Stands for libc's. A crowd's children are only counted. */
static int
create(pthread_t *thread, const pthread_attr_t *attributes,
       void *(*start)(void *), void *argument)
{
    create_function *real =
        (create_function *)dlsym(RTLD_NEXT, "pthread_create");

    if (!test.is_holding)
        return real(thread, attributes, start, argument);
    atomic_fetch_add_explicit(&test.held, 1, memory_order_relaxed);
    return 11; /* EAGAIN: refused by the system */
}

void *
rs_dl_next(const char *name)
{
    UNIT_STR_EQ(name, "pthread_create");
    return (void *)create;
}

static unsigned
own_slot(void)
{
    struct rs_thread *self = rs_thread_enter();
    unsigned slot = self == NULL ? 0 : self->slot;

    if (self != NULL)
        rs_thread_leave(self);
    return slot;
}

struct task {
    atomic_int *ran;
    unsigned parent;
};

static void *
run_child(void *context)
{
    struct task *task = context;
    struct rs_thread *self = rs_thread_enter();

    atomic_fetch_add_explicit(task->ran, 1, memory_order_relaxed);
    if (self != NULL) {
        if (self->created_by != task->parent)
            atomic_fetch_add_explicit(&test.wrong_parents, 1,
                                      memory_order_relaxed);
        rs_thread_leave(self);
    }
    return context;
}

static void *
run_creator(void *context)
{
    atomic_int *ran = context;
    unsigned parent = own_slot();

    for (int i = 0; i < CHILDREN; i++) {
        struct task task = {&ran[i], parent};
        pthread_t child;
        void *result = NULL;

        UNIT_EQ(pthread_create(&child, NULL, run_child, &task), 0);
        UNIT_EQ(pthread_join(child, &result), 0);
        UNIT_CHECK(result == &task);
    }
    return NULL;
}

static void
test_children(void)
{
    pthread_t creators[CREATORS];

    for (int i = 0; i < CREATORS; i++)
        UNIT_EQ(pthread_create(&creators[i], NULL, run_creator, test.ran[i]),
                0);
    for (int i = 0; i < CREATORS; i++)
        pthread_join(creators[i], NULL);
    for (int i = 0; i < CREATORS; i++) {
        for (int j = 0; j < CHILDREN; j++)
            UNIT_EQ(test.ran[i][j], 1);
    }
    UNIT_EQ(test.wrong_parents, 0);
    UNIT_EQ(test.refreshes, CREATORS + CREATORS * CHILDREN);
}

/* A thread the system refuses gives its packet back: there is no end of them.
 */
static void
test_refused(void)
{
    pthread_t thread;

    test.is_holding = true;
    for (int i = 0; i < CROWD; i++)
        UNIT_EQ(pthread_create(&thread, NULL, run_child, NULL), 11);
    UNIT_EQ(test.held, CROWD);
    test.is_holding = false;
}

int
main(void)
{
    const struct rs_host host = {.kind = RS_HOST_EMBEDDED};

    rs_runtime_start();
    rs_host_set(&host);
    UNIT_CHECK(rs_runtime_wake());
    rs_spawn_start();
    test_refused();
    atomic_store(&test.refreshes, 0);
    test_children();
    return unit_result();
}
