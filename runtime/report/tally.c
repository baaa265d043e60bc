/* SPDX-License-Identifier: MIT */
/* tally.c -- see tally.h. Any thread, also in a signal handler; no lock. */
#include "report/tally.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "os/atomics.h"
#include "report/inherited.h"

enum {
#define RS_TALLY(id, name) RS_TALLY_##id,
#include "tally.def"
    RS_TALLY_COUNT
};

static struct {
    _Atomic uint64_t *page; /* of all processes; NULL: none */
    atomic_bool is_counted; /* this one, in RS_TALLY_PROCESSES */
} state;

void
rs_tally_start(const char *path, const char *words)
{
    struct rs_inherited file;

    if (rs_inherited_read(&file, path, words))
        state.page = rs_sys_map_known(file.path, file.number, file.id,
                                      RS_TALLY_COUNT * sizeof(uint64_t));
}

static void
count(int what)
{
    if (state.page != NULL)
        rs_add(&state.page[what], 1);
}

void
rs_tally_error(void)
{
    count(RS_TALLY_ERRORS);
}

void
rs_tally_missed_report(void)
{
    count(RS_TALLY_REPORTS);
    if (!atomic_exchange_explicit(&state.is_counted, true,
                                  memory_order_relaxed))
        count(RS_TALLY_PROCESSES);
}

void
rs_tally_after_fork(void)
{
    rs_store(&state.is_counted, false);
}
