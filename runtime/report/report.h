/* SPDX-License-Identifier: MIT */
/* report.h -- decides whether a finding is reported, and whether the process
 * ends then. report_text.c and report_json.c write it.
 *
 * A finding is reported once per fingerprint, unless it is suppressed or the
 * limit is reached. One write(2) a report. Any thread; two
 * threads that report at once do not wait for each other: each has a buffer of
 * its own. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect/bug.h"

struct rs_finding;

#define RS_REPORT_BYTES (256 * 1024)

/* `channel`, `file`: where `refsan run` listens (channel.h), NULL without. */
void rs_report_start(const char *channel, const char *file);

/* A host was found, or refused: `refsan run` is told at once, because a
 * process may end without a summary. */
void rs_report_host(void);

/* Code that announces its operations was loaded: the tier of findings. */
void rs_report_instrumented(void);
bool rs_report_is_instrumented(void);

/* In the child of a fork: the counters begin at 0. What the parent has
 * reported is not reported again. */
void rs_report_after_fork(void);

/* Says it, unless that was done before or a suppression silences it: then it is
 * counted. Fills the finding's last block. */
enum rs_report_outcome {
    RS_REPORT_COUNTED,  /* for the exit status, by its severity */
    RS_REPORT_FOLLOWED, /* only as a consequence of an earlier finding */
    RS_REPORT_SILENCED,
    RS_REPORT_ALLOWED, /* silenced now; the next one may not be */
};
enum rs_report_outcome rs_report(struct rs_finding *found);

/* Counts another of a finding that was reported, with what was answered then. */
void rs_report_again(enum rs_bug kind, uint64_t fingerprint,
                     enum rs_report_outcome outcome);

/* One line to the place where reports go: "refsan: " is put before it. */
void rs_report_note(const char *sentence);

/* At exit: suppressions, losses, and the coverage line, from `coverage`, a
 * sentence that install.c writes. Nothing in a process without a host. */
void rs_report_stop(const char *coverage);

uint64_t rs_report_errors(void); /* reported or repeated, not suppressed */
uint64_t rs_report_warnings(void);
uint64_t rs_report_silenced(void);
uint64_t rs_report_consequences(void);

/* The exit status a process that would return `status` returns. `refsan run`
 * turns its own where the channel took everything. */
int rs_report_exit_status(int status);

/* report_text.c and report_json.c: write the finding. Return the bytes; the
 * text is cut at `bytes` (counted as lost). */
size_t rs_report_text(const struct rs_finding *found, char *text, size_t bytes,
                      bool is_coloured);
size_t rs_report_json(const struct rs_finding *found, char *text,
                      size_t bytes);

/* A number for "the same bug": the kind, and the innermost function of the
 * user's code that does the act; not addresses or lines. */
uint64_t rs_report_fingerprint(const struct rs_finding *found);

/* … and one for the function that the act is in, whatever the kind. */
uint64_t rs_report_place(const struct rs_finding *found);
