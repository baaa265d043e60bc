/* SPDX-License-Identifier: MIT */
/* exempt.c -- see exempt.h. Nothing in builds without REFSAN_MUTATIONS. */
#include "base/exempt.h"

#ifdef REFSAN_MUTATIONS

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "os/sys.h"
#include "os/sys_file.h"

static const char *off = "";
static const char *trace;

__attribute__((constructor)) static void
read_environment(void)
{
    const char *name = getenv("REFSAN_MUTATE");

    trace = getenv("REFSAN_MUTATE_TRACE");
    if (name != NULL)
        off = name;
}

bool
rs_exempt_is_on(const struct rs_exempt *exempt)
{
    return strcmp(exempt->name, off) != 0;
}

/* One write per name: lines of several processes do not mix. */
bool
rs_exempt_met(struct rs_exempt *exempt)
{
    char line[80];
    size_t length = strlen(exempt->name);
    int fd;

    if (trace == NULL || length >= sizeof(line) ||
        atomic_exchange_explicit(&exempt->was_met, true, memory_order_relaxed))
        return true;
    memcpy(line, exempt->name, length);
    line[length] = '\n';
    fd = rs_sys_open_append(trace);
    if (fd >= 0) {
        (void)rs_sys_append(fd, line, length + 1);
        rs_sys_close(fd);
    }
    return true;
}

#endif
