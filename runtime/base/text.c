/* SPDX-License-Identifier: MIT */
/* text.c -- the formatter of everything refsan prints. Safe in a signal
 * handler: works on the given buffer and nothing else. */
#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

struct rs_text
rs_text_make(char *bytes, size_t size)
{
    RS_CHECK(size > 0);
    bytes[0] = 0;
    return (struct rs_text){.bytes = bytes, .size = size};
}

void
rs_text_add_bytes(struct rs_text *text, const char *bytes, size_t count)
{
    size_t room = text->size - 1 - text->used;

    if (count > room) {
        text->is_cut = true;
        count = room;
        /* Not within a character. */
        while (count > 0 && (bytes[count] & 0xc0) == 0x80)
            count--;
    }
    memcpy(text->bytes + text->used, bytes, count);
    text->used += count;
    text->bytes[text->used] = 0;
}

void
rs_text_add(struct rs_text *text, const char *string)
{
    if (string != NULL)
        rs_text_add_bytes(text, string, strlen(string));
}

void
rs_text_pad(struct rs_text *text, size_t from, size_t column)
{
    while (text->used < from + column && !text->is_cut)
        rs_text_add_bytes(text, " ", 1);
}

static void
add_number(struct rs_text *text, uint64_t value, unsigned base)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    rs_text_add_bytes(text, digits + at, sizeof(digits) - at);
}

static void
add_signed(struct rs_text *text, int64_t value)
{
    if (value < 0)
        rs_text_add_bytes(text, "-", 1);
    add_number(text, value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
}

static void
add_cut_string(struct rs_text *text, va_list *args)
{
    int count = va_arg(*args, int);

    rs_text_add_bytes(text, va_arg(*args, const char *), (size_t)count);
}

/* One directive, after its "%". Returns what follows it. */
static const char *
add_directive(struct rs_text *text, const char *at, va_list *args)
{
    bool is_long = *at == 'l';
    char c;

    if (strncmp(at, ".*s", 3) == 0) {
        add_cut_string(text, args);
        return at + 3;
    }
    at += is_long;
    switch (*at) {
    case 's':
        rs_text_add(text, va_arg(*args, const char *));
        break;
    case 'c':
        c = (char)va_arg(*args, int);
        rs_text_add_bytes(text, &c, 1);
        break;
    case 'd':
        add_signed(text, is_long ? va_arg(*args, long) : va_arg(*args, int));
        break;
    case 'u':
    case 'x':
        add_number(text,
                   is_long ? va_arg(*args, unsigned long)
                           : va_arg(*args, unsigned),
                   *at == 'x' ? 16 : 10);
        break;
    default:
        RS_CHECK(*at == '%');
        rs_text_add_bytes(text, "%", 1);
    }
    return at + 1;
}

void
rs_text_format(struct rs_text *text, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    while (*format != 0) {
        size_t plain = strcspn(format, "%");

        rs_text_add_bytes(text, format, plain);
        format += plain;
        if (*format == '%')
            format = add_directive(text, format + 1, &args);
    }
    va_end(args);
}

unsigned
rs_text_distance(const char *a, const char *b)
{
    unsigned row[RS_TEXT_WORD_MAX + 1];
    size_t columns = strlen(b);

    if (columns > RS_TEXT_WORD_MAX || strlen(a) > RS_TEXT_WORD_MAX)
        return RS_TEXT_WORD_MAX;
    for (unsigned i = 0; i <= columns; i++)
        row[i] = i;
    for (unsigned y = 1; *a != 0; a++, y++) {
        unsigned corner = row[0];

        row[0] = y;
        for (unsigned x = 1; x <= columns; x++) {
            unsigned change = corner + (*a != b[x - 1]);
            unsigned best = row[x] < row[x - 1] ? row[x] : row[x - 1];

            corner = row[x];
            row[x] = change < best + 1 ? change : best + 1;
        }
    }
    return row[columns];
}
