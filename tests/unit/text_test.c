/* SPDX-License-Identifier: MIT */
/* text_test.c -- the formatter: numbers at their edges, and what does not
 * fit. */
#include "base/text.h"

#include <limits.h>
#include <stdint.h>

#include "unit.h"

static char bytes[128];

static struct rs_text
empty(void)
{
    return rs_text_make(bytes, sizeof(bytes));
}

static void
test_directives(void)
{
    struct rs_text text = empty();

    rs_text_format(&text, "%s|%c|%d|%u|%x|%.*s|%%|", "word", '!', -7, 7u, 255u,
                   2, "abc");
    UNIT_STR_EQ(bytes, "word|!|-7|7|ff|ab|%|");
    UNIT_CHECK(!text.is_cut);
    UNIT_EQ(text.used, strlen(bytes));
}

static void
test_numbers_at_their_edges(void)
{
    struct rs_text text = empty();

    rs_text_format(&text, "%ld %ld %lu %lx %d %u", LONG_MIN, LONG_MAX,
                   ULONG_MAX, ULONG_MAX, INT_MIN, 0u);
    UNIT_STR_EQ(bytes, "-9223372036854775808 9223372036854775807 "
                       "18446744073709551615 ffffffffffffffff "
                       "-2147483648 0");
}

static void
test_null_is_nothing(void)
{
    struct rs_text text = empty();

    rs_text_add(&text, NULL);
    UNIT_STR_EQ(bytes, "");
    UNIT_EQ(text.used, 0);
}

static void
test_cut(void)
{
    char small[5] = "xxxx";
    struct rs_text text = rs_text_make(small, 4); /* the fifth is a guard */

    small[4] = '#';
    rs_text_add(&text, "abc");
    UNIT_CHECK(!text.is_cut);
    rs_text_format(&text, "%d", 12);
    UNIT_STR_EQ(text.bytes, "abc");
    UNIT_CHECK(text.is_cut);
    UNIT_EQ(text.used, 3);
    UNIT_EQ(small[4], '#');
}

static void
test_pad(void)
{
    struct rs_text text = empty();

    rs_text_add(&text, "x");
    rs_text_pad(&text, 0, 4);
    rs_text_add(&text, "y");
    rs_text_pad(&text, 0, 3);
    UNIT_STR_EQ(bytes, "x   y");
}

static void
test_pad_ends_when_full(void)
{
    char small[3];
    struct rs_text text = rs_text_make(small, sizeof(small));

    rs_text_pad(&text, 0, 100);
    UNIT_STR_EQ(small, "  ");
}

int
main(void)
{
    test_directives();
    test_numbers_at_their_edges();
    test_null_is_nothing();
    test_cut();
    test_pad();
    test_pad_ends_when_full();
    return unit_result();
}
