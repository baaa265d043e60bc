/* SPDX-License-Identifier: MIT */
/* world.c -- the acts of world.h, over the runtime's own refcount.c and
 * queue.c: the code that is explored is the code that runs. */
#include "world.h"

#define RS_QUEUE_BUCKETS 1
#include "refcount/refcount.c"
#include "refcount/queue.c"

#include <string.h>

#define POINTER(thread) ((uintptr_t)((thread) + 1) << 12)

struct object {
    struct rs_queue_link link;
    struct rs_words words;
};

static struct {
    struct object objects[WORLD_OBJECTS];
    struct rs_owner owners[EXPLORE_THREADS];
    struct explore_lock registry;
    bool is_registered;
    unsigned mailbox[WORLD_OBJECTS];
    /* The judge's knowledge. A reference in a queue is not counted: it only
     * keeps the memory, and taking the memory from under it is caught. */
    int references[WORLD_OBJECTS];
    bool is_immortal[WORLD_OBJECTS];
    bool is_dying[WORLD_OBJECTS];
    bool is_freed[WORLD_OBJECTS];
} world;

static const struct world_scenario *scenario;

struct actor {
    unsigned thread;
    uintptr_t self;
    int object;
    int held[WORLD_OBJECTS];
};

static void act(struct actor *actor, const char *program);
static void drop(struct actor *actor, int object);

/* ---- death ---- */

static void
deallocate(struct actor *actor, int object)
{
    struct actor dying = {actor->thread, actor->self, object, {0}};

    if (world.is_immortal[object])
        explore_fail("immortal mark lost");
    if (world.is_dying[object])
        explore_fail("double free");
    if (world.references[object] > 0)
        explore_fail("freed while referenced");
    world.is_dying[object] = true;
    if (object == 0 && scenario->dealloc)
        act(&dying, scenario->dealloc);
    if (object == 0 && scenario->is_registered) {
        explore_lock_enter(&world.registry);
        world.is_registered = false;
        explore_lock_leave(&world.registry);
    }
    explore_publish();
    world.is_freed[object] = true;
    if (object == 0 && scenario->owns_other) {
        dying.held[1] = 1;
        drop(&dying, 1);
    }
}

static void
settle(struct actor *actor, int object, enum rs_outcome outcome)
{
    struct rs_words *o = &world.objects[object].words;

    if (outcome == RS_OUTCOME_QUEUE)
        outcome = rs_queue_put(o, actor->self);
    if (outcome == RS_OUTCOME_DEALLOC)
        deallocate(actor, object);
}

static void
merge_queue(struct actor *actor)
{
    struct rs_words *o;

    while ((o = rs_queue_next_dead(&world.owners[actor->thread])) != NULL)
        deallocate(actor, o == &world.objects[1].words);
}

/* ---- acts ---- */

static void
drop(struct actor *actor, int object)
{
    if (actor->held[object] == 0)
        return;
    actor->held[object]--;
    world.references[object]--;
    settle(actor, object,
           rs_refcount_decref(&world.objects[object].words, actor->self));
}

/* The owner's last decrement as it must not be: the owner is cleared after
 * the word says MERGED, by program order ('L') or by the memory's ('W'). */
static void
drop_badly(struct actor *actor, int object, char kind)
{
    struct rs_words *o = &world.objects[object].words;
    int64_t seen = rs_atomic_load(&o->shared, RS_ACQUIRE);
    struct rs_shared_step step;

    actor->held[object]--;
    world.references[object]--;
    rs_atomic_store(&o->local, 0, RS_RELAXED);
    if (kind == 'W')
        rs_atomic_store(&o->owner, 0, RS_RELAXED);
    SHARED_STEP(o, seen, step, rs_shared_merge_zero(seen),
                kind == 'W' ? RS_ACQUIRE : RS_ACQ_REL);
    if (kind == 'L' && step.outcome != RS_OUTCOME_DEALLOC)
        rs_atomic_store(&o->owner, 0, RS_RELAXED);
    settle(actor, object, step.outcome);
}

static void
gain(struct actor *actor, int object)
{
    if (world.is_dying[object])
        explore_fail("dead object resurrected");
    actor->held[object]++;
    world.references[object]++;
}

static void
try(struct actor *actor, int object)
{
    if (rs_refcount_try_incref(&world.objects[object].words, actor->self) ==
        RS_OUTCOME_YES)
        gain(actor, object);
    else if (world.references[object] > 0 && !scenario->may_refuse)
        explore_fail("live object refused");
}

static void
look_up(struct actor *actor, int object, bool is_careful)
{
    explore_lock_enter(&world.registry);
    if (world.is_registered && is_careful) {
        try(actor, object);
    }
    else if (world.is_registered) {
        rs_refcount_incref(&world.objects[object].words, actor->self);
        gain(actor, object);
    }
    explore_lock_leave(&world.registry);
}

static void
immortalize(struct actor *actor, int object, enum rs_immortal_rule rule)
{
    struct rs_words *o = &world.objects[object].words;

    if (actor->held[object] &&
        rs_refcount_immortalize(o, actor->self, rule, true) == RS_OUTCOME_YES)
        world.is_immortal[object] = true;
}

static void
exchange(struct actor *actor, int object, char kind)
{
    unsigned *mailbox = &world.mailbox[object];
    unsigned there;

    if (kind == 'p' && actor->held[object]) {
        actor->held[object]--;
        rs_atomic_add(mailbox, 1, RS_RELEASE);
    }
    else if (kind == 't') {
        there = rs_atomic_load(mailbox, RS_RELAXED);
        if (there && rs_atomic_swap_if(mailbox, &there, there - 1, RS_ACQ_REL))
            actor->held[object]++;
    }
}

static void
go_away(struct actor *actor)
{
    struct rs_owner *owner = &world.owners[actor->thread];

    while (!rs_queue_try_leave(owner))
        merge_queue(actor);
    rs_queue_return(owner);
}

/* What finalizers, and deallocators that protect themselves, do. */
static void
revive(struct actor *actor, int object, char kind)
{
    struct rs_words *o = &world.objects[object].words;

    if (kind == 'r') {
        rs_refcount_resurrect_start(o, actor->self);
        if (rs_refcount_resurrect_end(o, actor->self) != RS_OUTCOME_DEALLOC)
            explore_fail("dead object resurrected");
    }
    else {
        rs_refcount_set(o, actor->self, rs_refcount_get(o) + 1);
        rs_refcount_set(o, actor->self, rs_refcount_get(o) - 1);
    }
}

static void
act_once(struct actor *actor, char kind)
{
    int object = actor->object;
    struct rs_words *o = &world.objects[object].words;

    switch (kind) {
    case '0':
    case '1':
        actor->object = kind - '0';
        break;
    case '+':
        if (actor->held[object]) {
            actor->held[object]++;
            world.references[object]++;
            rs_refcount_incref(o, actor->self);
        }
        break;
    case '-':
        drop(actor, object);
        break;
    case 'p':
    case 't':
        exchange(actor, object, kind);
        break;
    case 'k':
        look_up(actor, object, true);
        break;
    case 'K':
        look_up(actor, object, false);
        break;
    case '?':
        try(actor, object);
        break;
    case 'e':
        if (actor->held[object])
            rs_refcount_enable_try(o);
        break;
    case 'm':
        immortalize(actor, object, RS_IMMORTAL_UNIQUE);
        break;
    case 'o':
        immortalize(actor, object, RS_IMMORTAL_OWNED);
        break;
    case 'f':
        rs_refcount_set_immortal(o, true);
        world.is_immortal[object] = true;
        break;
    case 's':
        merge_queue(actor);
        break;
    case 'a':
        go_away(actor);
        break;
    case 'L':
    case 'W':
        drop_badly(actor, object, kind);
        break;
    case 'r':
    case 'S':
        revive(actor, object, kind);
        break;
    default:
        explore_fail("unknown act");
    }
}

static void
act(struct actor *actor, const char *program)
{
    for (; *program; program++)
        act_once(actor, *program);
}

/* Between two acts of its program, this is all a thread knows. */
static void
forget(const struct actor *actor, unsigned place)
{
    explore_forget((uint64_t)place << 32 | (uint64_t)actor->object << 16 |
                   (uint64_t)actor->held[0] << 8 | (uint64_t)actor->held[1]);
}

/* ---- the program ---- */

static void
body(unsigned thread)
{
    struct actor actor = {
        thread, POINTER(thread), 0, {scenario->held[thread], 0}};
    struct rs_owner *owner = &world.owners[thread];

    for (const char *at = scenario->programs[thread]; *at; at++) {
        forget(&actor, (unsigned)(at - scenario->programs[thread]));
        act_once(&actor, *at);
    }
    for (int object = 0; object < WORLD_OBJECTS; object++)
        for (; actor.held[object]; drop(&actor, object))
            forget(&actor, 100);
    do {
        forget(&actor, 101);
        merge_queue(&actor);
        forget(&actor, 102);
    } while (!rs_queue_try_detach(owner));
    forget(&actor, 103);
}

static void
start(void)
{
    struct rs_words *o = &world.objects[0].words;

    memset(&world, 0, sizeof world);
    rs_queue_start();
    world.is_registered = scenario->is_registered;
    for (unsigned i = 0; i < EXPLORE_THREADS; i++) {
        struct rs_owner *owner = &world.owners[i];

        world.references[0] += scenario->held[i];
        owner->pointer = POINTER(i);
        if (scenario->programs[i]) {
            owner->next = state.buckets[0].first;
            state.buckets[0].first = owner;
        }
    }
    o->owner = POINTER(0);
    o->local = (uint32_t)world.references[0] - scenario->shared;
    o->shared = rs_shared_make(scenario->shared, scenario->is_enabled
                                                     ? RS_SHARED_MAYBE_WEAKREF
                                                     : RS_SHARED_INIT);
    world.objects[1].words.owner = POINTER(0);
    world.objects[1].words.local = scenario->owns_other;
    world.references[1] = scenario->owns_other;
}

static void
check_access(const void *at)
{
    for (int i = 0; i < WORLD_OBJECTS; i++)
        if (world.is_freed[i] && (uintptr_t)at - (uintptr_t)&world.objects[i] <
                                     sizeof(struct object))
            explore_fail("use after free");
}

static void
finish(void)
{
    for (int i = 0; i < 1 + scenario->owns_other; i++) {
        const struct rs_words *o = &world.objects[i].words;

        if (world.is_immortal[i]) {
            if (o->local != RS_LOCAL_IMMORTAL || o->owner || o->shared)
                explore_fail("immortal mark lost");
        }
        else if (!world.is_freed[i] && world.references[i] == 0) {
            explore_fail("count lost: never freed");
        }
        else if (!world.is_freed[i] &&
                 rs_refcount_get(o) != world.references[i]) {
            explore_fail("count wrong");
        }
    }
}

struct explore_result
world_explore(const struct world_scenario *what)
{
    struct explore_program program = {
        .has_weak_stores = true,
        .start = start,
        .body = body,
        .finish = finish,
        .check = check_access,
        .memory = {{&world, sizeof world}, {&state, sizeof state}},
    };

    scenario = what;
    while (program.threads < EXPLORE_THREADS &&
           what->programs[program.threads])
        program.threads++;
    return explore(&program);
}
