/* SPDX-License-Identifier: MIT */
/* spawn.c -- pthread_create, watched: the child says whose child it is before
 * anything else.
 *
 * What the child needs to know travels in a packet from a fixed pool: there is
 * no malloc here, and the parent's stack may be gone. When all packets are on
 * the way, or no host is known, the thread is created without one and is a
 * child of nobody. */
#include "spawn.h"

#include "signal_stacks.h"
#include "dl.h"

#include "../runtime/base/check.h"
#include "../runtime/host/host.h"
#include "../runtime/thread/happens_before.h"
#include "../runtime/runtime.h"
#include "../runtime/os/sys.h"
#include "../runtime/thread/thread.h"
#include "../runtime/os/atomics.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define PACKETS 1024 /* threads created and not yet running, at one time */

struct packet {
    void *(*start)(void *);
    void *argument;
    unsigned parent;
    atomic_uint next; /* free list: index + 1, 0 is the end */
};

typedef int create_function(pthread_t *, const pthread_attr_t *,
                            void *(*)(void *), void *);

static struct {
    struct packet *packets;
    /* The free list's head: index + 1 in the low half, and in the high half a
     * count of changes, so that a head seen twice is the same head. */
    atomic_uint_fast64_t head;
    _Atomic(create_function *) real;
} spawn;

extern RS_EXPORT create_function pthread_create;

static void
put_packet(struct packet *packet)
{
    uint_fast64_t index = (uint_fast64_t)(packet - spawn.packets) + 1;
    uint_fast64_t old = rs_load(&spawn.head);
    uint_fast64_t head;

    do {
        rs_store(&packet->next, (unsigned)(old & UINT32_MAX));
        head = ((old >> 32) + 1) << 32 | index;
        /* Release: publishes `next`. Pairs with the acquire in take_packet().
         */
    } while (!atomic_compare_exchange_weak_explicit(
        &spawn.head, &old, head, memory_order_release, memory_order_relaxed));
}

static struct packet *
take_packet(void)
{
    uint_fast64_t old = rs_load_acquire(&spawn.head);
    uint_fast64_t head;
    struct packet *packet;

    do {
        if ((old & UINT32_MAX) == 0)
            return NULL;
        packet = &spawn.packets[(old & UINT32_MAX) - 1];
        /* Another thread may have the packet already; then this `next` is
         * wrong, the head has changed, and the exchange fails. */
        head = ((old >> 32) + 1) << 32 | rs_load(&packet->next);
    } while (!atomic_compare_exchange_weak_explicit(
        &spawn.head, &old, head, memory_order_acquire, memory_order_acquire));
    return packet;
}

/* The child's first function. Its frame stays at the bottom of the stack. */
static void *
run_child(void *context)
{
    struct packet *packet = context;
    void *(*start)(void *) = packet->start;
    void *argument = packet->argument;
    unsigned parent = packet->parent;

    /* A parent that refsan does not know lets nobody go. */
    rs_thread_announce(parent, parent != 0 ? (uintptr_t)packet : 0);
    put_packet(packet);
    return rs_signal_stacks_run(start, argument);
}

/* The slot of the calling thread; 0 when refsan does not know it. */
static unsigned
own_slot(void)
{
    struct rs_thread *self = rs_thread_enter();
    unsigned slot = 0;

    if (self != NULL) {
        slot = self->slot;
        rs_thread_leave(self);
    }
    return slot;
}

int
pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
               void *(*start)(void *), void *argument)
{
    create_function *create = rs_load(&spawn.real);
    struct packet *packet = NULL;
    int error;

    if (create == NULL) {
        create = (create_function *)rs_dl_next("pthread_create");
        rs_store(&spawn.real, create);
    }
    rs_dl_refresh();
    if (rs_runtime_is_running() && rs_host->kind != RS_HOST_NONE &&
        rs_host->kind != RS_HOST_REFUSED)
        packet = take_packet();
    if (packet == NULL)
        return create(thread, attributes, start, argument);

    packet->start = start;
    packet->argument = argument;
    packet->parent = own_slot();
    rs_happens_before_release(packet->parent, (uintptr_t)packet);
    error = create(thread, attributes, run_child, packet);
    if (error != 0)
        put_packet(packet);
    return error;
}

void
rs_spawn_start(void)
{
    spawn.packets = rs_sys_map(PACKETS * sizeof(struct packet));
    for (size_t i = 0; spawn.packets != NULL && i < PACKETS; i++)
        put_packet(&spawn.packets[i]);
}
