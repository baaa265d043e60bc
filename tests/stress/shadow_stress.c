/* SPDX-License-Identifier: MIT */
/* shadow_stress.c -- eight threads make, use and destroy objects on the same
 * addresses through the shadow, and read each other's rings and records. Under
 * TSan it shows that nothing races; everywhere, that what is remembered is what
 * happened: who touched an object first goes with where he did, no mark is lost,
 * and nothing is said of one object that was done to another.
 *
 * Each operation's stack says who did it, on which address, in which life. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "../../runtime/os/arch.h"
#include "../../runtime/shadow/history.h"
#include "../../runtime/shadow/lifetimes.h"
#include "../../runtime/shadow/plane.h"
#include "../../runtime/shadow/record.h"
#include "../../runtime/shadow/shadow.h"
#include "../../runtime/thread/thread.h"
#include "unit.h"

#define THREADS  8
#define OBJECTS  4096 /* more than there are records */
#define RECORDS  1024
#define MEETINGS 1000
#define ROUNDS   20000

struct object {
    _Alignas(16) _Atomic uint64_t count;
    uint64_t type;
};

static struct rs_host host = {
    .kind = RS_HOST_EMBEDDED, .version = 0x030f02f0, .layout = RS_LAYOUT_WIDE};
static struct object objects[OBJECTS];
static _Atomic int owner_of[OBJECTS]; /* 0 free, or thread number */
static _Atomic uint64_t births, meetings, copies;
static pthread_barrier_t barrier;

static rs_stack
stack_of(unsigned slot, size_t at, rs_word word)
{
    return (rs_stack){(uint32_t)slot << 24 | (uint32_t)at << 12 |
                      rs_word_generation(word)};
}

/* What a copy of a record says belongs together. */
static void
check_record(const struct rs_record *record, size_t at, rs_word word)
{
    if (record->object == 0)
        return;
    UNIT_EQ(record->object, (uintptr_t)&objects[at]);
    if (record->foreign == 0)
        return;
    UNIT_EQ(record->foreign_stack.id, stack_of(record->foreign, at, word).id);
    UNIT_CHECK(record->foreign != rs_word_creator(word));
    atomic_fetch_add_explicit(&copies, 1, memory_order_relaxed);
}

/* Returns what the step met. */
static struct rs_step
touch(struct rs_thread *self, size_t at, enum rs_ev op)
{
    struct rs_step step = {.before = {0}};
    struct rs_event ev = {.op = op,
                          .object = (uintptr_t)&objects[at],
                          .self = self,
                          .tstate = self,
                          .has_before = true,
                          .before = {.layout = RS_LAYOUT_WIDE, .shared = 1}};

    if (rs_shadow_look(&ev, &step) == RS_LOOK_AWAY)
        return step;
    check_record(&step.record, at, step.before);
    ev.stack = stack_of(self->slot, at, step.before);
    rs_history_note(&ev, &step);
    rs_shadow_note(&ev, &step);
    return step;
}

static void
begin(struct rs_thread *self, size_t at)
{
    struct rs_life_event life = {.object = (uintptr_t)&objects[at],
                                 .frame =
                                     (uintptr_t)__builtin_frame_address(0)};

    rs_lifetimes_note(self, RS_EV_BORN, &life,
                      rs_shadow_born(life.object, self));
    atomic_fetch_add_explicit(&births, 1, memory_order_relaxed);
}

static void
end(struct rs_thread *self, size_t at)
{
    struct rs_life_event life = {.object = (uintptr_t)&objects[at],
                                 .frame =
                                     (uintptr_t)__builtin_frame_address(0)};

    rs_lifetimes_note(self, RS_EV_GONE, &life,
                      rs_shadow_gone(life.object, self));
    rs_shadow_returned(life.object, self);
}

/* All meet on one object; one has made it, another makes it immortal, a third
 * enables it, and the rest only count it. */
static void
meet(struct rs_thread *self, unsigned me, unsigned number)
{
    size_t at = number * 7 % OBJECTS;
    bool is_creator = me == number % THREADS;
    enum rs_ev op = me == (number + 1) % THREADS   ? RS_EV_IMMORTALIZED
                    : me == (number + 2) % THREADS ? RS_EV_TRY_ENABLE
                                                   : RS_EV_INCREF;
    struct rs_record record;
    rs_word word;

    if (is_creator)
        begin(self, at);
    pthread_barrier_wait(&barrier);
    touch(self, at, op);
    pthread_barrier_wait(&barrier);
    word = rs_shadow_get((uintptr_t)&objects[at]);
    UNIT_EQ(rs_word_state(word), RS_STATE_IMMORTAL);
    UNIT_CHECK(rs_word_has(word, RS_MARK_SHARED));
    UNIT_CHECK(rs_word_has(word, RS_MARK_TRY_ENABLED));
    UNIT_CHECK(rs_word_has(word, RS_MARK_RECORDED));
    UNIT_CHECK(rs_record_read((uintptr_t)&objects[at],
                              rs_word_generation(word), &record));
    UNIT_CHECK(record.foreign != 0);
    check_record(&record, at, word);
    UNIT_EQ(record.immortal_stack.id & 0xffffff,
            stack_of(0, at, word).id & 0xffffff);
    pthread_barrier_wait(&barrier);
    if (is_creator) {
        end(self, at);
        atomic_fetch_add_explicit(&meetings, 1, memory_order_relaxed);
    }
    pthread_barrier_wait(&barrier);
}

static void
live_once(struct rs_thread *self, size_t at)
{
    uintptr_t object = (uintptr_t)&objects[at];
    struct rs_record record;
    rs_word word;

    begin(self, at);
    word = rs_shadow_get(object);
    UNIT_EQ(rs_word_state(word), RS_STATE_LIVE);
    UNIT_EQ(rs_word_creator(word), self->slot);
    touch(self, at, RS_EV_INCREF);
    touch(self, at, RS_EV_TRY_ENABLE);
    UNIT_CHECK(rs_word_has(rs_shadow_get(object), RS_MARK_TRY_ENABLED));
    end(self, at);
    /* Who destroyed it is not known where its record made room for another. */
    word = rs_shadow_get(object);
    UNIT_CHECK(rs_word_state(word) == RS_STATE_DEAD ||
               (rs_word_state(word) == RS_STATE_DYING &&
                !rs_record_read(object, rs_word_generation(word), &record)));
}

/* Entries of rings are of the object and the life that were asked for. */
static void
read_rings(size_t at)
{
    uintptr_t object = (uintptr_t)&objects[at];
    rs_word word = rs_shadow_get(object);
    struct rs_past_act acts[8];
    struct rs_life_found found;
    unsigned count = rs_history_collect(object, word, 0, acts, 8);

    for (unsigned i = 0; i < count; i++) {
        UNIT_EQ(acts[i].stack.id >> 24, acts[i].slot);
        UNIT_EQ(acts[i].stack.id >> 12 & 0xfff, at);
        UNIT_EQ(acts[i].stack.id & 0xff, rs_word_generation(word) & 0xff);
    }
    if (rs_lifetimes_find(object, word, RS_EV_BORN, &found))
        UNIT_CHECK(found.slot != 0 && found.slot <= THREADS);
}

/* Each makes and destroys objects of its own, which must not hear of it; and
 * touches those of others at any time, as a program with a bug does. */
static void
live(struct rs_thread *self, int me)
{
    uint32_t random = (uint32_t)me * 2654435761u;

    for (int i = 0; i < ROUNDS; i++) {
        size_t at = (random = random * 1664525 + 1013904223) >> 20;
        int nobody = 0;

        if (atomic_compare_exchange_strong(&owner_of[at], &nobody, me)) {
            live_once(self, at);
            atomic_store(&owner_of[at], 0);
        }
        if (i % 100 == 0)
            read_rings(at);
    }
}

static void
touch_others(struct rs_thread *self, unsigned me)
{
    uint32_t random = (uint32_t)me * 2654435761u;

    for (int i = 0; i < ROUNDS; i++) {
        /* A few addresses, so that they meet. */
        size_t at = (random = random * 1664525 + 1013904223) >> 27;

        if (at % THREADS == me) {
            begin(self, at);
            end(self, at);
        }
        else
            touch(self, at, i % 2 != 0 ? RS_EV_INCREF : RS_EV_TRY_ENABLE);
    }
}

static void *
work(void *number)
{
    unsigned me = (unsigned)(uintptr_t)number;
    struct rs_thread *self = rs_thread_enter();

    UNIT_CHECK(self != NULL);
    live(self, (int)me + 1);
    pthread_barrier_wait(&barrier);
    for (unsigned i = 0; i < MEETINGS; i++)
        meet(self, me, i);
    touch_others(self, me);
    rs_thread_leave(self);
    return NULL;
}

int
main(void)
{
    pthread_t threads[THREADS];
    uint64_t remembered = 0;

    rs_host_set(&host);
    rs_thread_start(256, 256);
    rs_shadow_start(RECORDS);
    pthread_barrier_init(&barrier, NULL, THREADS);
    for (uintptr_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    UNIT_EQ(meetings, MEETINGS);
    UNIT_CHECK(copies > MEETINGS);
    /* Each birth and each death took one place in its thread's ring. */
    for (unsigned slot = 1; slot <= THREADS; slot++)
        remembered += atomic_load(&rs_thread_get(slot)->lives.written);
    UNIT_EQ(remembered, 2 * births);
    return unit_result();
}
