/* SPDX-License-Identifier: MIT */
/* report_json.c -- a finding as one line of JSON (schema 1, docs/json.md).
 *
 * Says everything the finding says, all frames included; readers trim. A line
 * that does not fit is written again without stacks and history, so that it is
 * JSON in any case. */
#include "report/report.h"

#include "detect/finding.h"
#include "host/host.h"
#include "base/json.h"
#include "base/lost.h"
#include "base/options.h"
#include "stack/symbolize.h"
#include "os/sys.h"
#include "stack/frame_filter.h"
#include "report/crash_json.h"
#include "report/json_stacks.h"
#include "report/names.h"
#include "report/only.h"
#include "report/place.h"

/* How much refsan can see here (docs/design.md). */
static const char *
name_tier(void)
{
    return rs_host->kind == RS_HOST_EMBEDDED ? "embedded"
           : rs_host->is_tsan                ? "tsan"
           : rs_report_is_instrumented()     ? "instrumented"
                                             : "stock";
}

static void
add_fingerprints(struct rs_json *json, const struct rs_finding *found)
{
    char digits[RS_NAMES_FINGERPRINT_BYTES];

    rs_json_string(json, "fingerprint",
                   rs_names_fingerprint(found->fingerprint, digits));
    if (found->follows != 0)
        rs_json_string(json, "follows",
                       rs_names_fingerprint(found->follows, digits));
}

static void
add_head(struct rs_json *json, const struct rs_finding *found)
{
    const struct rs_bug_words *bug = rs_bug_words(found->kind);
    char words[96];
    struct rs_text text = rs_text_make(words, sizeof(words));

    rs_json_int(json, "schema", 1);
    rs_json_string(json, "kind", bug->slug);
    rs_json_string(json, "severity",
                   bug->severity == RS_SEVERITY_ERROR ? "error" : "warning");
    rs_json_string(json, "summary", bug->summary);
    add_fingerprints(json, found);
    rs_json_int(json, "pid", rs_sys_pid());
    rs_names_host(&text);
    rs_json_word(json, "host", words);
    rs_json_string(json, "tier", name_tier());
    rs_json_word(json, "test", found->test.name);
    if (found->test.is_in_other_thread)
        rs_json_bool(json, "test_in_other_thread", true);
    rs_json_word(json, "worker", found->test.worker);
    if (rs_only_excludes(found))
        rs_json_bool(json, "elsewhere", true);
    rs_json_bool(json, "skipped", found->is_skipped);
    if (found->leaked != 0) {
        rs_json_int(json, "leaked", found->leaked);
        rs_json_int(json, "held", found->held);
    }
    if (found->memory.bytes != 0) {
        rs_json_open(json, "memory", '{');
        rs_json_int(json, "offset", found->memory.offset);
        rs_json_int(json, "bytes", found->memory.bytes);
        rs_json_close(json, '}');
    }
    rs_json_open(json, "evidence", '[');
    for (unsigned i = 0; i < RS_SEEN_COUNT; i++)
        if ((found->seen & UINT64_C(1) << i) != 0)
            rs_json_string(json, NULL,
                           rs_evidence_words((enum rs_seen_index)i)->slug);
    rs_json_close(json, ']');
}

static void
add_counts(struct rs_json *json, const struct rs_finding_object *object)
{
    const struct rs_header *header = &object->header;

    if (!object->has_count) {
        rs_json_null(json, "counts");
        return;
    }
    rs_json_open(json, "counts", '{');
    rs_json_int(json, "total", rs_header_count(header));
    if (header->layout == RS_LAYOUT_FREE_THREADED) {
        rs_json_int(json, "local", header->local);
        rs_json_int(json, "shared", rs_names_shared_count(header));
        rs_json_word(json, "shared_state",
                     rs_names_shared_state(rs_header_shared_state(header)));
        rs_json_bool(json, "deferred", rs_header_is_deferred(header));
    }
    rs_json_bool(json, "immortal", rs_header_is_immortal(header));
    rs_json_close(json, '}');
}

static void
add_mark(void *json, const char *mark)
{
    rs_json_string(json, NULL, mark);
}

static void
add_object(struct rs_json *json, const struct rs_finding_object *object)
{
    rs_json_open(json, "object", '{');
    rs_json_hex(json, "address", object->address);
    rs_json_word(json, "type", object->type);
    rs_json_string(json, "state", rs_names_state(rs_word_state(object->word)));
    rs_json_open(json, "marks", '[');
    rs_names_marks(object->word, add_mark, json);
    rs_json_close(json, ']');
    rs_json_known(json, "owner", object->owner);
    rs_json_known(json, "creator", object->creator);
    add_counts(json, object);
    if (object->interpreter >= 0)
        rs_json_int(json, "interpreter", object->interpreter);
    else
        rs_json_null(json, "interpreter");
    rs_json_known(json, "generation", object->generation);
    rs_json_close(json, '}');
}

static void
add_threads(struct rs_json *json, const struct rs_finding *found)
{
    rs_json_open(json, "threads", '[');
    for (unsigned i = 0; i < found->threads_count; i++) {
        const struct rs_finding_thread *thread = &found->threads[i];

        rs_json_open(json, NULL, '{');
        rs_json_int(json, "id", thread->slot);
        rs_json_word(json, "name", thread->name);
        rs_json_known(json, "created_by", thread->created_by);
        rs_json_int(json, "tid", thread->tid);
        rs_json_bool(json, "ended", thread->has_ended);
        rs_json_close(json, '}');
    }
    rs_json_close(json, ']');
}

static void
add_suppression(struct rs_json *json, const struct rs_finding *found)
{
    char bytes[1024];
    struct rs_text text = rs_text_make(bytes, sizeof(bytes));

    rs_place_suppression(&text, found);
    rs_json_string(json, "suppress", bytes);
}

static struct rs_text
write_finding(const struct rs_finding *found, char *bytes, size_t size,
              bool is_whole)
{
    struct rs_text text = rs_text_make(bytes, size);
    struct rs_json json = rs_json_make(&text);

    rs_json_open(&json, NULL, '{');
    add_head(&json, found);
    add_object(&json, &found->object);
    add_threads(&json, found);
    if (found->crash != NULL)
        rs_crash_json_add(&json, found, is_whole);
    if (is_whole)
        rs_json_stacks_add(&json, found);
    else
        rs_json_bool(&json, "cut", true);
    rs_json_string(&json, "hint", rs_bug_hint(found->kind, found->seen));
    add_suppression(&json, found);
    rs_json_close(&json, '}');
    return text;
}

size_t
rs_report_json(const struct rs_finding *found, char *text, size_t bytes)
{
    struct rs_text line = write_finding(found, text, bytes, true);

    if (line.is_cut) {
        rs_lost_count(RS_LOST_REPORTS);
        line = write_finding(found, text, bytes, false);
    }
    return line.used;
}
