/* SPDX-License-Identifier: MIT */
/* site.c -- sites in a depot: the key, then both strings.
 *
 * Runs in hooks, the first time a site is met. */
#include "stack/site.h"

#include "base/core_note.h"
#include "base/depot.h"
#include "base/lost.h"
#include "os/atomics.h"

#include <string.h>

/* Before the strings; the first word is the key. */
enum {
    ENTRY_PC,
    ENTRY_LINE,
    ENTRY_WORDS,
};
#define KEY_BYTES     sizeof(uint64_t)
#define HEAD_BYTES    (ENTRY_WORDS * sizeof(uint64_t))
#define STRINGS_BYTES 768 /* both, with their ends; cut at the front */

static struct {
    struct rs_depot depot;
} sites;

RS_CORE_ROWS(site) = {
    RS_CORE_VARIABLE("sites", sites.depot),
    RS_CORE_NUMBER_AS("site.pc", ENTRY_PC),
    RS_CORE_NUMBER_AS("site.line", ENTRY_LINE),
    RS_CORE_NUMBER_AS("site.strings", ENTRY_WORDS),
};

_Atomic uint32_t rs_site_known[RS_SITE_WAYS];

bool
rs_site_start(size_t bytes)
{
    return rs_depot_start(&sites.depot, bytes);
}

/* The end of a path says more than its beginning. */
static size_t
copy_end(char *to, size_t room, const char *from)
{
    size_t length = from != NULL ? strlen(from) : 0;

    if (length >= room) {
        from += length - room + 1;
        length = room - 1;
    }
    if (length != 0)
        memcpy(to, from, length);
    to[length] = '\0';
    return length + 1;
}

/* The newer one goes to the first way, what was there to the second. */
static void
note_known(const struct rs_site_key *key)
{
    _Atomic uint32_t *way =
        &rs_site_known[(key->pc >> 3) & (RS_SITE_WAYS - 2)];

    if (rs_site_is_known(key->pc))
        return;
    rs_store(&way[1], rs_load(&way[0]));
    rs_store(&way[0], (uint32_t)key->pc);
}

rs_frame
rs_site_put(const struct rs_site_key *key, bool is_watched)
{
    union {
        uint64_t words[ENTRY_WORDS + STRINGS_BYTES / 8];
        char bytes[HEAD_BYTES + STRINGS_BYTES];
    } entry;
    uint32_t id;
    size_t bytes = HEAD_BYTES;

    entry.words[ENTRY_PC] = key->pc;
    entry.words[ENTRY_LINE] = (uint32_t)key->line;
    id = rs_depot_find(&sites.depot, entry.words, KEY_BYTES);

    if (id == 0) {
        bytes +=
            copy_end(entry.bytes + bytes, STRINGS_BYTES * 2 / 3, key->file);
        bytes +=
            copy_end(entry.bytes + bytes, STRINGS_BYTES / 3, key->function);
        while (bytes % sizeof(uint64_t) != 0)
            entry.bytes[bytes++] = '\0';
        id = rs_depot_put(&sites.depot, entry.words, bytes, KEY_BYTES);
    }
    if (id == 0)
        rs_lost_count(RS_LOST_SITES);
    if (!is_watched)
        note_known(key);
    return id != 0 ? RS_FRAME_SITE | id : 0;
}

rs_frame
rs_site_find(uintptr_t pc)
{
    uint64_t key = pc;
    uint32_t id = rs_depot_find(&sites.depot, &key, KEY_BYTES);

    return id != 0 ? RS_FRAME_SITE | id : pc;
}

struct rs_site
rs_site_get(rs_frame frame)
{
    size_t bytes;
    const uint64_t *entry =
        rs_depot_get(&sites.depot, (uint32_t)frame, &bytes);
    struct rs_site site = {.file = "", .function = ""};

    if (!rs_frame_is_site(frame) || entry == NULL)
        return site;
    site.pc = entry[ENTRY_PC];
    site.line = (int)(uint32_t)entry[ENTRY_LINE];
    site.file = (const char *)(entry + ENTRY_WORDS);
    site.function = site.file + strlen(site.file) + 1;
    return site;
}
