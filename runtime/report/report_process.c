/* SPDX-License-Identifier: MIT */
/* report_process.c -- see report_process.h. */
#include "report/report_process.h"

#include <stdatomic.h>
#include <string.h>

#include "base/foreign.h"
#include "base/lost.h"
#include "report/channel.h"
#include "report/report.h"
#include "os/atomics.h"

#define PATH_BYTES 1024
#define LINE_BYTES (6 * PATH_BYTES + 512) /* a byte may be six of JSON */

static struct {
    atomic_bool has_gil;
    char module[PATH_BYTES]; /* that it was switched on for */
} state;

void
rs_report_unwatched(const char *path, const char *reason, bool may_be_python)
{
    char bytes[LINE_BYTES], words[PATH_BYTES];
    struct rs_text line = rs_text_make(bytes, sizeof(bytes));
    struct rs_json json;

    if (rs_channel_is_there()) {
        json = rs_report_open_record(&line, "unwatched");
        rs_foreign_copy(words, sizeof(words), path);
        rs_json_string(&json, "program", words);
        rs_json_string(&json, "reason", reason);
        rs_json_bool(&json, "python", may_be_python);
        if (rs_report_send_record(&json))
            return;
    }
    rs_lost_count(may_be_python ? RS_LOST_PROGRAMS : RS_LOST_TOOLS);
}

void
rs_report_module(const char *path, bool is_instrumented, bool is_hooked)
{
    char bytes[LINE_BYTES], words[PATH_BYTES];
    struct rs_text line = rs_text_make(bytes, sizeof(bytes));
    struct rs_json json;

    if (!rs_channel_is_there())
        return;
    json = rs_report_open_record(&line, "module");
    rs_foreign_copy(words, sizeof(words), path);
    rs_json_string(&json, "path", words);
    rs_json_string(&json, "tier", is_instrumented ? "instrumented" : "stock");
    rs_json_bool(&json, "hooked", is_hooked);
    (void)rs_report_send_record(&json);
}

static void
describe_gil(struct rs_text *text)
{
    if (state.module[0] == 0)
        rs_text_add(text, "the GIL is on, as PYTHON_GIL=1 or -X gil=1 asks "
                          "for: races are not looked for");
    else
        rs_text_format(text,
                       "the GIL was switched on for %s, which does not say "
                       "that it can do without (Py_mod_gil): races are not "
                       "looked for from then on",
                       state.module);
}

void
rs_report_gil(const char *path)
{
    char bytes[LINE_BYTES], words[PATH_BYTES];
    struct rs_text line = rs_text_make(bytes, sizeof(bytes));
    struct rs_json json;

    if (atomic_exchange_explicit(&state.has_gil, true, memory_order_relaxed))
        return;
    strncpy(state.module, path, sizeof(state.module) - 1);
    if (rs_channel_is_there()) {
        json = rs_report_open_record(&line, "gil");
        rs_foreign_copy(words, sizeof(words), path);
        rs_json_string(&json, "module", words);
        (void)rs_report_send_record(&json);
        line = rs_text_make(bytes, sizeof(bytes));
    }
    describe_gil(&line);
    rs_report_note(bytes);
}

void
rs_report_print_gil(struct rs_text *text)
{
    char sentence[LINE_BYTES];
    struct rs_text line = rs_text_make(sentence, sizeof(sentence));

    if (!rs_load(&state.has_gil))
        return;
    describe_gil(&line);
    rs_text_add(text, "refsan: ");
    rs_text_add_foreign(text, sentence);
    rs_text_add(text, "\n");
}
