/* SPDX-License-Identifier: MIT */
/* options_test.c -- the syntax of REFSAN_OPTIONS, and what mistakes say. */
#include "base/options.h"

#include <unistd.h>

#include "unit.h"

static char warnings[4096];

static void
keep(const char *sentence)
{
    strcat(warnings, sentence);
    strcat(warnings, "\n");
}

static void
parse(const char *text)
{
    warnings[0] = 0;
    rs_options_start(text, keep);
}

static void
test_defaults(void)
{
    parse(NULL);
    parse("");
    UNIT_EQ(rs_options->exitcode, 66);
    UNIT_EQ(rs_options->halt_on_error, false);
    UNIT_STR_EQ(rs_options->log_path, "");
    UNIT_STR_EQ(rs_options->color, "auto");
    UNIT_STR_EQ(warnings, "");
}

static void
test_values(void)
{
    parse("exitcode=7:halt_on_error=yes:log_path='/a:b':color=never:"
          "jsonl_path=\"x=y\":births=false:");
    UNIT_STR_EQ(warnings, "");
    UNIT_EQ(rs_options->exitcode, 7);
    UNIT_EQ(rs_options->halt_on_error, true);
    UNIT_STR_EQ(rs_options->log_path, "/a:b");
    UNIT_STR_EQ(rs_options->jsonl_path, "x=y");
    UNIT_STR_EQ(rs_options->color, "never");
    UNIT_EQ(rs_options->births, false);
}

static void
test_the_last_one_wins(void)
{
    parse("exitcode=1::exitcode=2");
    UNIT_EQ(rs_options->exitcode, 2);
    UNIT_STR_EQ(warnings, "");
}

static void
test_mistakes(void)
{
    static const struct {
        const char *text;
        const char *warning;
    } rows[] = {
        {"log_pth=x", "REFSAN_OPTIONS: unknown option 'log_pth'; did you mean "
                      "'log_path'?\n"},
        {"=x", ""},
        {"exitcode=0x10",
         "REFSAN_OPTIONS: 'exitcode=0x10' is ignored: exitcode is a number "
         "from 0 to 255\n"},
        {"exitcode=256",
         "REFSAN_OPTIONS: 'exitcode=256' is ignored: exitcode is a number "
         "from 0 to 255\n"},
        {"exitcode=-1",
         "REFSAN_OPTIONS: 'exitcode=-1' is ignored: exitcode is a number "
         "from 0 to 255\n"},
        {"exitcode=99999999999999999999",
         "REFSAN_OPTIONS: 'exitcode=99999999999999999999' is ignored: "
         "exitcode is a number from 0 to 255\n"},
        {"exitcode=",
         "REFSAN_OPTIONS: 'exitcode=' is ignored: exitcode is a number from "
         "0 to 255\n"},
        {"exitcode",
         "REFSAN_OPTIONS: 'exitcode=' is ignored: exitcode is a number from "
         "0 to 255\n"},
        {"help=maybe",
         "REFSAN_OPTIONS: 'help=maybe' is ignored: help is 0 or 1\n"},
        {"unwind=lib", "REFSAN_OPTIONS: 'unwind=lib' is ignored: unwind is "
                       "one of auto|fp|libunwind|none\n"},
        {"unwind=auto|fp", "REFSAN_OPTIONS: 'unwind=auto|fp' is ignored: "
                           "unwind is one of auto|fp|libunwind|none\n"},
        {"log_path='x", "REFSAN_OPTIONS: a quote is not closed\n"},
        {"log_path='x'y:exitcode=5",
         "REFSAN_OPTIONS: text after a closing quote is ignored\n"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        UNIT_ROW(rows[i].text);
        parse("exitcode=3:help=0:unwind=fp");
        parse(rows[i].text);
        UNIT_STR_EQ(warnings, rows[i].warning);
        if (i > 0 && i < 12)
            UNIT_EQ(rs_options->exitcode, 3);
    }
    UNIT_ROW(NULL);
    UNIT_EQ(rs_options->exitcode, 5); /* the row with the late quote */
}

static void
test_too_long(void)
{
    char text[RS_OPTION_TEXT_MAX + 20];

    memset(text, 'x', sizeof(text));
    memcpy(text, "exitcode=9:log_path=", 20);
    text[sizeof(text) - 1] = 0;
    parse("exitcode=4");
    parse(text);
    UNIT_STR_EQ(warnings, "REFSAN_OPTIONS is too long, and ignored\n");
    UNIT_EQ(rs_options->exitcode, 4);
}

/* The table is printed from options.def: every name is there. */
static void
test_help_names_every_option(void)
{
    static char help[32768];
    int ends[2];
    ssize_t bytes;

    UNIT_EQ(pipe(ends), 0);
    rs_options_print_help(ends[1]);
    close(ends[1]);
    for (size_t at = 0;
         (bytes = read(ends[0], help + at, sizeof(help) - at - 1)) > 0;
         at += (size_t)bytes)
        continue;
#define RS_OPTION(type, name, default, low, high, sentence)                   \
    UNIT_CHECK(strstr(help, "  " #name "=" #default "\n") != NULL);           \
    UNIT_CHECK(strstr(help, sentence) != NULL);
#include "options.def"
}

int
main(void)
{
    test_defaults();
    test_values();
    test_the_last_one_wins();
    test_mistakes();
    test_too_long();
    test_help_names_every_option();
    return unit_result();
}
