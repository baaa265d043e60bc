/* SPDX-License-Identifier: MIT */
/* describe_test.c -- what an event met: facts that speak for the code. */
#include "../../runtime/shadow/shadow.h"

#include <string.h>

#include "second_thread.h"
#include "shadow/plane.h"
#include "unit.h"

static const struct rs_host split = {.kind = RS_HOST_EMBEDDED,
                                     .version = 0x030f02f0,
                                     .layout = RS_LAYOUT_SPLIT};
static const struct rs_host free_threaded = {.kind = RS_HOST_EMBEDDED,
                                             .version = 0x030f02f0,
                                             .is_free_threaded = true,
                                             .layout =
                                                 RS_LAYOUT_FREE_THREADED};
static struct rs_thread *me;
static uint64_t type[64];

/* The larger header is a free-threaded build's. */
struct object {
    _Alignas(16) unsigned char bytes[32];
};

static void
put(struct object *object, const struct rs_header *header)
{
    struct rs_header with_type = *header;

    with_type.layout = rs_host->layout;
    with_type.type = (uintptr_t)type;
    rs_header_encode(&with_type, object->bytes);
}

static enum rs_look
look(struct object *object, struct rs_step *step)
{
    struct rs_event ev = {.op = RS_EV_INCREF,
                          .object = (uintptr_t)object,
                          .self = me,
                          .tstate = me};

    return rs_shadow_look(&ev, step);
}

static void
make_there(struct rs_thread *self, void *object)
{
    rs_shadow_born((uintptr_t)object, self);
}

/* A default build has no owners: the thread that made it is one, while it can
 * see it. */
static void
test_creator(void)
{
    struct second_thread other;
    struct rs_step step;
    struct object object;

    rs_host_set(&split);
    put(&object, &(struct rs_header){.local = 1});
    second_thread_start(&other);
    second_thread_do(&other, make_there, &object);
    UNIT_EQ(look(&object, &step), RS_LOOK_CLOSER);
    UNIT_CHECK(step.is_owned_elsewhere && step.is_foreign);
    second_thread_end(&other);
    UNIT_EQ(look(&object, &step), RS_LOOK_CLOSER);
    UNIT_CHECK(!step.is_owned_elsewhere && step.is_foreign);
}

static void
test_owner(void)
{
    struct rs_step step;
    struct object object;

    rs_host_set(&free_threaded);
    rs_shadow_born((uintptr_t)&object, me);
    put(&object, &(struct rs_header){.owner = 0x5000, .local = 1});
    UNIT_EQ(look(&object, &step), RS_LOOK_CLOSER);
    UNIT_CHECK(step.is_owned_elsewhere);
    put(&object, &(struct rs_header){.shared = 1 << RS_SHARED_SHIFT |
                                               RS_SHARED_MERGED});
    UNIT_EQ(look(&object, &step), RS_LOOK_CLOSER);
    UNIT_CHECK(!step.is_owned_elsewhere);
}

/* The mark on what the interpreter itself makes immortal, such as a str, is the
 * interpreter's. */
static void
test_marked(void)
{
    struct rs_step step;
    struct object object;

    rs_host_set(&free_threaded);
    rs_shadow_born((uintptr_t)&object, me);
    put(&object,
        &(struct rs_header){.owner = 0x5000, .local = RS_LOCAL_IMMORTAL});
    UNIT_EQ(look(&object, &step), RS_LOOK_CLOSER);
    UNIT_CHECK(!step.is_marked);
}

/* What died in an older life of the runtime may have been made anew since. */
static void
test_old_runtime(void)
{
    struct rs_step step;
    struct object object;

    rs_host_set(&split);
    put(&object, &(struct rs_header){.local = 0});
    rs_shadow_born((uintptr_t)&object, me);
    rs_shadow_freed((uintptr_t)&object);
    UNIT_EQ(look(&object, &step), RS_LOOK_CLOSER);
    UNIT_EQ(rs_word_state(step.before), RS_STATE_DEAD);
    rs_thread_leave(me);
    rs_thread_new_epoch();
    me = rs_thread_enter();
    UNIT_EQ(look(&object, &step), RS_LOOK_CLOSER);
    UNIT_EQ(step.before.bits, 0);
}

/* Once births go unseen, a mark may be that of an object made since. Last,
 * because it is for good. */
static void
test_unseen(void)
{
    struct rs_step step;
    struct object object;

    rs_host_set(&free_threaded);
    rs_shadow_born((uintptr_t)&object, me);
    put(&object,
        &(struct rs_header){.owner = 0x5000, .local = RS_LOCAL_IMMORTAL});
    UNIT_EQ(look(&object, &step), RS_LOOK_CLOSER);
    rs_shadow_distrust_lives();
    UNIT_EQ(look(&object, &step), RS_LOOK_AWAY);
}

int
main(void)
{
    rs_thread_start(256, 256);
    rs_shadow_start(1024);
    me = rs_thread_enter();
    test_creator();
    test_owner();
    test_marked();
    test_old_runtime();
    test_unseen();
    rs_thread_leave(me);
    return unit_result();
}
