/* SPDX-License-Identifier: MIT */
/* output.c -- see output.h. Any thread, also in a signal handler. */
#include "report/output.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/lost.h"
#include "base/options.h"
#include "os/sys.h"
#include "base/text.h"

#define PATH_BYTES 4096

static struct {
    char channel[PATH_BYTES];
    _Atomic bool has_channel;
    char log[PATH_BYTES]; /* absolute templates, "" when there are none */
    char jsonl[PATH_BYTES];
    _Atomic bool has_warned; /* that a file could not be written */
    long start_time;
} state;

/* The program may change its directory before the first report. */
static void
keep_absolute(char *path, const char *given, const char *suffix)
{
    struct rs_text text = rs_text_make(path, PATH_BYTES);
    char here[PATH_BYTES];

    if (given[0] == 0)
        return;
    if (given[0] != '/' && getcwd(here, sizeof(here)) != NULL) {
        /* The directory's own "%" is not a template. */
        for (const char *at = here; *at != 0; at++)
            rs_text_format(&text, *at == '%' ? "%%%c" : "%c", *at);
        rs_text_add(&text, "/");
    }
    rs_text_format(&text, "%s%s", given, suffix);
}

void
rs_output_start(const char *channel)
{
    const char *log = rs_options->log_path;

    state.start_time = (long)time(NULL);
    keep_absolute(state.log, log, strstr(log, "%p") == NULL ? ".%p" : "");
    keep_absolute(state.jsonl, rs_options->jsonl_path, "");
    if (channel != NULL && strlen(channel) < PATH_BYTES) {
        strcpy(state.channel, channel);
        atomic_store_explicit(&state.has_channel, true, memory_order_release);
    }
}

bool
rs_output_has_channel(void)
{
    return atomic_load_explicit(&state.has_channel, memory_order_acquire);
}

bool
rs_output_has_jsonl(void)
{
    return state.jsonl[0] != 0;
}

bool
rs_output_expand(const char *template, char *path, size_t bytes)
{
    struct rs_text text = rs_text_make(path, bytes);
    char executable[64];

    for (; *template != 0; template ++) {
        if (*template != '%') {
            rs_text_add_bytes(&text, template, 1);
            continue;
        }
        switch (*++template) {
        case 'p':
            rs_text_format(&text, "%d", rs_sys_pid());
            break;
        case 't':
            rs_text_format(&text, "%ld", state.start_time);
            break;
        case 'e':
            rs_sys_executable_name(executable, sizeof(executable));
            rs_text_add(&text, executable);
            break;
        case '%':
            rs_text_add(&text, "%");
            break;
        default:
            return false;
        }
    }
    return !text.is_cut;
}

/* 0, or the error number. */
static int
append(const char *path, const char *bytes, size_t count)
{
    int fd = rs_sys_open_append(path);

    if (fd < 0)
        return -fd;
    rs_sys_write(fd, bytes, count);
    rs_sys_close(fd);
    return 0;
}

bool
rs_output_channel(const char *line, size_t bytes)
{
    if (!rs_output_has_channel())
        return false;
    if (append(state.channel, line, bytes) == 0)
        return true;
    /* `refsan run` is gone, and its directory with it. */
    atomic_store_explicit(&state.has_channel, false, memory_order_release);
    return false;
}

/* Every failure is counted, the first one is said. */
static void
warn_unwritable(const char *option, const char *template, int error)
{
    char sentence[PATH_BYTES + 128];
    struct rs_text text = rs_text_make(sentence, sizeof(sentence));

    rs_lost_count(RS_LOST_OUTPUT);
    if (atomic_exchange_explicit(&state.has_warned, true,
                                 memory_order_relaxed))
        return;
    rs_text_format(&text, "refsan: %s: cannot write to '%s' (errno %d)\n",
                   option, template, error);
    rs_sys_write(STDERR_FILENO, text.bytes, text.used);
}

static bool
append_expanded(const char *option, const char *template, const char *bytes,
                size_t count)
{
    char path[PATH_BYTES];
    int error = ENAMETOOLONG;

    if (rs_output_expand(template, path, sizeof(path)))
        error = append(path, bytes, count);
    if (error != 0)
        warn_unwritable(option, template, error);
    return error == 0;
}

void
rs_output_text(const char *text, size_t bytes)
{
    if (state.log[0] == 0 ||
        !append_expanded("log_path", state.log, text, bytes))
        rs_sys_write(STDERR_FILENO, text, bytes);
}

void
rs_output_jsonl(const char *line, size_t bytes)
{
    if (rs_output_has_jsonl())
        append_expanded("jsonl_path", state.jsonl, line, bytes);
}

bool
rs_output_is_coloured(void)
{
    if (strcmp(rs_options->color, "auto") != 0)
        return strcmp(rs_options->color, "always") == 0;
    return state.log[0] == 0 && rs_sys_is_terminal(STDERR_FILENO);
}
