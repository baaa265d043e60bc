/* SPDX-License-Identifier: MIT */
/* report.c -- say it? once? halt afterwards?
 *
 * No lock. What was said is a fixed set of hashes, filled by compare-and-swap;
 * every reporting thread takes a sheet of its own to write on (sheet.h). */
#include "report/report.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "detect/finding.h"
#include "base/core_note.h"
#include "base/hash.h"
#include "base/options.h"
#include "report/causes.h"
#include "report/counts.h"
#include "report/earlier.h"
#include "report/only.h"
#include "report/sheet.h"
#include "report/suppress.h"
#include "report/allowed.h"
#include "report/tally.h"
#include "os/sys.h"
#include "os/sys_thread.h"
#include "os/atomics.h"

#define SAID_SIZE   16384 /* a power of two; more than report_limit's default */
#define SAID_PROBES 64

#define HALT_STEP_US 100
#define HALT_STEPS   20000 /* 2 s */

/* The low bits of an entry of the set: what became of the finding. */
enum verdict {
    VERDICT_OPEN = 1, /* another thread is asking the suppressions */
    VERDICT_SAID = 2,
    VERDICT_SILENCED = 3,
};
#define VERDICT_MASK UINT64_C(3)

static struct {
    _Atomic uint64_t said[SAID_SIZE]; /* hash | enum verdict; 0 is free */
    _Atomic uint64_t errors;
    _Atomic uint64_t warnings;
    _Atomic uint64_t silenced;
    _Atomic uint64_t consequences;
    _Atomic uint64_t printed;
    _Atomic unsigned saying; /* threads that claim a finding, or say it */
    _Atomic bool is_halting; /* nobody begins any more */
    atomic_bool is_instrumented;
} state;

RS_CORE_ROWS(report) = {
    RS_CORE_VARIABLE("is_instrumented", state.is_instrumented),
};

static void
count(_Atomic uint64_t *counter)
{
    rs_add(counter, 1);
}

static uint64_t
get(_Atomic uint64_t *counter)
{
    return rs_load(counter);
}

uint64_t
rs_report_errors(void)
{
    return get(&state.errors);
}

uint64_t
rs_report_warnings(void)
{
    return get(&state.warnings);
}

uint64_t
rs_report_silenced(void)
{
    return get(&state.silenced);
}

uint64_t
rs_report_consequences(void)
{
    return get(&state.consequences);
}

void
rs_report_instrumented(void)
{
    rs_store(&state.is_instrumented, true);
}

bool
rs_report_is_instrumented(void)
{
    return rs_load(&state.is_instrumented);
}

void
rs_report_after_fork(void)
{
    rs_tally_after_fork();
    rs_store(&state.errors, 0);
    rs_store(&state.warnings, 0);
    rs_store(&state.silenced, 0);
    rs_store(&state.consequences, 0);
    rs_counts_after_fork();
    rs_store(&state.printed, 0);
    rs_store(&state.saying, 0);
    rs_store(&state.is_halting, false);
}

static uint64_t
as_entry(uint64_t hash)
{
    return (hash & ~VERDICT_MASK) | (hash <= VERDICT_MASK ? 4 : 0);
}

/* Kind and two stacks: what suppressions are asked about once. Where the act
 * has no stack, the object must do. */
static uint64_t
identify(const struct rs_finding *found)
{
    uint64_t hash = rs_hash_mix(found->kind + 1, found->op);
    bool has_stack = false;

    for (unsigned i = 0; i < found->stacks_count && i < 2; i++) {
        hash = rs_hash_mix(hash, found->stacks[i].stack.id);
        has_stack |= found->stacks[i].stack.id != 0;
    }
    if (!has_stack)
        hash = rs_hash_mix(hash, found->object.address);
    return as_entry(hash);
}

/* What is said once. Where nothing has a stack, the object must do. */
static uint64_t
identify_bug(const struct rs_finding *found)
{
    uint64_t hash = rs_hash_mix(found->fingerprint, 1);
    uint64_t stacks = 0;

    for (unsigned i = 0; i < found->stacks_count; i++)
        stacks |= found->stacks[i].stack.id;
    return as_entry(stacks != 0 ? hash
                                : rs_hash_mix(hash, found->object.address));
}

/* The entry for `hash`; *is_new when this call made it. NULL when its corner
 * of the set is full: then the finding is said once more. */
static _Atomic uint64_t *
put_said(uint64_t hash, bool *is_new)
{
    for (unsigned i = 0; i < SAID_PROBES; i++) {
        _Atomic uint64_t *entry =
            &state.said[((hash >> 8) + i) & (SAID_SIZE - 1)];
        uint64_t seen = 0;

        *is_new = rs_swap_if(entry, &seen, hash | VERDICT_OPEN);
        if (*is_new || (seen & ~VERDICT_MASK) == hash)
            return entry;
    }
    *is_new = true;
    return NULL;
}

/* A thread that meets an entry still open asks the suppressions itself rather
 * than wait. */
static bool
is_silenced(const struct rs_finding *found)
{
    uint64_t hash = identify(found);
    bool is_new;
    _Atomic uint64_t *entry = put_said(hash, &is_new);
    unsigned verdict = entry != NULL ? get(entry) & VERDICT_MASK : 0;
    bool silenced;

    if (!is_new && verdict != VERDICT_OPEN)
        return verdict == VERDICT_SILENCED;
    silenced = rs_only_excludes(found) || rs_suppress_matches(found);
    if (is_new && entry != NULL)
        rs_store(entry, hash | (silenced ? VERDICT_SILENCED : VERDICT_SAID));
    return silenced;
}

/* Sequentially consistent, as in halt(): either this thread sees that the
 * process halts, and begins no report, or the one that halts sees this one.
 * Before a finding is claimed: who meets it again may halt. */
static bool
begin_saying(void)
{
    atomic_fetch_add(&state.saying, 1);
    if (!atomic_load(&state.is_halting))
        return true;
    atomic_fetch_sub(&state.saying, 1);
    return false;
}

static void
end_saying(void)
{
    atomic_fetch_sub(&state.saying, 1);
}

static void
say_within_limit(const struct rs_finding *found)
{
    uint64_t limit = (uint64_t)rs_options->report_limit;
    uint64_t before = rs_add(&state.printed, 1);

    if (before < limit)
        rs_sheet_say(found);
    else if (before == limit)
        rs_report_note(
            "report_limit is reached: from now on findings are only counted");
}

/* A report that another thread has begun is finished first.
 *
 * Wrong when: that takes longer than HALT_STEPS, or it is this thread's own,
 * below a signal handler: then it is cut. */
static void
halt(void)
{
    atomic_store(&state.is_halting, true);
    for (int i = 0; i < HALT_STEPS && atomic_load(&state.saying) != 0; i++)
        rs_sys_thread_wait_us(HALT_STEP_US);
    rs_report_note("halt_on_error=1: the process ends here");
    rs_sys_exit(rs_options->exitcode != 0 ? rs_options->exitcode : 66);
}

void
rs_report_again(enum rs_bug kind, uint64_t fingerprint,
                enum rs_report_outcome outcome)
{
    bool is_error = rs_bug_words(kind)->severity == RS_SEVERITY_ERROR;

    if (outcome == RS_REPORT_SILENCED || rs_allowed_has(kind)) {
        count(&state.silenced);
        return;
    }
    rs_counts_add(fingerprint, kind);
    if (outcome == RS_REPORT_FOLLOWED) {
        count(&state.consequences);
        return;
    }
    count(is_error ? &state.errors : &state.warnings);
    if (!is_error && !rs_options->warnings_are_errors)
        return;
    rs_tally_error();
    if (rs_options->halt_on_error)
        halt();
}

enum rs_report_outcome
rs_report(struct rs_finding *found)
{
    enum rs_report_outcome outcome = RS_REPORT_COUNTED;
    bool is_new = false;
    bool may_say = begin_saying();

    found->fingerprint = rs_report_fingerprint(found);
    found->follows =
        found->crash != NULL ? found->crash->cause.fingerprint : 0;
    if (rs_allowed_has(found->kind))
        outcome = RS_REPORT_ALLOWED;
    else if (is_silenced(found)) {
        outcome = RS_REPORT_SILENCED;
        /* Said to files and `refsan run`. */
        if (may_say && rs_only_excludes(found))
            put_said(identify_bug(found), &is_new);
    }
    else {
        if (rs_causes_ask(found, rs_report_place(found)))
            outcome = RS_REPORT_FOLLOWED;
        if (may_say)
            put_said(identify_bug(found), &is_new);
    }
    if (is_new && outcome == RS_REPORT_COUNTED)
        rs_earlier_note(found);
    if (is_new)
        say_within_limit(found);
    if (may_say)
        end_saying();
    rs_report_again(found->kind, found->fingerprint, outcome);
    return outcome;
}
