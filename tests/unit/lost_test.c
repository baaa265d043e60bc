/* SPDX-License-Identifier: MIT */
/* lost.c counts what was lost, each kind on its own. */
#include "base/lost.h"

#include "unit.h"

static void
test_kinds_are_counted_apart(void)
{
    UNIT_EQ(rs_lost_total(), 0);
    for (int i = 0; i < RS_LOST_COUNT; i++)
        for (int n = 0; n <= i; n++)
            rs_lost_count((enum rs_lost)i);
    for (int i = 0; i < RS_LOST_COUNT; i++)
        UNIT_EQ(rs_lost_get((enum rs_lost)i), i + 1);
    UNIT_EQ(rs_lost_total(), RS_LOST_COUNT * (RS_LOST_COUNT + 1) / 2);
}

static void
test_every_kind_has_its_own_words(void)
{
    for (int i = 0; i < RS_LOST_COUNT; i++) {
        const char *slug = rs_lost_words((enum rs_lost)i)->slug;

        UNIT_ROW(slug);
        UNIT_CHECK(rs_lost_words((enum rs_lost)i)->sentence[0] != '\0');
        UNIT_CHECK(rs_lost_words((enum rs_lost)i)->meaning < RS_LOST_MEANINGS);
        UNIT_CHECK(rs_lost_words((enum rs_lost)i)->cure != NULL);
        for (int k = 0; k < i; k++)
            UNIT_CHECK(strcmp(rs_lost_words((enum rs_lost)k)->slug, slug));
    }
    UNIT_ROW(NULL);
}

static void
test_meanings_have_words(void)
{
    for (int i = 0; i < RS_LOST_MEANINGS; i++)
        UNIT_CHECK(rs_lost_meaning_words((enum rs_lost_meaning)i)[0] != '\0');
}

int
main(void)
{
    test_kinds_are_counted_apart();
    test_every_kind_has_its_own_words();
    test_meanings_have_words();
    return unit_result();
}
