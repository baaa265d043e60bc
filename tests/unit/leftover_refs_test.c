/* SPDX-License-Identifier: MIT */
/* leftover_refs_test.c -- a dealloc frees its object with a count above zero:
 * whose reference is that? */
#include "track/leftover_refs.h"

#include <string.h>

#include "shadow/history.h"
#include "shadow/lifetimes.h"
#include "thread/thread.h"
#include "unit.h"

#define OBJECT 0x10000
#define ACTS   6

/* Return addresses: the dealloc's own frame and those around it. */
enum {
    IN_DEALLOC = 0x1010,
    IN_DEALLOC_LATER = 0x1020,
    IN_CALLEE = 0x2010,
    IN_DEALLOC_OF_HOST = 0x3010,
    IN_DROP = 0x4010,
};

/* Where an act happens, and where the memory is freed. */
static const struct place {
    rs_frame frames[4];
} own = {{IN_DEALLOC, IN_DEALLOC_OF_HOST, IN_DROP}},
  callee = {{IN_CALLEE, IN_DEALLOC, IN_DEALLOC_OF_HOST, IN_DROP}},
  free_own = {{IN_DEALLOC_LATER, IN_DEALLOC_OF_HOST, IN_DROP}},
  free_callee = {
      {IN_CALLEE + 8, IN_DEALLOC_LATER, IN_DEALLOC_OF_HOST, IN_DROP}};

static const struct row {
    const char *name;
    struct {
        enum rs_ev op;
        uint32_t before; /* the count, which is what was seen of it */
        const struct place *place;
    } acts[ACTS];
    uint32_t count; /* when it is freed */
    const struct place *freed;
    unsigned marks;
    bool is_kept;
} rows[] = {
#define DID(...)        .acts = {__VA_ARGS__}
#define FREED(n, place) .count = (n), .freed = &(place)
    {"nothing was seen", FREED(1, free_own)},
    {"a callee keeps one", DID({RS_EV_INCREF, 0, &callee}), FREED(1, free_own),
     .is_kept = true},
    {"the dealloc keeps one", DID({RS_EV_INCREF, 0, &own}),
     FREED(1, free_own)},
    {"the dealloc keeps one, and frees elsewhere",
     DID({RS_EV_INCREF, 0, &own}), FREED(1, free_callee)},
    {"the dealloc keeps one, a callee another",
     DID({RS_EV_INCREF, 0, &own}, {RS_EV_INCREF, 1, &callee}),
     FREED(2, free_own), .is_kept = true},
    {"a callee gives it back",
     DID({RS_EV_INCREF, 0, &own}, {RS_EV_INCREF, 1, &callee},
         {RS_EV_DECREF, 2, &callee}),
     FREED(1, free_own)},
    {"the dealloc has one, unseen", DID({RS_EV_INCREF, 1, &callee}),
     FREED(2, free_own)},
    {"one was given back, unseen",
     DID({RS_EV_INCREF, 0, &callee}, {RS_EV_INCREF, 1, &callee}),
     FREED(1, free_own)},
    {"one came unseen, and one went", DID({RS_EV_INCREF, 1, &callee}),
     FREED(1, free_own)},
    {"the count was set",
     DID({RS_EV_SET_REFCNT, 0, &own}, {RS_EV_INCREF, 1, &callee}),
     FREED(2, free_own)},
    {"TryIncRef, while the dealloc has one",
     DID({RS_EV_INCREF, 0, &own}, {RS_EV_TRYINCREF, 1, &callee}),
     FREED(2, free_own), .marks = RS_MARK_TRY_ENABLED, .is_kept = true},
    {"TryIncRef, which may have failed",
     DID({RS_EV_INCREF, 0, &own}, {RS_EV_TRYINCREF, 1, &callee}),
     FREED(2, free_own)},
    {"TryIncRef of a count of zero",
     DID({RS_EV_TRYINCREF, 0, &callee}, {RS_EV_INCREF, 0, &own}),
     FREED(1, free_own), .marks = RS_MARK_TRY_ENABLED},
};

static rs_stack
put(const struct place *place)
{
    unsigned count = 0;

    while (count < 4 && place->frames[count] != 0)
        count++;
    return rs_stack_put(place->frames, count);
}

static void
check(const struct row *row, struct rs_thread *self, unsigned generation)
{
    rs_word word = {(uint32_t)RS_STATE_DYING | (unsigned)self->slot << 8 |
                    row->marks | generation << 16};
    struct rs_life_event life = {
        .object = OBJECT, .frame = (uintptr_t)__builtin_frame_address(0)};
    struct rs_event ev = {.object = OBJECT,
                          .frame = life.frame,
                          .self = self,
                          .tstate = self,
                          .has_before = true,
                          .before = {.layout = RS_LAYOUT_SPLIT}};
    struct rs_step step = {.before = word, .creator = self->slot};
    struct rs_thread other = {.slot = 200};
    struct rs_leftover_refs_facts facts;

    rs_lifetimes_note(self, RS_EV_GONE, &life, word);
    for (int i = 0; i < ACTS && row->acts[i].place != NULL; i++) {
        ev.op = row->acts[i].op;
        ev.before.local = row->acts[i].before;
        ev.stack = put(row->acts[i].place);
        /* As describe.c judges it: what has a count is back. */
        step.before = rs_word_with_state(
            word, ev.before.local == 0 ? RS_STATE_DYING : RS_STATE_LIVE);
        rs_history_note(&ev, &step);
    }
    ev.op = RS_EV_FREED;
    ev.before.local = row->count;
    ev.stack = put(row->freed);
    facts = rs_leftover_refs_ask(&ev, word);
    UNIT_EQ(facts.is_known, row->is_kept);
    if (facts.is_known)
        UNIT_EQ(facts.stack.id, put(&callee).id);
    ev.self = &other; /* which has nothing to do with its dealloc */
    UNIT_CHECK(!rs_leftover_refs_ask(&ev, word).is_known);
    ev.self = self;
    ev.frame += 4096; /* its dealloc has returned, and left it somewhere */
    UNIT_CHECK(!rs_leftover_refs_ask(&ev, word).is_known);
}

int
main(void)
{
    struct rs_thread *self;

    rs_thread_start(256, 256);
    rs_stack_start(1 << 20);
    self = rs_thread_enter();
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        UNIT_ROW(rows[i].name);
        check(&rows[i], self, i);
    }
    rs_thread_leave(self);
    return unit_result();
}
