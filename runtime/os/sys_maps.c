/* SPDX-License-Identifier: MIT */
/* sys_maps.c -- what memory the process has, by the kernel's word, and which
 * of it is refsan's own.
 *
 * Own maps are noted from any thread, without a lock. One that finds no room
 * is then taken for the program's: what is in it counts as the program's
 * references, and hides leaks. */
#include "os/sys.h"
#include "os/atomics.h"

#include <stdatomic.h>
#include <string.h>

#define OWN_MAPS 4096

static struct {
    _Atomic uintptr_t low, high;
} own[OWN_MAPS];

void
rs_sys_maps_add(uintptr_t low, uintptr_t high)
{
    for (unsigned i = 0; i < OWN_MAPS; i++) {
        uintptr_t none = 0;

        if (rs_load(&own[i].low) == 0 && rs_swap_if(&own[i].low, &none, low)) {
            rs_store(&own[i].high, high);
            return;
        }
    }
}

void
rs_sys_maps_remove(uintptr_t low)
{
    for (unsigned i = 0; i < OWN_MAPS; i++)
        if (rs_load(&own[i].low) == low)
            rs_store(&own[i].low, 0);
}

/* The lowest own map that reaches into [low, high); false without one. */
static bool
find_own(uintptr_t low, uintptr_t high, uintptr_t *own_low,
         uintptr_t *own_high)
{
    bool is_found = false;

    for (unsigned i = 0; i < OWN_MAPS; i++) {
        uintptr_t from = rs_load(&own[i].low);
        uintptr_t to = rs_load(&own[i].high);

        if (from == 0 || from >= high || to <= low ||
            (is_found && from >= *own_low))
            continue;
        *own_low = from;
        *own_high = to;
        is_found = true;
    }
    return is_found;
}

static void
visit_rest(uintptr_t low, uintptr_t high, rs_sys_visit_memory *visit,
           void *context)
{
    uintptr_t own_low = 0, own_high = 0;

    while (low < high && find_own(low, high, &own_low, &own_high)) {
        if (own_low > low)
            visit(context, low, own_low);
        low = own_high;
    }
    if (low < high)
        visit(context, low, high);
}

static const char *
read_hex(const char *at, uintptr_t *number)
{
    for (*number = 0;; at++) {
        if (*at >= '0' && *at <= '9')
            *number = *number << 4 | (uintptr_t)(*at - '0');
        else if (*at >= 'a' && *at <= 'f')
            *number = *number << 4 | (uintptr_t)(*at - 'a' + 10);
        else
            return at;
    }
}

/* "7f12a000-7f12b000 rw-p …" */
bool
rs_sys_map_read(const char *line, struct rs_sys_map *map)
{
    const char *at = read_hex(line, &map->low);

    if (at == line || *at != '-')
        return false;
    at = read_hex(at + 1, &map->high);
    if (*at != ' ' || strnlen(at + 1, 4) != 4)
        return false;
    memcpy(map->protection, at + 1, 4);
    map->protection[4] = '\0';
    return true;
}

static void
read_line(const char *line, rs_sys_visit_map *visit, void *context)
{
    struct rs_sys_map map;

    if (rs_sys_map_read(line, &map))
        visit(context, &map);
}

/* A line is read by its place in the file: the kernel writes whole lines, and
 * what `visit` does changes no map before it. */
bool
rs_sys_each_map(rs_sys_visit_map *visit, void *context)
{
    char text[4096];
    int fd = rs_sys_open("/proc/self/maps");
    uint64_t offset = 0;
    size_t kept = 0;
    long got;

    if (fd < 0)
        return false;
    while ((got = rs_sys_read_at(fd, text + kept, sizeof(text) - kept - 1,
                                 offset)) > 0) {
        char *line = text, *end;

        offset += (uint64_t)got;
        text[kept + (size_t)got] = '\0';
        while ((end = strchr(line, '\n')) != NULL) {
            *end = '\0';
            read_line(line, visit, context);
            line = end + 1;
        }
        kept = strlen(line);
        if (kept > sizeof(text) / 2) /* a path longer than any */
            kept = 0;
        memmove(text, line, kept);
    }
    rs_sys_close(fd);
    return got == 0;
}

struct writable {
    rs_sys_visit_memory *visit;
    void *context;
};

static void
visit_writable(void *context, const struct rs_sys_map *map)
{
    const struct writable *writable = context;

    if (memcmp(map->protection, "rw", 2) == 0)
        visit_rest(map->low, map->high, writable->visit, writable->context);
}

bool
rs_sys_each_writable(rs_sys_visit_memory *visit, void *context)
{
    struct writable writable = {visit, context};

    return rs_sys_each_map(visit_writable, &writable);
}
