/* SPDX-License-Identifier: MIT */
/* suppress.c -- see suppress.h.
 *
 * Rules point into a copy of the file, which may change under a long run.
 * Matching symbolizes every frame, which is slow, and happens once per
 * distinct finding (report.c). */
#include "report/suppress.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "detect/finding.h"
#include "base/pattern.h"
#include "stack/symbolize.h"
#include "os/sys.h"
#include "base/text.h"
#include "os/atomics.h"

#define RULES_MAX 512

enum where {
    WHERE_TOP = 1,
    WHERE_PYTHON = 2,
    WHERE_TYPE = 4,
    WHERE_MODULE = 8,
};

struct span {
    const char *at;
    size_t length;
};

struct rule {
    struct span line; /* as written */
    unsigned known;   /* its number in the file of known findings, else 0 */
    struct rs_pattern pattern;
    int kind;       /* enum rs_bug, or -1 for any */
    unsigned where; /* enum where */
    _Atomic uint32_t matched;
};

static struct {
    struct rule rules[RULES_MAX];
    unsigned count;
} state;

static struct span
trim(struct span span)
{
    while (span.length > 0 && strchr(" \t\r", span.at[0]) != NULL)
        span.at++, span.length--;
    while (span.length > 0 &&
           strchr(" \t\r", span.at[span.length - 1]) != NULL)
        span.length--;
    return span;
}

static bool
is_word(struct span span, const char *word)
{
    return span.length == strlen(word) &&
           memcmp(span.at, word, span.length) == 0;
}

/* The line without its comment: "#" at its start, or after a space. */
static struct span
read_line(const char *at, const char *end)
{
    for (const char *c = at; c < end; c++)
        if (*c == '#' && (c == at || c[-1] == ' ' || c[-1] == '\t'))
            end = c;
    return trim((struct span){at, (size_t)(end - at)});
}

/* What stands before the next ":", and `rest` what stands behind. */
static bool
split(struct span *rest, struct span *head)
{
    const char *colon = memchr(rest->at, ':', rest->length);

    if (colon == NULL)
        return false;
    *head = (struct span){rest->at, (size_t)(colon - rest->at)};
    rest->length -= head->length + 1;
    rest->at = colon + 1;
    return true;
}

static bool
parse_kind(struct span word, int *kind)
{
    for (*kind = 0; *kind < RS_BUG_COUNT; ++*kind)
        if (is_word(word, rs_bug_words((enum rs_bug) * kind)->slug))
            return true;
    *kind = -1;
    return is_word(word, "*");
}

static unsigned
parse_where(struct span word)
{
    return is_word(word, "top")    ? WHERE_TOP
           : is_word(word, "py")   ? WHERE_PYTHON
           : is_word(word, "type") ? WHERE_TYPE
           : is_word(word, "lib")  ? WHERE_MODULE
                                   : 0U;
}

/* Fills the rule; says what is wrong with the line, or NULL. */
static const char *
parse_rule(struct rule *rule, struct span line)
{
    struct span rest = line;
    struct span pattern;
    struct span word;

    *rule = (struct rule){.line = line};
    if (!split(&rest, &word))
        return "a suppression is kind:pattern";
    if (!parse_kind(word, &rule->kind))
        return "there is no such kind of bug";
    pattern = rest;
    while (split(&rest, &word) && parse_where(word) != 0) {
        rule->where |= parse_where(word);
        pattern = rest;
    }
    rule->pattern = rs_pattern_make(pattern.at, pattern.length);
    return rule->pattern.length == 0 ? "the pattern is empty" : NULL;
}

static void
add_rule(struct span line, unsigned number, const char *path, bool is_known,
         void (*warn)(const char *))
{
    const char *mistake = "there are too many";
    char sentence[512];
    struct rs_text text = rs_text_make(sentence, sizeof(sentence));

    if (line.length == 0)
        return;
    if (state.count < RULES_MAX)
        mistake = parse_rule(&state.rules[state.count], line);
    if (mistake == NULL) {
        state.rules[state.count++].known = is_known ? number : 0;
        return;
    }
    rs_text_format(&text, "suppressions: %s:%u: %s: '%.*s'", path, number,
                   mistake, (int)(line.length < 200 ? line.length : 200),
                   line.at);
    warn(sentence);
}

/* The file's words in memory of our own; NULL when it cannot be read. */
static const char *
copy_file(const char *path, size_t *bytes)
{
    const void *file = rs_sys_map_file(path, bytes);
    char *copy = file != NULL ? rs_sys_map(*bytes + 1) : NULL;

    if (copy != NULL)
        memcpy(copy, file, *bytes);
    if (file != NULL)
        rs_sys_unmap(file, *bytes);
    return copy;
}

static void
read_rules(const char *text, size_t bytes, const char *path, bool is_known,
           void (*warn)(const char *sentence))
{
    const char *end = text + bytes;

    for (unsigned number = 1; text < end; number++) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *stop = newline != NULL ? newline : end;

        add_rule(read_line(text, stop), number, path, is_known, warn);
        text = stop + 1;
    }
}

static void
read_file(const char *path, bool is_known, void (*warn)(const char *sentence))
{
    char sentence[512];
    struct rs_text text = rs_text_make(sentence, sizeof(sentence));
    size_t bytes;
    const char *file;

    file = copy_file(path, &bytes);
    if (file != NULL) {
        read_rules(file, bytes, path, is_known, warn);
        return;
    }
    rs_text_format(&text, "suppressions: cannot read '%s'", path);
    warn(sentence);
}

void
rs_suppress_start(const char *path, void (*warn)(const char *sentence))
{
    if (path[0] != 0)
        read_file(path, false, warn);
}

void
rs_suppress_start_known(const char *path, void (*warn)(const char *sentence))
{
    if (path != NULL)
        read_file(path, true, warn);
}

static bool
matches_frame(const struct rule *rule, rs_frame frame)
{
    struct rs_symbol symbol;

    if ((rule->where & WHERE_PYTHON) != 0 && !rs_frame_is_python(frame))
        return false;
    rs_symbolize(frame, &symbol);
    if ((rule->where & WHERE_MODULE) != 0)
        return rs_pattern_matches(rule->pattern, symbol.module);
    return rs_pattern_matches(rule->pattern, symbol.function) ||
           rs_pattern_matches(rule->pattern, symbol.file) ||
           rs_pattern_matches(rule->pattern, symbol.module);
}

/* With "top", native and Python frames have a top each: "top:py:" is the
 * innermost Python frame. */
static bool
matches_stack(const struct rule *rule, rs_stack stack)
{
    rs_frame frames[RS_STACK_FRAMES_MAX];
    unsigned count = rs_stack_get(stack, frames, RS_STACK_FRAMES_MAX);

    for (unsigned i = 0; i < count; i++) {
        bool is_inner = i > 0 && rs_frame_is_python(frames[i - 1]) ==
                                     rs_frame_is_python(frames[i]);

        if ((rule->where & WHERE_TOP) != 0 && is_inner)
            continue;
        if (matches_frame(rule, frames[i]))
            return true;
    }
    return false;
}

static bool
matches(const struct rule *rule, const struct rs_finding *found)
{
    if (rule->kind >= 0 && rule->kind != (int)found->kind)
        return false;
    if ((rule->where & WHERE_TYPE) != 0)
        return rs_pattern_matches(rule->pattern, found->object.type);
    if (rule->where == 0 && rs_pattern_is_any(rule->pattern))
        return true; /* also where no stack was recorded */
    for (unsigned i = 0; i < found->stacks_count; i++)
        if (matches_stack(rule, found->stacks[i].stack))
            return true;
    return false;
}

bool
rs_suppress_matches(const struct rs_finding *found)
{
    for (unsigned i = 0; i < state.count; i++) {
        if (matches(&state.rules[i], found)) {
            rs_add(&state.rules[i].matched, 1);
            return true;
        }
    }
    return false;
}

static void
print_rules(struct rs_text *text, bool is_used)
{
    for (unsigned i = 0; i < state.count; i++) {
        struct rule *rule = &state.rules[i];
        uint32_t matched = rs_load(&rule->matched);

        if ((matched > 0) != is_used || (rule->known != 0 && !is_used))
            continue;
        rs_text_format(text, "%u ", matched);
        if (rule->known != 0)
            rs_text_format(text, "known.supp:%u ", rule->known);
        rs_text_format(text, "%.*s\n", (int)rule->line.length, rule->line.at);
    }
}

size_t
rs_suppress_print(char *bytes, size_t size)
{
    struct rs_text text = rs_text_make(bytes, size);

    print_rules(&text, true);
    print_rules(&text, false);
    return text.used;
}
