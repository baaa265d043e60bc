/* SPDX-License-Identifier: MIT */
/* tables.c -- writes the .def tables that the command line, scripts/docs and
 * tests read as one file of JSON. Run by the build:
 *
 *   refsan_tables VERSION FILE
 *
 * The compiler reads the tables, so what JSON says is what the runtime has. A
 * column more in a table is a word more here. */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../include/refsan/abi.h"

static FILE *out;
static const char *gap = "";

static void
write_string(const char *string)
{
    fputc('"', out);
    for (; *string != 0; string++) {
        unsigned char byte = (unsigned char)*string;

        if (byte < 0x20)
            fprintf(out, "\\u%04x", byte);
        else if (byte == '"' || byte == '\\')
            fprintf(out, "\\%c", byte);
        else
            fputc(byte, out);
    }
    fputc('"', out);
}

/* `key` is NULL inside an array. */
static void
write_key(const char *key)
{
    fputs(gap, out);
    gap = ",";
    if (key == NULL)
        return;
    write_string(key);
    fputc(':', out);
}

static void
begin(const char *key, char bracket)
{
    write_key(key);
    fputc(bracket, out);
    gap = "";
}

static void
end(char bracket)
{
    fputc(bracket, out);
    fputc('\n', out);
    gap = ",";
}

static void
put_string(const char *key, const char *value)
{
    write_key(key);
    write_string(value);
}

static void
put_int(const char *key, int value)
{
    write_key(key);
    fprintf(out, "%d", value);
}

static void
put_bool(const char *key, bool value)
{
    write_key(key);
    fputs(value ? "true" : "false", out);
}

static void
put_pair(const char *key, const char *value, const char *other_key,
         const char *other)
{
    begin(NULL, '{');
    put_string(key, value);
    put_string(other_key, other);
    end('}');
}

/* "a|b|c" as an array. */
static void
put_words(const char *key, const char *words)
{
    char copy[256];

    if (strlen(words) >= sizeof(copy)) {
        fprintf(stderr, "refsan_tables: too long: %s\n", words);
        exit(1);
    }
    strcpy(copy, words);
    begin(key, '[');
    for (char *at = strtok(copy, "|"); at != NULL; at = strtok(NULL, "|"))
        put_string(NULL, at);
    end(']');
}

static void
put_bugs(void)
{
    begin("bugs", '[');
#define ERROR   "error"
#define WARNING "warning"
#define RS_BUG(id, slug, severity, headline, summary, why, hint)              \
    begin(NULL, '{');                                                         \
    put_string("slug", slug);                                                 \
    put_string("severity", severity);                                         \
    put_string("headline", headline);                                         \
    put_string("summary", summary);                                           \
    put_string("why", why);                                                   \
    put_string("hint", hint);                                                 \
    end('}');
#include "bugs.def"
    end(']');
    begin("hints", '[');
#define RS_HINT(bug, evidence, hint)                                          \
    begin(NULL, '{');                                                         \
    put_string("bug", #bug);                                                  \
    put_string("hint", hint);                                                 \
    end('}');
#include "hints.def"
    end(']');
}

/* The words that a finding's roles, operations and evidence stand for. */
static void
put_phrases(void)
{
    begin("roles", '[');
#define RS_ROLE(id, slug, phrase, label)                                      \
    put_pair("slug", slug, "label", label);
#include "roles.def"
    end(']');
    begin("events", '[');
#define RS_EVENT(id, phrase, traits) put_pair("id", #id, "phrase", phrase);
#include "events.def"
    end(']');
    begin("evidence", '[');
#define RS_EVIDENCE(id, slug, sentence)                                       \
    put_pair("slug", slug, "sentence", sentence);
#include "evidence.def"
    end(']');
}

static void
put_options(void)
{
    begin("options", '[');
#define DEFAULT_BOOL   put_bool
#define DEFAULT_INT    put_int
#define DEFAULT_STRING put_string
#define DEFAULT_CHOICE put_string
#define RANGE_BOOL(low, high)
#define RANGE_INT(low, high) put_int("low", low), put_int("high", high)
#define RANGE_STRING(low, high)
#define RANGE_CHOICE(low, high) put_words("choices", low)
#define RS_OPTION(type, name, initially, low, high, help)                     \
    begin(NULL, '{');                                                         \
    put_string("type", #type);                                                \
    put_string("name", #name);                                                \
    DEFAULT_##type("default", initially);                                     \
    RANGE_##type(low, high);                                                  \
    put_string("help", help);                                                 \
    end('}');
#include "options.def"
    end(']');
}

static void
put_lost(void)
{
    begin("lost", '[');
#define RS_LOST(id, slug, meaning, sentence, cure)                            \
    begin(NULL, '{');                                                         \
    put_string("slug", slug);                                                 \
    put_string("meaning", #meaning);                                          \
    put_string("sentence", sentence);                                         \
    put_string("cure", cure);                                                 \
    end('}');
#include "lost.def"
    end(']');
    begin("meanings", '[');
#define RS_LOST_MEANING(id, words)                                            \
    begin(NULL, '{');                                                         \
    put_string("name", #id);                                                  \
    put_string("words", words);                                               \
    end('}');
#include "lost.def"
    end(']');
}

static void
put_provided(void)
{
    begin("provided", '[');
#define RS_PROVIDE(symbol, since, on_default, on_free_threaded)               \
    begin(NULL, '{');                                                         \
    put_string("symbol", #symbol);                                            \
    put_string("on_default", #on_default);                                    \
    put_string("on_free_threaded", #on_free_threaded);                        \
    end('}');
#include "provide.def"
    end(']');
}

/* The functions that refsan hooks. */
static void
put_watched(void)
{
    begin("watched", '[');
#define RS_API_OP(symbol, event)                  put_string(NULL, #symbol);
#define RS_API_OP_OR_NULL(symbol, event)          put_string(NULL, #symbol);
#define RS_API_REF(symbol, event)                 put_string(NULL, #symbol);
#define RS_API_REF_OR_NULL(symbol, event)         put_string(NULL, #symbol);
#define RS_API_ASK(symbol, event, yes, no)        put_string(NULL, #symbol);
#define RS_API_QUESTION(symbol)                   put_string(NULL, #symbol);
#define RS_API_LENDS(symbol, parameters, args)    put_string(NULL, #symbol);
#define RS_API_STEALS(symbol, change, from, args) put_string(NULL, #symbol);
#define RS_API_TAKES_OVER(symbol, change, a, b)   put_string(NULL, #symbol);
#define RS_API_STEALS_ON_SUCCESS(symbol, c, a, b) put_string(NULL, #symbol);
#define RS_API_CHANGES(symbol, result, a, b)      put_string(NULL, #symbol);
#define RS_API_LIBC(symbol)                       put_string(NULL, #symbol);
#define RS_API_BY_HAND(symbol)                    put_string(NULL, #symbol);
#define RS_API_UNWATCHED(symbol, reason)
#include "../interpose/symbols.def"
    end(']');
}

/* What the report of a crash says, which a core file's reader says, too. */
static void
put_crash(void)
{
    begin("fault_reasons", '[');
#define RS_FAULT_REASON(name, reason, sentence)                               \
    begin(NULL, '{');                                                         \
    put_int("signal", name);                                                  \
    put_int("code", reason);                                                  \
    put_string("sentence", sentence);                                         \
    end('}');
#include "crash.def"
    end(']');
    begin("fault_sent", '[');
#define RS_FAULT_SENT(by_itself, sentence)                                    \
    begin(NULL, '{');                                                         \
    put_bool("by_itself", by_itself);                                         \
    put_string("sentence", sentence);                                         \
    end('}');
#include "crash.def"
    end(']');
    begin("crash_patterns", '[');
#define RS_CRASH_PATTERN(byte, sentence)                                      \
    begin(NULL, '{');                                                         \
    put_int("byte", byte);                                                    \
    put_string("sentence", sentence);                                         \
    end('}');
#include "crash.def"
    end(']');
    begin("crash_words", '[');
#define RS_CRASH_WORDS(id, slug, words) put_pair("slug", slug, "words", words);
#include "crash.def"
    end(']');
}

/* Functions that name no place. */
static void
put_helpers(void)
{
    begin("helper_prefixes", '[');
#define RS_HELPER_PREFIX(prefix) put_string(NULL, prefix);
#include "helpers.def"
    end(']');
    begin("counting_words", '[');
#define RS_COUNTING_WORD(word) put_string(NULL, word);
#include "helpers.def"
    end(']');
}

static void
put_tally(void)
{
    begin("tally", '[');
#define RS_TALLY(id, name) put_string(NULL, name);
#include "tally.def"
    end(']');
}

static void
put_lender(const char *symbol, bool is_watched)
{
    begin(NULL, '{');
    put_string("symbol", symbol);
    put_bool("is_watched", is_watched);
    end('}');
}

/* The functions whose result is borrowed, and may go away. */
static void
put_lenders(void)
{
    begin("lenders", '[');
#define RS_API_LENDS(symbol, parameters, args) put_lender(#symbol, true);
#define RS_API_BY_HAND_LENDS(symbol)           put_lender(#symbol, true);
#define RS_API_UNWATCHED_LENDS(symbol, reason) put_lender(#symbol, false);
#include "../interpose/symbols.def"
    end(']');
}

/* How the runtime beside the tables was built; the build says these. */
#ifndef REFSAN_MACHINE
#define REFSAN_MACHINE        ""
#define REFSAN_BUILD_TYPE     ""
#define REFSAN_LIBUNWIND_KIND ""
#endif

static void
put_build(void)
{
#ifdef __clang__
    const char *compiler = __VERSION__;
#else
    const char *compiler = "gcc " __VERSION__;
#endif

    begin("build", '{');
    put_string("machine", REFSAN_MACHINE);
    put_string("type", REFSAN_BUILD_TYPE);
    put_string("compiler", compiler);
    put_string("libunwind", REFSAN_LIBUNWIND_KIND);
    end('}');
}

int
main(int argc, char **argv)
{
    if (argc != 3 || (out = fopen(argv[2], "w")) == NULL) {
        fprintf(stderr, "refsan_tables: cannot write the file\n");
        return 1;
    }
    begin(NULL, '{');
    put_string("version", argv[1]);
    put_build();
    put_bugs();
    put_phrases();
    put_options();
    put_lost();
    put_provided();
    put_watched();
    put_crash();
    put_helpers();
    put_tally();
    put_lenders();
    put_int("abi", REFSAN_ABI_VERSION);
    end('}');
    if (fclose(out) != 0) {
        perror(argv[2]);
        return 1;
    }
    return 0;
}
