/* SPDX-License-Identifier: MIT */
/* json_test.c -- commas, escapes, and bytes that are not UTF-8. */
#include "base/json.h"

#include "unit.h"

static char bytes[512];

static void
test_members(void)
{
    struct rs_text text = rs_text_make(bytes, sizeof(bytes));
    struct rs_json json = rs_json_make(&text);

    rs_json_open(&json, NULL, '{');
    rs_json_int(&json, "a", INT64_MIN);
    rs_json_open(&json, "b", '[');
    rs_json_close(&json, ']');
    rs_json_open(&json, "c", '[');
    rs_json_null(&json, NULL);
    rs_json_bool(&json, NULL, true);
    rs_json_open(&json, NULL, '{');
    rs_json_close(&json, '}');
    rs_json_close(&json, ']');
    rs_json_hex(&json, "d", 0xdeadbeefULL);
    rs_json_word(&json, "e", "");
    rs_json_word(&json, "f", "g");
    rs_json_raw(&json, "h", "{\"i\":1}x", 7);
    rs_json_close(&json, '}');
    UNIT_STR_EQ(
        bytes, "{\"a\":-9223372036854775808,\"b\":[],\"c\":[null,true,{}],"
               "\"d\":\"0xdeadbeef\",\"e\":null,\"f\":\"g\",\"h\":{\"i\":1}}");
}

static void
test_strings(void)
{
    static const struct {
        const char *name;
        const char *value;
        const char *json;
    } rows[] = {
        {"plain", "a b", "\"a b\""},
        {"empty", "", "\"\""},
        {"quotes", "a\"b\\c", "\"a\\\"b\\\\c\""},
        {"controls", "a\nb\tc\x01\x1f\x7f",
         "\"a\\nb\\tc\\u0001\\u001f\\u007f\""},
        {"two bytes", "\xc3\xa9", "\"\xc3\xa9\""},
        {"three bytes", "\xe2\x82\xac", "\"\xe2\x82\xac\""},
        {"four bytes", "\xf0\x9f\x90\x8d", "\"\xf0\x9f\x90\x8d\""},
        {"a lone tail", "\x80z", "\"\\ufffdz\""},
        {"cut after one of two", "z\xc3", "\"z\\ufffd\""},
        {"cut after three of four", "\xf0\x9f\x90",
         "\"\\ufffd\\ufffd\\ufffd\""},
        {"overlong", "\xc0\x80", "\"\\ufffd\\ufffd\""},
        {"overlong, three bytes", "\xe0\x80\x80", "\"\\ufffd\\ufffd\\ufffd\""},
        {"surrogate", "\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""},
        {"beyond Unicode", "\xf4\x90\x80\x80",
         "\"\\ufffd\\ufffd\\ufffd\\ufffd\""},
        {"no such byte", "\xff", "\"\\ufffd\""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct rs_text text = rs_text_make(bytes, sizeof(bytes));
        struct rs_json json = rs_json_make(&text);

        UNIT_ROW(rows[i].name);
        rs_json_string(&json, NULL, rows[i].value);
        UNIT_STR_EQ(bytes, rows[i].json);
    }
    UNIT_ROW(NULL);
}

int
main(void)
{
    test_members();
    test_strings();
    return unit_result();
}
