/* SPDX-License-Identifier: MIT */
/* shadow_stress.c -- eight threads make, use and destroy objects on the same
 * addresses through the whole event path, hand them to each other, and read each
 * other's rings. Under TSan it shows that nothing races; everywhere, that what
 * is remembered is what happened. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "../../runtime/shadow/history.h"
#include "../../runtime/os/arch.h"
#include "../../runtime/shadow/lifetimes.h"
#include "../../runtime/shadow/record.h"
#include "../../runtime/shadow/shadow.h"
#include "../../runtime/thread/thread.h"
#include "unit.h"

#define THREADS 8
#define OBJECTS 64
#define ROUNDS  20000

struct object {
    _Alignas(16) _Atomic uint64_t count;
    uint64_t type;
};

static struct rs_host host = {
    .kind = RS_HOST_EMBEDDED, .version = 0x030f02f0, .layout = RS_LAYOUT_WIDE};
static struct object objects[OBJECTS];
static _Atomic int owner_of[OBJECTS]; /* 0 free, or thread number */
static _Atomic uint64_t births;

static void
touch(struct rs_thread *self, size_t at, enum rs_ev op)
{
    struct rs_step step;
    struct rs_event ev = {.op = op,
                          .object = (uintptr_t)&objects[at],
                          .self = self,
                          .tstate = self,
                          .has_before = true,
                          .before = {.layout = RS_LAYOUT_WIDE, .shared = 1}};

    if (rs_shadow_look(&ev, &step) == RS_LOOK_AWAY)
        return;
    rs_history_note(&ev, &step);
    rs_shadow_note(&ev, &step);
}

static void
live_once(struct rs_thread *self, size_t at)
{
    struct rs_life_event life = {.object = (uintptr_t)&objects[at],
                                 .frame =
                                     (uintptr_t)__builtin_frame_address(0)};
    rs_word word;

    rs_lifetimes_note(self, RS_EV_BORN, &life,
                      rs_shadow_born(life.object, self));
    atomic_fetch_add_explicit(&births, 1, memory_order_relaxed);
    word = rs_shadow_get(life.object);
    UNIT_EQ(rs_word_state(word), RS_STATE_LIVE);
    UNIT_EQ(rs_word_creator(word), self->slot);
    touch(self, at, RS_EV_INCREF);
    touch(self, at, RS_EV_TRY_ENABLE);
    UNIT_CHECK(rs_word_has(rs_shadow_get(life.object), RS_MARK_TRY_ENABLED));
    rs_lifetimes_note(self, RS_EV_GONE, &life,
                      rs_shadow_gone(life.object, self));
    rs_shadow_returned(life.object, self);
    UNIT_EQ(rs_word_state(rs_shadow_get(life.object)), RS_STATE_DEAD);
}

static void *
work(void *number)
{
    int me = (int)(intptr_t)number;
    uint32_t random = (uint32_t)me * 2654435761u;
    struct rs_past_act acts[8];
    struct rs_life_found found;

    for (int i = 0; i < ROUNDS; i++) {
        struct rs_thread *self = rs_thread_enter();
        size_t at = (random = random * 1664525 + 1013904223) >> 26;
        int nobody = 0;

        UNIT_CHECK(self != NULL);
        if (atomic_compare_exchange_strong(&owner_of[at], &nobody, me)) {
            live_once(self, at);
            atomic_store(&owner_of[at], 0);
        }
        if (i % 1000 == 0) {
            (void)rs_history_collect((uintptr_t)&objects[at], (rs_word){0}, 0,
                                     acts, 8);
            (void)rs_lifetimes_find((uintptr_t)&objects[at], (rs_word){0}, RS_EV_BORN,
                                    &found);
        }
        rs_thread_leave(self);
    }
    return NULL;
}

int
main(void)
{
    pthread_t threads[THREADS];
    uint64_t remembered = 0;

    rs_host_set(&host);
    rs_thread_start(256, 256);
    rs_shadow_start(1024);
    for (intptr_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)(i + 1));
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    /* Each birth and each death took one place in its thread's ring. */
    for (unsigned slot = 1; slot <= THREADS; slot++)
        remembered += atomic_load(&rs_thread_get(slot)->lives.written);
    UNIT_EQ(remembered, 2 * births);
    return unit_result();
}
