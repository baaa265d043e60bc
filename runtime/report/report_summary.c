/* SPDX-License-Identifier: MIT */
/* report_summary.c -- what is said besides findings: notes, the host, and the
 * last lines of a process. Silence must never be mistaken for health, so a
 * watched process says at its end what was seen of it. */
#include "report/report_process.h"
#include "report/report.h"

#include "host/host.h"
#include "base/json.h"
#include "base/lost.h"
#include "base/options.h"
#include "base/foreign.h"
#include "report/channel.h"
#include "report/counts.h"
#include "report/output.h"
#include "report/suppress.h"
#include "os/sys.h"
#include "thread/thread.h"
#include "report/names.h"

#define LINE_BYTES 8192
/* Each byte of the options' text may be six of JSON. */
#define START_BYTES        (LINE_BYTES + 6 * RS_OPTION_TEXT_MAX)
#define SUPPRESSIONS_BYTES 32768

struct rs_json
rs_report_open_record(struct rs_text *line, const char *type)
{
    struct rs_json json = rs_json_make(line);

    rs_json_open(&json, NULL, '{');
    rs_json_string(&json, "type", type);
    rs_json_int(&json, "pid", rs_sys_pid());
    return json;
}

bool
rs_report_send_record(struct rs_json *json)
{
    rs_json_close(json, '}');
    rs_text_add(json->text, "\n");
    return rs_channel_send(json->text->bytes, json->text->used);
}

void
rs_report_note(const char *sentence)
{
    char bytes[LINE_BYTES], words[LINE_BYTES / 2];
    struct rs_text line = rs_text_make(bytes, sizeof(bytes));
    struct rs_json json;

    rs_foreign_copy(words, sizeof(words), sentence);
    if (rs_channel_is_there()) {
        json = rs_report_open_record(&line, "note");
        rs_json_string(&json, "text", words);
        if (rs_report_send_record(&json))
            return;
        line = rs_text_make(bytes, sizeof(bytes));
    }
    rs_text_format(&line, "refsan: %s\n", words);
    rs_output_text(line.bytes, line.used);
}

static void
add_host(struct rs_json *json)
{
    char path[RS_PATH_BYTES], words[1024];
    struct rs_text text;

    rs_sys_executable_path(path, sizeof(path));
    rs_foreign_copy(words, sizeof(words), path);
    rs_json_word(json, "exe", words);
    text = rs_text_make(words, sizeof(words));
    rs_names_host(&text);
    rs_json_word(json, "host", words);
    rs_json_word(json, "refusal",
                 rs_host->kind == RS_HOST_REFUSED ? rs_host->refusal : "");
}

/* What became of REFSAN_OPTIONS, for the command, which does not parse it. A
 * path that is not UTF-8 arrives changed, as all strings of JSON do. */
static void
add_options(struct rs_json *json)
{
#define ADD_BOOL   rs_json_bool
#define ADD_INT    rs_json_int
#define ADD_STRING rs_json_string
#define ADD_CHOICE rs_json_string
#define RS_OPTION(type, name, default, low, high, help)                       \
    ADD_##type(json, #name, rs_options->name);
    rs_json_open(json, "options", '{');
#include "options.def"
    rs_json_close(json, '}');
}

void
rs_report_start(const char *channel, const char *file)
{
    char bytes[START_BYTES];
    struct rs_text line = rs_text_make(bytes, sizeof(bytes));
    struct rs_json json;

    rs_output_start();
    rs_channel_start(channel, file);
    if (!rs_channel_is_there())
        return;
    json = rs_report_open_record(&line, "start");
    add_host(&json);
    add_options(&json);
    rs_report_send_record(&json);
}

static bool
send_host(void)
{
    char bytes[LINE_BYTES];
    struct rs_text line = rs_text_make(bytes, sizeof(bytes));
    struct rs_json json;

    if (!rs_channel_is_there())
        return false;
    json = rs_report_open_record(&line, "host");
    add_host(&json);
    return rs_report_send_record(&json);
}

void
rs_report_host(void)
{
    char bytes[512];
    struct rs_text text = rs_text_make(bytes, sizeof(bytes));
    bool is_told = send_host();

    if (rs_host->kind == RS_HOST_REFUSED && !is_told)
        rs_report_note(rs_host->refusal);
    if (rs_host->kind == RS_HOST_REFUSED || rs_options->verbosity < 1)
        return;
    rs_text_add(&text, "watching ");
    rs_names_host(&text);
    rs_text_format(&text, ", in %s", rs_host->path);
    rs_report_note(bytes);
}

static bool
send_summary(char *bytes, size_t size, const char *coverage,
             const char *suppressions)
{
    struct rs_text line = rs_text_make(bytes, size);
    struct rs_json json = rs_report_open_record(&line, "summary");

    add_host(&json);
    rs_json_int(&json, "events", (int64_t)rs_thread_events());
    rs_json_int(&json, "errors", (int64_t)rs_report_errors());
    rs_json_int(&json, "warnings", (int64_t)rs_report_warnings());
    rs_json_int(&json, "silenced", (int64_t)rs_report_silenced());
    rs_json_int(&json, "consequences", (int64_t)rs_report_consequences());
    rs_json_open(&json, "lost", '{');
    for (int i = 0; i < RS_LOST_COUNT; i++)
        if (rs_lost_get((enum rs_lost)i) > 0)
            rs_json_int(&json, rs_lost_words((enum rs_lost)i)->slug,
                        (int64_t)rs_lost_get((enum rs_lost)i));
    rs_json_close(&json, '}');
    rs_counts_write(&json);
    rs_json_string(&json, "coverage", coverage);
    rs_json_string(&json, "suppressions", suppressions);
    return rs_report_send_record(&json);
}

/* One line each: how many times, and the suppression as it was written. */
static void
print_suppressions(struct rs_text *text, const char *suppressions)
{
    if (suppressions[0] == 0)
        return;
    rs_text_add(text, "refsan: suppressions, with the number of distinct "
                      "findings they silenced:\n");
    for (const char *at = suppressions; *at != 0; at++) {
        if (at == suppressions || at[-1] == '\n')
            rs_text_add(text, "  ");
        rs_text_add_bytes(text, at, 1);
    }
}

/* One line for all losses of a meaning. */
static void
print_meaning(struct rs_text *text, enum rs_lost_meaning meaning)
{
    bool has_begun = false;

    for (int i = 0; i < RS_LOST_COUNT; i++) {
        const struct rs_lost_words *words = rs_lost_words((enum rs_lost)i);
        uint64_t lost = rs_lost_get((enum rs_lost)i);

        if (words->meaning != meaning || lost == 0)
            continue;
        if (has_begun)
            rs_text_add(text, "; ");
        else
            rs_text_format(text,
                           "refsan: %s: ", rs_lost_meaning_words(meaning));
        has_begun = true;
        rs_text_format(text, "%lu %s", (unsigned long)lost, words->sentence);
        if (words->cure[0] != 0)
            rs_text_format(text, " (%s)", words->cure);
    }
    if (has_begun)
        rs_text_add(text, "\n");
}

static void
print_lost(struct rs_text *text)
{
    for (int i = 0; i < RS_LOST_MEANINGS; i++)
        if (i == RS_LOST_MEANS_HIDES || rs_options->verbosity > 0)
            print_meaning(text, (enum rs_lost_meaning)i);
}

static void
print_summary(struct rs_text *text, const char *coverage)
{
    uint64_t errors = rs_report_errors();
    uint64_t warnings = rs_report_warnings();

    rs_text_format(text, "refsan: %lu error%s, %lu warning%s",
                   (unsigned long)errors, errors == 1 ? "" : "s",
                   (unsigned long)warnings, warnings == 1 ? "" : "s");
    if (rs_report_silenced() > 0)
        rs_text_format(text, ", %lu silenced",
                       (unsigned long)rs_report_silenced());
    if (rs_report_consequences() > 0)
        rs_text_format(text, ", %lu that followed from them",
                       (unsigned long)rs_report_consequences());
    rs_text_format(text, "; %s\n", coverage);
}

void
rs_report_stop(const char *coverage)
{
    /* Once in a process, and also when there is no memory left. */
    static char bytes[3 * SUPPRESSIONS_BYTES];
    static char suppressions[SUPPRESSIONS_BYTES];
    struct rs_text text;
    bool is_told;

    if (rs_options->print_suppressions)
        rs_suppress_print(suppressions, SUPPRESSIONS_BYTES);
    is_told = rs_channel_is_there() &&
              send_summary(bytes, sizeof(bytes), coverage, suppressions);
    text = rs_text_make(bytes, sizeof(bytes));
    if (!is_told && rs_host->kind != RS_HOST_NONE) {
        print_suppressions(&text, suppressions);
        print_lost(&text);
        rs_report_print_gil(&text);
        if (rs_options->summary)
            print_summary(&text, coverage);
        rs_output_text(text.bytes, text.used);
    }
}

int
rs_report_exit_status(int status)
{
    bool has_errors =
        rs_report_errors() > 0 ||
        (rs_options->warnings_are_errors && rs_report_warnings() > 0);

    if (rs_channel_took_all())
        return status;
    return status == 0 && has_errors ? rs_options->exitcode : status;
}
