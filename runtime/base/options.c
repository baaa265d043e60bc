/* SPDX-License-Identifier: MIT */
/* options.c -- REFSAN_OPTIONS, parsed once at start. No malloc: the values
 * live in a copy of the text. Reading them afterwards is reading memory. */
#include "base/options.h"

#include <string.h>

#include "base/check.h"
#include "base/core_note.h"
#include "os/sys_file.h"
#include "base/text.h"

enum kind {
    KIND_BOOL,
    KIND_INT,
    KIND_STRING,
    KIND_CHOICE,
};

struct option {
    enum kind kind;
    const char *name;
    const char *initial; /* the default, as written in options.def */
    const char *help;
    size_t offset; /* of the field in struct rs_options */
    int32_t low;
    int32_t high;
    const char *choices; /* "a|b|c" */
};

static const struct option table[] = {
#define RANGE_BOOL(from, to)   0, 1, NULL
#define RANGE_INT(from, to)    from, to, NULL
#define RANGE_STRING(from, to) 0, 0, NULL
#define RANGE_CHOICE(from, to) 0, 0, from
#define RS_OPTION(type, field, initially, from, to, sentence)                 \
    {KIND_##type,                                                             \
     #field,                                                                  \
     #initially,                                                              \
     sentence,                                                                \
     offsetof(struct rs_options, field),                                      \
     RANGE_##type(from, to)},
#include "options.def"
};

#define OPTIONS_COUNT (sizeof(table) / sizeof(table[0]))

static struct {
    struct rs_options values;
    char text[RS_OPTION_TEXT_MAX]; /* the values' strings point in here */
} state = {
    .values =
        {
#define RS_OPTION(type, field, initially, from, to, help) .field = initially,
#include "options.def"
        },
};

const struct rs_options *const rs_options = &state.values;

RS_CORE_ROWS(options) = {
    RS_CORE_VARIABLE("options", state.values),
#define RS_OPTION(type, field, initially, from, to, help)                     \
    RS_CORE_MEMBER(rs_options, field),
#include "options.def"
};

static void *
field_of(const struct option *option)
{
    return (char *)&state.values + option->offset;
}

static const struct option *
find_option(const char *name)
{
    for (size_t i = 0; i < OPTIONS_COUNT; i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}

static const char *
find_nearest_name(const char *name)
{
    size_t best = 0;

    for (size_t i = 1; i < OPTIONS_COUNT; i++)
        if (rs_text_distance(name, table[i].name) <
            rs_text_distance(name, table[best].name))
            best = i;
    return table[best].name;
}

static bool
parse_bool(const struct option *option, const char *value)
{
    static const char *const words[] = {"0", "no",  "false",
                                        "1", "yes", "true"};

    for (size_t i = 0; i < 6; i++) {
        if (strcmp(value, words[i]) == 0) {
            *(bool *)field_of(option) = i >= 3;
            return true;
        }
    }
    return false;
}

/* Digits only, so that "0x10", " 7" and "" are mistakes and not numbers. */
static bool
parse_int(const struct option *option, const char *value)
{
    int64_t number = 0;

    if (value[0] == 0)
        return false;
    for (; *value != 0; value++) {
        if (*value < '0' || *value > '9' || number > INT32_MAX)
            return false;
        number = number * 10 + (*value - '0');
    }
    if (number < option->low || number > option->high)
        return false;
    *(int32_t *)field_of(option) = (int32_t)number;
    return true;
}

static bool
parse_choice(const struct option *option, const char *value)
{
    size_t length = strlen(value);

    for (const char *at = option->choices; *at != 0;) {
        size_t choice = strcspn(at, "|");

        if (choice == length && memcmp(at, value, length) == 0) {
            *(const char **)field_of(option) = value;
            return true;
        }
        at += choice + (at[choice] == '|');
    }
    return false;
}

static bool
parse_value(const struct option *option, const char *value)
{
    switch (option->kind) {
    case KIND_BOOL:
        return parse_bool(option, value);
    case KIND_INT:
        return parse_int(option, value);
    case KIND_CHOICE:
        return parse_choice(option, value);
    case KIND_STRING:
        *(const char **)field_of(option) = value;
        return true;
    }
    return false;
}

/* "0 or 1", "a number from 1 to 48", "one of auto|fp": what a value may be. */
static void
describe_values(struct rs_text *text, const struct option *option)
{
    switch (option->kind) {
    case KIND_BOOL:
        rs_text_add(text, "0 or 1");
        break;
    case KIND_INT:
        rs_text_format(text, "a number from %d to %d", option->low,
                       option->high);
        break;
    case KIND_CHOICE:
        rs_text_format(text, "one of %s", option->choices);
        break;
    case KIND_STRING:
        rs_text_add(text, "text");
        break;
    }
}

static void
apply(const char *name, const char *value, void (*warn)(const char *))
{
    const struct option *option = find_option(name);
    char sentence[512];
    struct rs_text text = rs_text_make(sentence, sizeof(sentence));

    if (option == NULL) {
        rs_text_format(
            &text, "REFSAN_OPTIONS: unknown option '%s'; did you mean '%s'?",
            name, find_nearest_name(name));
    }
    else if (value == NULL || !parse_value(option, value)) {
        rs_text_format(&text, "REFSAN_OPTIONS: '%s=%s' is ignored: %s is ",
                       name, value, name);
        describe_values(&text, option);
    }
    if (text.used > 0)
        warn(sentence);
}

/* Ends the value with a zero, without its quotes, and returns what follows. */
static char *
cut_value(char **value, void (*warn)(const char *))
{
    char quote = **value;
    char *end = *value;

    if (quote == '\'' || quote == '"') {
        *value += 1;
        end = strchr(*value, quote);
        if (end == NULL) {
            warn("REFSAN_OPTIONS: a quote is not closed");
            return *value + strlen(*value);
        }
        *end++ = 0;
        if (*end != 0 && *end != ':')
            warn("REFSAN_OPTIONS: text after a closing quote is ignored");
    }
    end += strcspn(end, ":");
    if (*end == ':')
        *end++ = 0;
    return end;
}

static void
parse(char *at, void (*warn)(const char *))
{
    while (*at != 0) {
        char *name = at;
        size_t length = strcspn(at, "=:");
        char *value = NULL;

        at += length;
        if (*at == '=') {
            *at++ = 0;
            value = at;
            at = cut_value(&value, warn);
        }
        else if (*at == ':') {
            *at++ = 0;
        }
        if (name[0] != 0)
            apply(name, value, warn);
    }
}

void
rs_options_start(const char *text, void (*warn)(const char *sentence))
{
    if (text == NULL)
        return;
    if (strlen(text) >= sizeof(state.text)) {
        warn("REFSAN_OPTIONS is too long, and ignored");
        return;
    }
    strcpy(state.text, text);
    parse(state.text, warn);
}

static void
print_option(struct rs_text *text, const struct option *option)
{
    rs_text_format(text, "  %s=%s\n      %s (", option->name, option->initial,
                   option->help);
    describe_values(text, option);
    rs_text_add(text, ")\n");
}

void
rs_options_print_help(int fd)
{
    char row[1024];
    struct rs_text text = rs_text_make(row, sizeof(row));

    rs_text_add(&text, "REFSAN_OPTIONS=\"name=value:name=value\"; the values "
                       "shown are the defaults\n");
    for (size_t i = 0; i < OPTIONS_COUNT; i++) {
        print_option(&text, &table[i]);
        (void)rs_sys_write(fd, text.bytes, text.used);
        text = rs_text_make(row, sizeof(row));
    }
}
