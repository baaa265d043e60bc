/* SPDX-License-Identifier: MIT */
/* names.c -- see names.h. */
#include "report/names.h"

#include <string.h>

#include "host/host.h"
#include "base/options.h"

const char *
rs_names_state(enum rs_state state)
{
    static const char *const names[] = {
        [RS_STATE_UNKNOWN] = "unknown",   [RS_STATE_LIVE] = "live",
        [RS_STATE_IMMORTAL] = "immortal", [RS_STATE_DYING] = "dying",
        [RS_STATE_DEAD] = "dead",
    };

    RS_CHECK(state < RS_STATE_COUNT);
    return names[state];
}

const char *
rs_names_lock(enum rs_lock_kind kind)
{
    static const char *const names[] = {
#define RS_LOCK_KIND(id, words) words,
        RS_LOCK_KINDS(RS_LOCK_KIND)
#undef RS_LOCK_KIND
    };

    return names[kind];
}

const char *
rs_names_shared_state(enum rs_shared_state state)
{
    static const char *const names[] = {
        [RS_SHARED_INIT] = "",
        [RS_SHARED_MAYBE_WEAKREF] = "weakref",
        [RS_SHARED_QUEUED] = "queued",
        [RS_SHARED_MERGED] = "merged",
    };

    return names[state & 3];
}

int64_t
rs_names_shared_count(const struct rs_header *header)
{
    return rs_header_shared_count(header) -
           (rs_header_is_deferred(header) ? RS_DEFERRED_BIAS : 0);
}

void
rs_names_marks(rs_word word, void (*add)(void *to, const char *mark), void *to)
{
    static const struct {
        enum rs_mark mark;
        const char *name;
    } marks[] = {
        {RS_MARK_SHARED, "shared"},
        {RS_MARK_TRY_ENABLED, "try-enabled"},
        {RS_MARK_DEFERRED, "deferred"},
    };

    for (unsigned i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (rs_word_has(word, marks[i].mark))
            add(to, marks[i].name);
}

const char *
rs_names_op(enum rs_ev op, char name[RS_WORDS_OP_BYTES])
{
    const char *id = rs_event_words(op)->op;
    size_t at = 0;

    for (; id[at] != 0 && at < RS_WORDS_OP_BYTES - 1; at++)
        name[at] =
            id[at] >= 'A' && id[at] <= 'Z' ? (char)(id[at] + 32) : id[at];
    name[at] = 0;
    return name;
}

/* PY_VERSION_HEX: major, minor, micro, then a level and its serial. */
void
rs_names_version(struct rs_text *text)
{
    uint32_t version = rs_host->version;
    unsigned level = version >> 4 & 15;

    rs_text_format(text, "%u.%u.%u", version >> 24, version >> 16 & 255,
                   version >> 8 & 255);
    if (level >= 10 && level < 15)
        rs_text_format(text, "%s%u",
                       level == 10   ? "a"
                       : level == 11 ? "b"
                                     : "rc",
                       version & 15);
}

void
rs_names_host(struct rs_text *text)
{
    if (rs_host->kind == RS_HOST_EMBEDDED) {
        rs_text_add(text, "embedded runtime");
    }
    else if (rs_host->kind == RS_HOST_CPYTHON) {
        rs_text_add(text, "CPython ");
        rs_names_version(text);
        rs_text_format(text, ", %s%s%s%s, %s",
                       rs_host->is_free_threaded ? "free-threaded" : "default",
                       rs_host->is_debug ? ", debug" : "",
                       rs_host->is_tsan ? ", TSan" : "",
                       rs_host->is_asan ? ", ASan" : "",
                       rs_host->is_shared ? "shared libpython" : "static");
    }
}

const struct rs_finding_thread *
rs_names_thread(const struct rs_finding *found, unsigned slot)
{
    for (unsigned i = 0; slot != 0 && i < found->threads_count; i++)
        if (found->threads[i].slot == slot)
            return &found->threads[i];
    return NULL;
}

const char *
rs_names_fingerprint(uint64_t fingerprint,
                     char digits[RS_NAMES_FINGERPRINT_BYTES])
{
    for (int i = RS_NAMES_FINGERPRINT_BYTES - 2; i >= 0; i--) {
        digits[i] = "0123456789abcdef"[fingerprint & 15];
        fingerprint >>= 4;
    }
    digits[RS_NAMES_FINGERPRINT_BYTES - 1] = '\0';
    return digits;
}

const char *
rs_names_strip(const char *path)
{
    size_t length = strlen(rs_options->strip_path_prefix);

    return strncmp(path, rs_options->strip_path_prefix, length) == 0
               ? path + length
               : path;
}
