/* SPDX-License-Identifier: MIT */
/* fast_lives_test.c -- the short way of a birth or a death does what the long
 * way does, from every word an address may have, or leaves it to the long way.
 */
#include "../../runtime/fast_lives.h"

#include <string.h>

#include "../../runtime/pipeline.h"
#include "../../runtime/shadow/shadow.h"
#include "unit.h"

static struct rs_host host = {.kind = RS_HOST_EMBEDDED,
                              .version = 0x030f02f0,
                              .layout = RS_LAYOUT_SPLIT};

/* A thread state whose frame is the second word, and a frame of two words. */
static uint64_t frame[2] = {0x1000, 0x2222};
static uint64_t tstate[2] = {0, (uint64_t)(uintptr_t)frame};
static _Thread_local void *current = tstate;

/* Types: flags only. */
static uint64_t value_type[1] = {RS_HOST_VALUE_FLAGS};
static uint64_t float_type[1] = {0};
static uint64_t list_type[1] = {UINT64_C(1) << 25};

static struct {
    _Alignas(16) uint64_t words[2];
} object;

struct outcome {
    uint32_t word;
    struct rs_ring_entry entry;
};

static struct rs_life_event
make_life(void)
{
    return (struct rs_life_event){
        .object = (uintptr_t)&object, .frame = 0x12345678, .tstate = tstate};
}

static rs_cell *
begin(uint32_t word)
{
    rs_cell *cell = rs_plane_put((uintptr_t)&object);

    rs_cell_store(cell, (rs_word){word});
    return cell;
}

static struct outcome
take(const struct rs_thread *self, const rs_cell *cell)
{
    struct outcome outcome = {.word = rs_cell_load(cell).bits};
    uint64_t last = self->lives.written - 1;

    UNIT_CHECK(rs_ring_read(&self->lives, last, &outcome.entry));
    return outcome;
}

static unsigned taken;

static void
compare(struct rs_thread *self, uint32_t word, bool is_birth)
{
    struct rs_life_event life = make_life();
    rs_cell *cell = begin(word);
    uint64_t written = self->lives.written;
    struct outcome one, other;

    if (!(is_birth ? rs_fast_lives_born(life.object, life.frame)
                   : rs_fast_lives_gone(life.object, life.frame))) {
        UNIT_EQ(self->lives.written, written);
        UNIT_EQ(rs_cell_load(cell).bits, word);
        return;
    }
    taken++;
    one = take(self, cell);
    begin(word);
    if (is_birth)
        rs_pipeline_born(&life);
    else
        rs_pipeline_gone(&life);
    other = take(self, cell);
    UNIT_EQ(one.word, other.word);
    UNIT_EQ(memcmp(&one.entry, &other.entry, sizeof(one.entry)), 0);
}

/* Values leave no entry, and are dead at once. */
static void
test_value(struct rs_thread *self, const uint64_t *type)
{
    struct rs_life_event life = make_life();
    rs_cell *cell = begin((uint32_t)self->live_word);
    uint64_t written = self->lives.written;

    object.words[1] = (uint64_t)(uintptr_t)type;
    UNIT_CHECK(rs_fast_lives_gone(life.object, life.frame));
    UNIT_EQ(rs_word_state(rs_cell_load(cell)), RS_STATE_DEAD);
    UNIT_CHECK(rs_fast_lives_born(life.object, life.frame));
    UNIT_EQ(rs_word_state(rs_cell_load(cell)), RS_STATE_LIVE);
    UNIT_EQ(rs_word_generation(rs_cell_load(cell)), 1);
    UNIT_EQ(self->lives.written, written);
    object.words[1] = (uint64_t)(uintptr_t)list_type;
}

/* It is for mortal objects, and can be closed. */
static void
test_closed(struct rs_thread *self)
{
    struct rs_life_event life = make_life();

    begin(self->live_word);
    object.words[0] = UINT64_C(0x00010000c0000000);
    UNIT_CHECK(!rs_fast_lives_gone(life.object, life.frame));
    object.words[0] = 0;
    rs_fast_lives_open(false);
    UNIT_CHECK(!rs_fast_lives_gone(life.object, life.frame));
    UNIT_CHECK(!rs_fast_lives_born(life.object, life.frame));
    rs_fast_lives_open(true);
    current = NULL;
    UNIT_CHECK(!rs_fast_lives_gone(life.object, life.frame));
    current = tstate;
    UNIT_CHECK(rs_fast_lives_gone(life.object, life.frame));
}

/* A thread state that it has not seen before is looked at, once. */
static void
test_other_tstate(struct rs_thread *self)
{
    uint64_t other[2] = {0, (uint64_t)(uintptr_t)frame};
    struct rs_life_event life = make_life();

    current = life.tstate = other;
    begin(self->live_word);
    UNIT_CHECK(!rs_fast_lives_gone(life.object, life.frame));
    UNIT_CHECK(!rs_fast_lives_born(life.object, life.frame));
    rs_pipeline_born(&life);
    UNIT_CHECK(rs_fast_lives_gone(life.object, life.frame));
    UNIT_CHECK(rs_fast_lives_born(life.object, life.frame));
    current = tstate;
}

static void
make_host(void)
{
    rs_host_set(&host);
    rs_host_top.thread_offset =
        (int64_t)((uintptr_t)&current - rs_arch_thread_pointer());
    rs_host_top.thread_frame = 8;
    rs_host_top.frame_instruction = 8;
    rs_host_top.object_type = 8;
    rs_host_top.image_bytes = UINTPTR_MAX;
    rs_host_top.float_type = (uintptr_t)float_type;
    object.words[1] = (uint64_t)(uintptr_t)list_type;
}

int
main(void)
{
    struct rs_thread *self;

    make_host();
    rs_fast_lives_open(true);
    rs_thread_start(256, 256);
    rs_shadow_start(1024);
    self = rs_thread_enter();
    self->tstate = tstate;
    rs_thread_leave(self);
    for (uint32_t word = 0; word < 0x400; word++) {
        compare(self, word, true);
        compare(self, word | 0x500000, false);
    }
    UNIT_CHECK(taken > 20);
    test_value(self, value_type);
    test_value(self, float_type);
    test_closed(self);
    test_other_tstate(self);
    return unit_result();
}
