/* SPDX-License-Identifier: MIT */
/* json.c -- see json.h. Runs where text.c runs. */
#include "base/json.h"

#include "base/foreign.h"

#include <string.h>

struct rs_json
rs_json_make(struct rs_text *text)
{
    return (struct rs_json){.text = text};
}

static void
add_escape(struct rs_text *text, unsigned char c)
{
    static const char *const hex = "0123456789abcdef";

    switch (c) {
    case '\n':
        rs_text_add(text, "\\n");
        break;
    case '\t':
        rs_text_add(text, "\\t");
        break;
    case '"':
    case '\\':
        rs_text_format(text, "\\%c", c);
        break;
    default:
        rs_text_format(text, "\\u00%c%c", hex[c >> 4], hex[c & 15]);
    }
}

static bool
is_plain(unsigned char c)
{
    return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

static void
add_quoted(struct rs_text *text, const char *value)
{
    const unsigned char *at = (const unsigned char *)value;

    rs_text_add(text, "\"");
    while (*at != 0) {
        size_t length = 0;

        while (is_plain(at[length]))
            length++;
        if (length == 0 && *at >= 0x80)
            length = rs_utf8_length((const char *)at);
        if (length > 0)
            rs_text_add_bytes(text, (const char *)at, length);
        else if (*at >= 0x80)
            rs_text_add(text, "\\ufffd");
        else
            add_escape(text, *at);
        at += length > 0 ? length : 1;
    }
    rs_text_add(text, "\"");
}

static void
begin_member(struct rs_json *json, const char *key)
{
    if (json->needs_comma)
        rs_text_add(json->text, ",");
    json->needs_comma = true;
    if (key != NULL)
        rs_text_format(json->text, "\"%s\":", key);
}

void
rs_json_open(struct rs_json *json, const char *key, char bracket)
{
    begin_member(json, key);
    rs_text_format(json->text, "%c", bracket);
    json->needs_comma = false;
}

void
rs_json_close(struct rs_json *json, char bracket)
{
    rs_text_format(json->text, "%c", bracket);
    json->needs_comma = true;
}

void
rs_json_string(struct rs_json *json, const char *key, const char *value)
{
    begin_member(json, key);
    add_quoted(json->text, value);
}

void
rs_json_word(struct rs_json *json, const char *key, const char *value)
{
    if (value[0] != 0)
        rs_json_string(json, key, value);
    else
        rs_json_null(json, key);
}

void
rs_json_int(struct rs_json *json, const char *key, int64_t value)
{
    begin_member(json, key);
    rs_text_format(json->text, "%ld", (long)value);
}

void
rs_json_hex(struct rs_json *json, const char *key, uint64_t value)
{
    begin_member(json, key);
    rs_text_format(json->text, "\"0x%lx\"", (unsigned long)value);
}

void
rs_json_bool(struct rs_json *json, const char *key, bool value)
{
    begin_member(json, key);
    rs_text_add(json->text, value ? "true" : "false");
}

void
rs_json_null(struct rs_json *json, const char *key)
{
    begin_member(json, key);
    rs_text_add(json->text, "null");
}

void
rs_json_raw(struct rs_json *json, const char *key, const char *value,
            size_t bytes)
{
    begin_member(json, key);
    rs_text_add_bytes(json->text, value, bytes);
}

void
rs_json_known(struct rs_json *json, const char *key, unsigned number)
{
    if (number != 0)
        rs_json_int(json, key, number);
    else
        rs_json_null(json, key);
}
