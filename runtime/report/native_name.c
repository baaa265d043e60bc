/* SPDX-License-Identifier: MIT */
/* native_name.c -- see native_name.h. Pure. */
#include "report/native_name.h"

#include <string.h>

#include "base/text.h"

#define PARTS_MAX 8

/* A mangled name, as far as it was read. */
struct name {
    const char *at;
    unsigned count;
    struct {
        const char *at;
        size_t length;
    } parts[PARTS_MAX];
    bool is_special; /* constructor, destructor or operator */
};

static bool
begins_with(const char *string, const char *prefix)
{
    return strncmp(string, prefix, strlen(prefix)) == 0;
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "3foo": adds the part. False at a length that leads behind the end. */
static bool
read_part(struct name *name, bool is_kept)
{
    size_t length = 0;

    while (is_digit(*name->at) && length < 1000)
        length = length * 10 + (size_t)(*name->at++ - '0');
    if (strnlen(name->at, length) < length)
        return false;
    if (is_kept && name->count < PARTS_MAX) {
        name->parts[name->count].at = name->at;
        name->parts[name->count++].length = length;
    }
    name->at += length;
    return true;
}

/* "S_", "S1_", "T_", "St": up to the end of it. */
static void
skip_substitution(struct name *name)
{
    char kind = *name->at++;

    if (kind == 'S' && *name->at >= 'a' && *name->at <= 'z') {
        name->at++;
        return;
    }
    while (is_digit(*name->at) || (*name->at >= 'A' && *name->at <= 'Z'))
        name->at++;
    if (*name->at == '_')
        name->at++;
}

/* "I…E", the arguments of a template: its parts are not the name's. */
static bool
skip_arguments(struct name *name)
{
    unsigned depth = 0;

    do {
        char c = *name->at;

        if (c == '\0')
            return false;
        if (is_digit(c)) {
            if (!read_part(name, false))
                return false;
            continue;
        }
        if (c == 'S' || c == 'T') {
            skip_substitution(name);
            continue;
        }
        if (c == 'L') { /* a literal: its digits are no length */
            name->at += strcspn(name->at, "E");
            name->at += *name->at == 'E';
            continue;
        }
        depth += strchr("INFJX", c) != NULL;
        depth -= c == 'E';
        name->at++;
    } while (depth > 0);
    return true;
}

static bool
is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

/* What stands between the parts of a nested name; false at its end. */
static bool
read_between(struct name *name)
{
    const char *at = name->at;

    if (at[0] == 'I')
        return skip_arguments(name);
    if (at[0] == 'S' || at[0] == 'T') {
        skip_substitution(name);
        return true;
    }
    name->is_special = ((at[0] == 'C' || at[0] == 'D') && is_digit(at[1])) ||
                       (is_lower(at[0]) && (is_lower(at[1]) || at[1] == 'S'));
    return false;
}

/* False when it is no mangled name of C++. */
static bool
read_name(const char *function, struct name *name)
{
    *name = (struct name){.at = function};
    if (!begins_with(function, "_Z"))
        return false;
    /* "_ZZ…": something local to a function, a lambda mostly. */
    for (name->at += 2; *name->at == 'Z'; name->at++)
        name->is_special = true;
    if (*name->at == 'L')
        name->at++;
    if (*name->at != 'N')
        return read_part(name, true) && name->count > 0;
    name->at++;
    while (*name->at != '\0' && strchr("KVrRO", *name->at) != NULL)
        name->at++;
    while (*name->at != '\0' && *name->at != 'E') {
        bool is_special = name->is_special;

        if (is_digit(*name->at) ? !read_part(name, true)
                                : !read_between(name)) {
            name->is_special |= is_special;
            break;
        }
        name->is_special = is_special;
    }
    return name->count > 0;
}

/* Those who count for everybody. */
static bool
is_of_library(const char *function)
{
    static const char *const libraries[] = {
#define RS_HELPER_PREFIX(prefix) prefix,
#include "helpers.def"
    };

    for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++)
        if (begins_with(function, libraries[i]))
            return true;
    return begins_with(function, "_R") &&
           (strstr(function, "4pyo3") != NULL ||
            strstr(function, "drop_in_place") != NULL);
}

/* Letters alone, small: "__Pyx_XDECREF" is "pyxxdecref". */
static void
simplify(const char *at, size_t length, char to[64])
{
    size_t used = 0;

    for (size_t i = 0; i < length && used < 63; i++) {
        char c = at[i] >= 'A' && at[i] <= 'Z' ? (char)(at[i] + 32) : at[i];

        if (is_lower(c))
            to[used++] = c;
    }
    to[used] = '\0';
}

/* "decref", "Py_XDECREF", "decref_checked", "register_incref", "newref". */
static bool
is_counting_word(const char *at, size_t length)
{
    static const char *const words[] = {
#define RS_COUNTING_WORD(word) word,
#include "helpers.def"
    };
    char word[64];
    const char *begin = word;
    size_t used;

    simplify(at, length, word);
    if (*begin == 'x')
        begin++;
    used = strlen(begin);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (begins_with(begin, words[i]) ||
            (used >= 6 && strcmp(begin + used - 6, words[i]) == 0))
            return true;
    return false;
}

bool
rs_native_name_is_common(const char *function)
{
    struct name name;

    if (is_of_library(function))
        return true;
    if (read_name(function, &name))
        return name.is_special;
    return function[0] == '~' || begins_with(function, "operator") ||
           strstr(function, "::~") != NULL ||
           strstr(function, "::operator") != NULL;
}

bool
rs_native_name_is_helper(const char *function)
{
    struct name name;

    if (rs_native_name_is_common(function))
        return true;
    if (read_name(function, &name))
        return is_counting_word(name.parts[name.count - 1].at,
                                name.parts[name.count - 1].length);
    return is_counting_word(function, strcspn(function, "."));
}

const char *
rs_native_name_plain(const char *function, char *to, size_t bytes)
{
    struct rs_text text = rs_text_make(to, bytes);
    struct name name;

    if (!read_name(function, &name)) {
        size_t length = strcspn(function, ".");

        rs_text_add_bytes(&text, function,
                          length > 0 ? length : strlen(function));
        return to;
    }
    for (unsigned i = 0; i < name.count; i++) {
        if (i > 0)
            rs_text_add(&text, "*");
        rs_text_add_bytes(&text, name.parts[i].at, name.parts[i].length);
    }
    return to;
}
