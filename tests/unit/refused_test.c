/* SPDX-License-Identifier: MIT */
/* refused_test.c -- which release gives back a reference that was refused. */
#include "track/refused.h"

#include "host/modules.h"
#include "unit.h"

#define ONE     0x10000
#define OTHER   0x20000
#define BYTES   0x1000
#define OBJECTS 5000

static struct rs_event
event_at(uintptr_t object, uintptr_t pc)
{
    return (struct rs_event){.object = object, .pc = pc};
}

static void
test_settled_once(void)
{
    struct rs_event take = event_at(0x7000, ONE + 8);
    struct rs_event release = event_at(0x7000, ONE + 80);
    rs_word word = rs_word_make(RS_STATE_DEAD, 1);

    UNIT_CHECK(!rs_refused_settle(&release, word));
    rs_refused_note(&take, word);
    rs_refused_note(&take, word);
    UNIT_CHECK(rs_refused_settle(&release, word));
    UNIT_CHECK(rs_refused_settle(&release, word));
    UNIT_CHECK(!rs_refused_settle(&release, word));
}

/* Another module, object or life: another reference. */
static void
test_others(void)
{
    struct rs_event take = event_at(0x7000, ONE + 8);
    struct rs_event release = event_at(0x7000, ONE + 80);
    struct rs_event elsewhere = event_at(0x7000, OTHER + 8);
    struct rs_event another = event_at(0x7040, ONE + 8);
    rs_word word = rs_word_make(RS_STATE_DEAD, 1);
    rs_word next = rs_word_next(word, word.bits);

    rs_refused_note(&take, word);
    UNIT_CHECK(!rs_refused_settle(&elsewhere, word));
    UNIT_CHECK(!rs_refused_settle(&another, word));
    UNIT_CHECK(!rs_refused_settle(&release, next));
    UNIT_CHECK(rs_refused_settle(&release, word));
}

/* Those that find no room are forgotten; their releases are not settled. */
static void
test_full(void)
{
    rs_word word = rs_word_make(RS_STATE_DEAD, 1);
    unsigned settled = 0;

    for (uintptr_t i = 0; i < OBJECTS; i++) {
        struct rs_event take = event_at(0x100000 + i * 64, ONE);

        rs_refused_note(&take, word);
    }
    for (uintptr_t i = 0; i < OBJECTS; i++) {
        struct rs_event release = event_at(0x100000 + i * 64, ONE);

        settled += rs_refused_settle(&release, word);
    }
    UNIT_CHECK(settled > 512 && settled <= 1024);
}

int
main(void)
{
    rs_modules_add(ONE, ONE + BYTES, RS_MODULES_CALLING);
    rs_modules_add(OTHER, OTHER + BYTES, RS_MODULES_CALLING);
    test_settled_once();
    test_others();
    test_full();
    return unit_result();
}
