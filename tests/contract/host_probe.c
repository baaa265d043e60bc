/* SPDX-License-Identifier: MIT */
/* host_probe.c -- what the runtime sees of the interpreter it is loaded into,
 * for tests/contract/host.py: linked with the runtime, called by ctypes. Called
 * through PyDLL the thread is attached, through CDLL it is not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "host/host.h"
#include "stack/pyframe.h"

#define FRAMES_MAX 64

RS_EXPORT void probe_start(void);
RS_EXPORT const char *probe_facts(void);
RS_EXPORT const char *probe_life(void);
RS_EXPORT const char *probe_interpreter(void);
RS_EXPORT const char *probe_type(void *object);
RS_EXPORT const char *probe_frames(void);

#define TEXT_BYTES (FRAMES_MAX * 512)

/* Of each thread. Not thread-local itself: what is loaded late finds little
 * room for that. */
static char *
make_text(void)
{
    static _Thread_local char *own;

    if (own == NULL)
        own = calloc(1, TEXT_BYTES);
    return own;
}

void
probe_start(void)
{
    rs_pyframe_start(1 << 20);
    rs_host_find();
}

const char *
probe_facts(void)
{
    char *text = make_text();

    snprintf(text, TEXT_BYTES,
             "kind=%d version=%u free_threaded=%d debug=%d shared=%d "
             "frames=%d own_code=%d refusal=%s",
             rs_host->kind, rs_host->version, rs_host->is_free_threaded,
             rs_host->is_debug, rs_host->is_shared, rs_host->has_frames,
             rs_host_has_code((uintptr_t)rs_host_symbol("PyList_New")),
             rs_host->refusal);
    return text;
}

const char *
probe_life(void)
{
    char *text = make_text();

    snprintf(text, TEXT_BYTES, "attached=%d life=%d interpreter=%d",
             rs_host_attached() != NULL, rs_host_life(),
             (int)rs_host_interpreter());
    return text;
}

const char *
probe_interpreter(void)
{
    char *text = make_text();
    void *tstate = rs_host_attached();
    struct rs_host_interpreter found = rs_host_interpreter_of(tstate);

    snprintf(text, TEXT_BYTES, "id=%d own_gil=%d collecting=%d", (int)found.id,
             found.has_own_gil, rs_host_is_collecting(tstate));
    return text;
}

const char *
probe_type(void *object)
{
    char *text = make_text();
    struct rs_header header = rs_host_header((uintptr_t)object);
    char name[128];

    rs_host_type_name(&header, name, sizeof(name));
    snprintf(text, TEXT_BYTES, "%s str=%d gc=%d", name,
             rs_host_is_str(&header), rs_host_is_gc(&header));
    return text;
}

/* A line for each frame: function, file, line. */
const char *
probe_frames(void)
{
    char *text = make_text();
    struct rs_position positions[FRAMES_MAX];
    unsigned count =
        rs_host_positions(rs_host_attached(), positions, FRAMES_MAX);
    size_t used = 0;

    text[0] = '\0';
    for (unsigned i = 0; i < count; i++) {
        struct rs_pyframe words;

        positions[i].stamp = rs_host_position_stamp(positions[i].code);
        words = rs_pyframe_get(rs_pyframe_put(positions[i]));
        used += (size_t)snprintf(text + used, TEXT_BYTES - used, "%s|%s|%d\n",
                                 words.function, words.file, words.line);
    }
    return text;
}
