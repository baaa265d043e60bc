/* SPDX-License-Identifier: MIT */
/* counts.c -- see counts.h. Slots are filled by compare-and-swap and stay.
 *
 * Relaxed: who reads a fingerprint before its kind says the first kind of
 * bugs.def; that is the last line of a process against its first report. */
#include "report/counts.h"

#include <stdatomic.h>

#include "os/atomics.h"
#include "report/names.h"

static struct {
    _Atomic uint64_t fingerprint; /* 0: free */
    _Atomic unsigned kind;
    _Atomic uint64_t times;
} counts[RS_COUNTS_MAX];

void
rs_counts_add(uint64_t fingerprint, enum rs_bug kind)
{
    for (unsigned i = 0; i < RS_COUNTS_MAX && fingerprint != 0; i++) {
        unsigned at = (unsigned)(fingerprint + i) % RS_COUNTS_MAX;
        uint64_t seen = rs_load(&counts[at].fingerprint);

        if (seen == 0 &&
            rs_swap_if(&counts[at].fingerprint, &seen, fingerprint))
            seen = fingerprint;
        if (seen != fingerprint)
            continue;
        rs_store(&counts[at].kind, (unsigned)kind);
        rs_add(&counts[at].times, 1);
        return;
    }
}

void
rs_counts_write(struct rs_json *json)
{
    rs_json_open(json, "findings", '[');
    for (unsigned i = 0; i < RS_COUNTS_MAX; i++) {
        uint64_t times = rs_load(&counts[i].times);
        char digits[RS_NAMES_FINGERPRINT_BYTES];

        if (times == 0)
            continue;
        rs_json_open(json, NULL, '{');
        rs_json_string(
            json, "fingerprint",
            rs_names_fingerprint(rs_load(&counts[i].fingerprint), digits));
        rs_json_string(
            json, "kind",
            rs_bug_words((enum rs_bug)rs_load(&counts[i].kind))->slug);
        rs_json_int(json, "count", (int64_t)times);
        rs_json_close(json, '}');
    }
    rs_json_close(json, ']');
}

void
rs_counts_after_fork(void)
{
    for (unsigned i = 0; i < RS_COUNTS_MAX; i++)
        rs_store(&counts[i].times, 0);
}
