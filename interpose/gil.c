/* SPDX-License-Identifier: MIT */
/* gil.c -- see gil.h.
 *
 * The interpreter switches the GIL on for good when the module's init function
 * has returned. That is seen when the next module is loaded, a thread is
 * created, or the process ends, so what is to blame is what was loaded last.
 *
 * Wrong when: a built-in module of the program's own, which no loader loads,
 *             is the reason. Then a module before it is named. */
#include "gil.h"

#include "../runtime/host/host.h"
#include "../runtime/os/sys.h"
#include "../runtime/report/report_process.h"
#include "../runtime/os/atomics.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static struct {
    _Atomic uintptr_t place; /* of the main interpreter's switch; an int */
    atomic_bool is_over;     /* said, or on since the start */
    /* Written under the loader's lock, read by the thread that loads. */
    char newest[1024];
} gil;

void
rs_gil_loaded(const char *path)
{
    strncpy(gil.newest, path, sizeof(gil.newest) - 1);
}

/* While a module is loaded the switch counts requests; INT_MAX is for good
 * (Python/ceval_gil.c). */
static bool
is_on(uintptr_t place)
{
    int enabled = 0;

    return rs_sys_read_memory(place, &enabled, sizeof(enabled)) &&
           enabled == INT_MAX;
}

void
rs_gil_look(void)
{
    uintptr_t place = rs_load(&gil.place);

    if (!rs_host->is_free_threaded || rs_load(&gil.is_over))
        return;
    if (place == 0) {
        place = rs_host_gil_switch(rs_host_attached());
        if (place == 0)
            return;
        rs_store(&gil.place, place);
        /* PYTHON_GIL=1: there was no module that could have done it. */
        if (is_on(place)) {
            rs_store(&gil.is_over, true);
            rs_report_gil("");
        }
        return;
    }
    if (!is_on(place))
        return;
    rs_store(&gil.is_over, true);
    rs_report_gil(gil.newest);
}
