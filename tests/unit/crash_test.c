/* SPDX-License-Identifier: MIT */
/* crash_test.c -- which finding a crash comes of, and who waits for whom. */
#include <string.h>

#include "base/options.h"
#include "crash/held_locks.h"
#include "os/sys_signal.h"
#include "report/earlier.h"
#include "shadow/shadow.h"
#include "unit.h"

static struct rs_finding
make_finding(enum rs_bug kind, uintptr_t object, enum rs_state state,
             unsigned slot)
{
    struct rs_finding found = {
        .kind = kind,
        .slot = slot,
        .fingerprint = (uint64_t)kind + 1,
        .object = {.address = object, .word = rs_word_make(state, 1)},
    };

    return found;
}

static uint64_t
find(const struct rs_crash *crash, unsigned slot, uintptr_t last,
     uintptr_t *object)
{
    struct rs_crash_cause cause = {0};
    uint64_t seen = rs_earlier_find(crash, slot, last, &cause);

    *object = cause.object;
    return seen;
}

static void
test_earlier(void)
{
    static struct rs_crash crash;
    struct rs_finding live =
        make_finding(RS_BUG_REFOP_DETACHED, 0x1000, RS_STATE_LIVE, 2);
    struct rs_finding skipped =
        make_finding(RS_BUG_DECREF_AFTER_ZERO, 0x2000, RS_STATE_DEAD, 3);
    struct rs_finding done = skipped;
    uintptr_t object;

    UNIT_EQ(find(&crash, 2, 0x1000, &object), 0);
    rs_earlier_note(&live);
    skipped.is_skipped = true;
    rs_earlier_note(&skipped);
    UNIT_EQ(find(&crash, 1, 0, &object), 0); /* neither did harm */
    UNIT_EQ(find(&crash, 2, 0x1000, &object), RS_SEEN_CRASH_LAST);
    UNIT_EQ(object, 0x1000);
    UNIT_EQ(find(&crash, 1, 0x1000, &object), 0); /* another thread's last */

    done.object.address = 0x3000;
    rs_earlier_note(&done);
    UNIT_EQ(find(&crash, 1, 0, &object), RS_SEEN_CRASH_DAMAGE);
    UNIT_EQ(object, 0x3000);
    UNIT_EQ(find(&crash, 2, 0x1000, &object), RS_SEEN_CRASH_LAST);

    crash.clues_count = 1;
    crash.clues[0].object = 0x2000;
    crash.clues[0].word = skipped.object.word;
    UNIT_EQ(find(&crash, 2, 0x1000, &object), RS_SEEN_CRASH_EARLIER);
    UNIT_EQ(object, 0x2000);
    crash.clues[0].word = rs_word_next(skipped.object.word, 0);
    UNIT_EQ(find(&crash, 2, 0x1000, &object), RS_SEEN_CRASH_LAST);
}

static struct rs_locks
make_locks(uintptr_t has, uintptr_t wants)
{
    struct rs_locks locks = {.wanted = wants};

    if (has != 0)
        locks.held[locks.count++] = (struct rs_lock_held){.lock = has};
    return locks;
}

static void
test_circle(void)
{
    static const struct {
        const char *name;
        uintptr_t has[3], wants[3];
        unsigned circle;
    } rows[] = {
        {"nobody waits", {1, 2, 3}, {0, 0, 0}, 0},
        {"in a row", {1, 2, 3}, {2, 3, 0}, 0},
        {"two of three", {1, 2, 3}, {2, 1, 0}, 2},
        {"three", {1, 2, 3}, {2, 3, 1}, 3},
        {"into a circle", {1, 2, 3}, {2, 3, 2}, 2},
        {"for itself", {1, 2, 3}, {1, 0, 0}, 0},
        {"for nobody's", {1, 2, 3}, {9, 9, 9}, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        static struct rs_crash crash;

        UNIT_ROW(rows[i].name);
        crash.locks_count = crash.circle_count = 0;
        for (unsigned j = 0; j < 3; j++) {
            struct rs_locks locks =
                make_locks(rows[i].has[j], rows[i].wants[j]);

            rs_crash_locks_note(&crash, j + 1, (int)j + 100, &locks);
        }
        rs_crash_locks_join(&crash);
        UNIT_EQ(crash.locks_count, 3);
        UNIT_EQ(crash.circle_count, rows[i].circle);
    }
    UNIT_ROW(NULL);
}

/* Who has nothing and waits for nothing is not told; nor is a lock that was
 * given back for a wait. */
static void
test_locks(void)
{
    static struct rs_crash crash;
    struct rs_locks locks = make_locks(0, 0);

    rs_crash_locks_note(&crash, 1, 100, &locks);
    UNIT_EQ(crash.locks_count, 0);
    locks = make_locks(1, 2);
    locks.held[0].is_away = true;
    rs_crash_locks_note(&crash, 1, 100, &locks);
    UNIT_EQ(crash.locks_count, 1);
    UNIT_EQ(crash.locks[0].held_count, 0);
    UNIT_EQ(crash.locks[0].wanted.lock, 2);
    for (int i = 0; i < 2 * RS_CRASH_LOCKS; i++)
        rs_crash_locks_note(&crash, 1, 100, &locks);
    UNIT_EQ(crash.locks_count, RS_CRASH_LOCKS);
}

/* Each word of the option is a signal. */
static void
test_signals(void)
{
#define RS_OPTION(type, name, initial, low, high, help)                       \
    if (strcmp(#name, "report_signal") == 0)                                  \
        words = (const char *)(uintptr_t)(low);
    const char *words = NULL;
#include "options.def"
    char one[16];

    UNIT_CHECK(words != NULL && strncmp(words, "none|", 5) == 0);
    UNIT_EQ(rs_sys_signal_number("none"), 0);
    for (const char *at = words + 5; *at != 0;
         at += strlen(one) + (at[strlen(one)] == '|')) {
        char full[24] = "SIG";
        size_t length = strcspn(at, "|");

        snprintf(one, sizeof(one), "%.*s", (int)length, at);
        UNIT_ROW(one);
        UNIT_CHECK(rs_sys_signal_number(one) != 0);
        UNIT_STR_EQ(rs_sys_signal_name(rs_sys_signal_number(one)),
                    strcat(full, one));
        UNIT_CHECK(!rs_sys_signal_is_fatal(rs_sys_signal_number(one)));
    }
    UNIT_ROW(NULL);
}

int
main(void)
{
    rs_shadow_start(1024);
    test_earlier();
    test_circle();
    test_locks();
    test_signals();
    return unit_result();
}
