/* SPDX-License-Identifier: MIT */
/* interpreter_test.c -- a thread goes from one interpreter to another, and what
 * it makes is that one's. */
#include "shadow/interpreter_number.h"

#include "unit.h"

#include "fake_cpython.h"
#include "host/host.h"
#include "shadow/shadow.h"

#define OWN_GIL 64 /* in the interpreter's state */

static unsigned char *
make_tstate(int64_t id, uintptr_t gil)
{
    unsigned char *tstate = fake_thread(NULL, (uint64_t)id);
    uint64_t interpreter;

    memcpy(&interpreter, tstate + FAKE_THREAD_INTERPRETER, 8);
    fake_put((void *)(uintptr_t)interpreter, FAKE_INTERPRETER_GIL,
             gil == OWN_GIL ? interpreter + OWN_GIL : gil);
    return tstate;
}

static unsigned
number_in(struct rs_thread *self, const void *tstate)
{
    rs_interpreter_follow(self, tstate);
    return rs_interpreter_number(self);
}

static void
test_numbers(struct rs_thread *self)
{
    unsigned char *main = make_tstate(0, OWN_GIL);
    unsigned char *legacy = make_tstate(1, 8);
    unsigned char *unfinished = make_tstate(2, 0);
    unsigned char *apart = make_tstate(3, OWN_GIL);

    UNIT_EQ(number_in(self, main), 0);
    UNIT_CHECK(self->tstate == main);
    UNIT_EQ(number_in(self, legacy), 0);
    UNIT_EQ(number_in(self, unfinished), 0);
    UNIT_CHECK(self->tstate == NULL); /* it is asked again */
    UNIT_CHECK(!rs_interpreter_has_many());
    UNIT_EQ(number_in(self, apart), 3);
    UNIT_CHECK(rs_interpreter_has_many());
    UNIT_EQ(number_in(self, make_tstate(18, OWN_GIL)), 3); /* Missed */
    UNIT_EQ(number_in(self, make_tstate(15, OWN_GIL)), 15);
    UNIT_EQ(number_in(self, make_tstate(16, OWN_GIL)), 1);
    UNIT_EQ(number_in(self, main), 0);
}

/* The whole way: born in one, counted in another. */
static void
test_objects(struct rs_thread *self)
{
    unsigned char *apart = make_tstate(5, OWN_GIL);
    unsigned char *main = make_tstate(0, OWN_GIL);
    uintptr_t object = (uintptr_t)fake_new(PyBaseObject_Type, 64);
    struct rs_event ev = {
        .op = RS_EV_INCREF, .object = object, .self = self, .tstate = main};
    struct rs_step step;

    fake_put((void *)object, 0, 1);
    rs_interpreter_follow(self, apart);
    rs_shadow_born(object, self);
    UNIT_EQ(rs_word_interpreter(rs_shadow_get(object)), 5);
    UNIT_EQ(rs_shadow_look(&ev, &step), RS_LOOK_CLOSER);
    UNIT_CHECK(!step.is_other_interpreter);
    rs_interpreter_follow(self, main);
    UNIT_EQ(rs_interpreter_id(rs_shadow_get(object)), 5);
    UNIT_EQ(rs_shadow_look(&ev, &step), RS_LOOK_CLOSER);
    UNIT_CHECK(step.is_other_interpreter);
    /* Python itself hands it over. */
    ev.pc = rs_host->text_low;
    UNIT_EQ(rs_shadow_look(&ev, &step), RS_LOOK_CLOSER);
    UNIT_CHECK(!step.is_other_interpreter);
    ev.pc = 0;
    /* Nobody saw who made it. */
    rs_shadow_distrust_lives();
    UNIT_EQ(rs_shadow_look(&ev, &step), RS_LOOK_CLOSER);
    UNIT_CHECK(!step.is_other_interpreter);
}

int
main(void)
{
    struct rs_thread *self;

    fake_start(0x030f02f0);
    UNIT_CHECK(rs_host_find());
    rs_thread_start(256, 256);
    rs_shadow_start(1024);
    self = rs_thread_enter();
    rs_thread_leave(self);
    test_numbers(self);
    test_objects(self);
    return unit_result();
}
