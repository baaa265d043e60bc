/* SPDX-License-Identifier: MIT */
/* output.c -- see output.h. Any thread, also in a signal handler. */
#include "report/output.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/foreign.h"
#include "base/lost.h"
#include "base/options.h"
#include "os/sys.h"
#include "os/sys_file.h"
#include "base/text.h"
#include "os/atomics.h"

#define PATH_BYTES RS_PATH_BYTES

static struct {
    char log[PATH_BYTES]; /* absolute templates, "" when there are none */
    char jsonl[PATH_BYTES];
    _Atomic bool has_warned; /* that a file could not be written */
    _Atomic bool is_torn;    /* stderr ends within a line */
    bool has_stderr; /* else what opens next at its number is another */
    enum { COLOUR_BY_TERMINAL, COLOUR_NEVER, COLOUR_ALWAYS } colour;
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

static bool
is_set(const char *variable)
{
    const char *value = getenv(variable);

    return value != NULL && value[0] != 0;
}

/* What all programs are told; the option goes first. Read here, because the
 * program may be changing its environment later. */
static void
choose_colour(void)
{
    if (strcmp(rs_options->color, "auto") != 0)
        state.colour = strcmp(rs_options->color, "always") == 0 ? COLOUR_ALWAYS
                                                                : COLOUR_NEVER;
    else if (is_set("NO_COLOR"))
        state.colour = COLOUR_NEVER;
    else if (is_set("FORCE_COLOR") && strcmp(getenv("FORCE_COLOR"), "0") != 0)
        state.colour = COLOUR_ALWAYS;
    else
        state.colour = COLOUR_BY_TERMINAL;
}

void
rs_output_start(void)
{
    const char *log = rs_options->log_path;

    state.start_time = (long)time(NULL);
    choose_colour();
    state.has_stderr = rs_sys_is_open(STDERR_FILENO);
    keep_absolute(state.log, log, strstr(log, "%p") == NULL ? ".%p" : "");
    keep_absolute(state.jsonl, rs_options->jsonl_path, "");
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
    int error;

    if (fd < 0)
        return -fd;
    error = rs_sys_append(fd, bytes, count);
    rs_sys_close(fd);
    return -error;
}

static bool
write_stderr(const char *bytes, size_t count)
{
    if (!state.has_stderr)
        return false;
    if (atomic_exchange_explicit(&state.is_torn, false, memory_order_relaxed))
        (void)rs_sys_write(STDERR_FILENO, "\n", 1);
    if (rs_sys_write(STDERR_FILENO, bytes, count) == 0)
        return true;
    rs_store(&state.is_torn, true);
    return false;
}

/* Nobody is left to hear of a failure; the summary has its number where
 * stderr comes back. */
static void
print(const char *bytes, size_t count)
{
    if (!write_stderr(bytes, count))
        rs_lost_count(RS_LOST_STDERR);
}

static const char *
name_error(int error)
{
    switch (error) {
    case ENOSPC:
    case EDQUOT:
        return "; no room is left there";
    case EFBIG:
        return "; the limit on the size of files is reached";
    case ELOOP:
        return "; it is a symbolic link, and refsan follows none";
    case ENXIO:
        return "; it is a FIFO without a reader";
    default:
        return "";
    }
}

/* The first failure is said. */
static void
warn_unwritable(const char *option, const char *template, int error)
{
    char sentence[PATH_BYTES + 256];
    struct rs_text text = rs_text_make(sentence, sizeof(sentence));

    if (atomic_exchange_explicit(&state.has_warned, true,
                                 memory_order_relaxed))
        return;
    rs_text_format(&text, "refsan: %s: cannot write to '", option);
    rs_text_add_foreign(&text, template);
    rs_text_format(&text, "' (errno %d%s)\n", error, name_error(error));
    print(text.bytes, text.used);
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
    if (state.log[0] != 0) {
        if (append_expanded("log_path", state.log, text, bytes))
            return;
        rs_lost_count(RS_LOST_OUTPUT);
    }
    print(text, bytes);
}

void
rs_output_jsonl(const char *line, size_t bytes)
{
    if (rs_output_has_jsonl() &&
        !append_expanded("jsonl_path", state.jsonl, line, bytes))
        rs_lost_count(RS_LOST_JSONL);
}

bool
rs_output_is_coloured(void)
{
    if (state.colour != COLOUR_BY_TERMINAL)
        return state.colour == COLOUR_ALWAYS;
    return state.log[0] == 0 && rs_sys_is_terminal(STDERR_FILENO);
}
