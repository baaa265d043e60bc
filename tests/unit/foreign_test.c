/* SPDX-License-Identifier: MIT */
/* foreign_test.c -- what is escaped, and where words are cut. */
#include "base/foreign.h"

#include "unit.h"

static void
test_words(void)
{
    static const struct {
        const char *name;
        const char *word;
        const char *shown;
    } rows[] = {
        {"plain", "a b(<>)\"'", "a b(<>)\"'"},
        {"empty", "", ""},
        {"ends of lines", "a\nb\rc\td", "a\\nb\\rc\\td"},
        {"backslash", "a\\nb", "a\\\\nb"},
        {"controls", "\x01\x1b[0m\x7f", "\\x01\\x1b[0m\\x7f"},
        {"letters", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x8d",
         "\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x8d"},
        {"next line", "\xc2\x85", "\\u0085"},
        {"line separator", "\xe2\x80\xa8", "\\u2028"},
        {"override", "\xe2\x80\xae", "\\u202e"},
        {"isolate", "\xe2\x81\xa9", "\\u2069"},
        {"Arabic letter mark", "\xd8\x9c", "\\u061c"},
        {"a joiner stays", "\xe2\x80\x8d", "\xe2\x80\x8d"},
        {"no UTF-8", "a\xff\x80z", "a\\xff\\x80z"},
        {"overlong", "\xc0\x80z", "\\xc0\\x80z"},
        {"surrogate", "\xed\xa0\x80z", "\\xed\\xa0\\x80z"},
        {"cut after one of two", "z\xc3", "z"},
        {"cut after three of four", "z\xf0\x9f\x90", "z"},
        {"not at the end", "\xf0\x9f\x90z", "\\xf0\\x9f\\x90z"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char bytes[64];

        UNIT_ROW(rows[i].name);
        rs_foreign_copy(bytes, sizeof(bytes), rows[i].word);
        UNIT_STR_EQ(bytes, rows[i].shown);
    }
    UNIT_ROW(NULL);
}

/* Neither within a character nor within what stands for one. */
static void
test_cuts(void)
{
    char bytes[8];
    struct rs_text text;

    rs_foreign_copy(bytes, sizeof(bytes), "abcdef\xc3\xa9");
    UNIT_STR_EQ(bytes, "abcdef");
    rs_foreign_copy(bytes, sizeof(bytes), "abcdef\n");
    UNIT_STR_EQ(bytes, "abcdef");
    rs_foreign_copy(bytes, sizeof(bytes), "abc\x01\x01");
    UNIT_STR_EQ(bytes, "abc\\x01");
    rs_foreign_copy(bytes, sizeof(bytes), NULL);
    UNIT_STR_EQ(bytes, "");
    text = rs_text_make(bytes, sizeof(bytes));
    rs_text_add(&text, "abcdef\xc3\xa9");
    UNIT_STR_EQ(bytes, "abcdef");
    UNIT_CHECK(text.is_cut);
}

int
main(void)
{
    test_words();
    test_cuts();
    return unit_result();
}
