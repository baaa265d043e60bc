/* SPDX-License-Identifier: MIT */
/* foreign.c -- see foreign.h. Runs where text.c runs. */
#include "base/foreign.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define UNIT_BYTES 8 /* the longest piece that is kept together: \u202e */

/* Code points above ASCII that are not shown as they are. */
static const struct {
    uint32_t first, last;
} hidden[] = {
    {0x80, 0x9f},     /* controls */
    {0x61c, 0x61c},   /* Arabic letter mark */
    {0x200e, 0x200f}, /* left-to-right and right-to-left marks */
    {0x2028, 0x202e}, /* ends of line and paragraph; embeddings, overrides */
    {0x2066, 0x2069}, /* isolates */
};

/* How many bytes a sequence that begins so has; 0 for what begins none. */
static size_t
announced_length(unsigned char first)
{
    return first < 0x80                   ? 1
           : first < 0xc2 || first > 0xf4 ? 0
           : first < 0xe0                 ? 2
           : first < 0xf0                 ? 3
                                          : 4;
}

size_t
rs_utf8_length(const char *string)
{
    const unsigned char *at = (const unsigned char *)string;
    size_t length = announced_length(at[0]);
    unsigned low = at[0] == 0xe0 ? 0xa0 : at[0] == 0xf0 ? 0x90 : 0x80;
    unsigned high = at[0] == 0xed ? 0x9f : at[0] == 0xf4 ? 0x8f : 0xbf;

    if (length < 2)
        return length;
    if (at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

/* True when the string ends within the sequence that begins here. */
static bool
is_cut_sequence(const char *at)
{
    size_t wanted = announced_length((unsigned char)*at);
    size_t length = 1;

    while (length < wanted && (at[length] & 0xc0) == 0x80)
        length++;
    return wanted > length && at[length] == 0;
}

static uint32_t
decode(const char *at, size_t length)
{
    uint32_t point = (unsigned char)at[0] & (0xffu >> (length + 1));

    for (size_t i = 1; i < length; i++)
        point = point << 6 | ((unsigned char)at[i] & 0x3fu);
    return point;
}

static bool
is_hidden(uint32_t point)
{
    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
        if (point >= hidden[i].first && point <= hidden[i].last)
            return true;
    return false;
}

static void
add_digits(struct rs_text *unit, const char *mark, uint32_t value, int digits)
{
    rs_text_add(unit, mark);
    while (digits-- > 0)
        rs_text_format(unit, "%c",
                       "0123456789abcdef"[value >> 4 * digits & 15]);
}

static void
add_ascii(struct rs_text *unit, char c)
{
    static const char named[] = "\nn\tt\rr\\\\";

    for (const char *at = named; *at != 0; at += 2) {
        if (*at == c) {
            rs_text_format(unit, "\\%c", at[1]);
            return;
        }
    }
    if (c >= ' ' && c < 0x7f)
        rs_text_add_bytes(unit, &c, 1);
    else
        add_digits(unit, "\\x", (unsigned char)c, 2);
}

/* What stands for the character at `at`; returns its length there. */
static size_t
add_unit(struct rs_text *unit, const char *at)
{
    size_t length = rs_utf8_length(at);

    if (length < 2)
        add_ascii(unit, *at);
    else if (is_hidden(decode(at, length)))
        add_digits(unit, "\\u", decode(at, length), 4);
    else
        rs_text_add_bytes(unit, at, length);
    return length > 0 ? length : 1;
}

void
rs_text_add_foreign(struct rs_text *text, const char *word)
{
    while (word != NULL && *word != 0 && !is_cut_sequence(word)) {
        char bytes[UNIT_BYTES];
        struct rs_text unit = rs_text_make(bytes, sizeof(bytes));

        word += add_unit(&unit, word);
        if (unit.used > text->size - 1 - text->used) {
            text->is_cut = true;
            return;
        }
        rs_text_add_bytes(text, unit.bytes, unit.used);
    }
}

void
rs_foreign_copy(char *to, size_t bytes, const char *word)
{
    struct rs_text text = rs_text_make(to, bytes);

    rs_text_add_foreign(&text, word);
}
