/* SPDX-License-Identifier: MIT */
/* pyframe.c -- Python frames in two depots: the words, and the frames, which
 * are found again by code object, offset and stamp.
 *
 * Runs in hooks. A frame seen before costs a hash of two words; a new one some
 * system calls (names.c). */
#include "stack/pyframe.h"

#include "base/check.h"
#include "base/core_note.h"
#include "base/depot.h"
#include "base/lost.h"

#include <string.h>

#define WORDS_MAX (sizeof(((struct rs_python_words *)0)->file) / 8)

/* What a depot entry of `frames` holds; the first two words are its key. */
enum {
    ENTRY_CODE,
    ENTRY_PLACE,    /* lasti, stamp in the high half */
    ENTRY_FUNCTION, /* id in `strings`, line in the high half */
    ENTRY_FILE,     /* id in `strings` */
    ENTRY_WORDS,
};
#define KEY_BYTES (2 * sizeof(uint64_t))

static struct {
    struct rs_depot frames;
    struct rs_depot strings;
} pyframes;

RS_CORE_ROWS(pyframe) = {
    RS_CORE_VARIABLE("pyframes", pyframes.frames),
    RS_CORE_VARIABLE("pyframe_strings", pyframes.strings),
    RS_CORE_NUMBER_AS("pyframe.function", ENTRY_FUNCTION),
    RS_CORE_NUMBER_AS("pyframe.file", ENTRY_FILE),
};

bool
rs_pyframe_start(size_t bytes)
{
    return rs_depot_start(&pyframes.frames, bytes / 2) &&
           rs_depot_start(&pyframes.strings, bytes / 2);
}

static uint32_t
put_string(const char *string)
{
    uint64_t words[WORDS_MAX] = {0};
    size_t bytes = strlen(string) + 1;

    RS_CHECK(bytes <= sizeof(words));
    memcpy(words, string, bytes);
    bytes = (bytes + 7) & ~(size_t)7;
    return rs_depot_put(&pyframes.strings, words, bytes, bytes);
}

static uint32_t
put_words(uint64_t entry[ENTRY_WORDS], const struct rs_position *position)
{
    struct rs_python_words words;
    uint32_t function, file;

    if (!rs_host_position_words(*position, &words))
        return 0;
    function = put_string(words.function);
    file = put_string(words.file);
    if (function == 0 || file == 0)
        return 0;
    entry[ENTRY_FUNCTION] = function | (uint64_t)(uint32_t)words.line << 32;
    entry[ENTRY_FILE] = file;
    if (position->stamp == 0)
        entry[ENTRY_PLACE] |= (uint64_t)(function * 31 + file) << 32;
    return rs_depot_put(&pyframes.frames, entry,
                        ENTRY_WORDS * sizeof(entry[0]), KEY_BYTES);
}

/* A position without a stamp (one that waited in a ring) gets the words that
 * the code object has now, and they become its stamp. */
rs_frame
rs_pyframe_put(struct rs_position position)
{
    uint64_t entry[ENTRY_WORDS] = {
        [ENTRY_CODE] = position.code,
        [ENTRY_PLACE] = position.lasti | (uint64_t)position.stamp << 32,
    };
    uint32_t id = 0;

    if (position.stamp != 0)
        id = rs_depot_find(&pyframes.frames, entry, KEY_BYTES);
    if (id == 0)
        id = put_words(entry, &position);
    if (id == 0) {
        rs_lost_count(RS_LOST_PYFRAMES);
        return 0;
    }
    return RS_FRAME_PYTHON | id;
}

static const char *
get_string(uint64_t id)
{
    size_t bytes;
    const char *string =
        (const char *)rs_depot_get(&pyframes.strings, (uint32_t)id, &bytes);

    return string != NULL ? string : "";
}

struct rs_pyframe
rs_pyframe_get(rs_frame frame)
{
    struct rs_pyframe words = {.function = "", .file = ""};
    size_t bytes;
    const uint64_t *entry =
        rs_depot_get(&pyframes.frames, (uint32_t)frame, &bytes);

    if (!rs_frame_is_python(frame) || entry == NULL)
        return words;
    words.function = get_string(entry[ENTRY_FUNCTION] & UINT32_MAX);
    words.file = get_string(entry[ENTRY_FILE]);
    words.line = (int)(entry[ENTRY_FUNCTION] >> 32);
    return words;
}
