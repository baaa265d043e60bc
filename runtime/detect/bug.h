/* SPDX-License-Identifier: MIT */
/* bug.h -- the kinds of bug, and the words that describe a finding: the tables
 * bugs.def, evidence.def and roles.def as enums and look-ups. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "event/step.h"

enum rs_severity {
    RS_SEVERITY_ERROR,
    RS_SEVERITY_WARNING,
};

enum rs_bug {
#define RS_BUG(id, slug, severity, headline, summary, why, hint) RS_BUG_##id,
#include "bugs.def"
    RS_BUG_COUNT,
};

struct rs_bug_words {
    const char *slug;
    enum rs_severity severity;
    const char *summary;
    const char *why;
    const char *hint;
};
const struct rs_bug_words *rs_bug_words(enum rs_bug bug);

/* Is it one bug wherever it is in a module? Code that asks for immortality and
 * ignores the answer does so for all its constants, in ever another generated
 * function. */
bool rs_bug_is_of_module(enum rs_bug bug);

/* The advice that fits a finding of the kind, by its enum rs_seen. */
const char *rs_bug_hint(enum rs_bug bug, uint64_t seen);

/* The facts a finding rests on: bits of struct rs_finding.seen. */
enum rs_seen_index {
#define RS_EVIDENCE(id, slug, sentence) RS_SEEN_INDEX_##id,
#include "evidence.def"
    RS_SEEN_COUNT,
};

__extension__ enum rs_seen {
#define RS_EVIDENCE(id, slug, sentence)                                       \
    RS_SEEN_##id = UINT64_C(1) << RS_SEEN_INDEX_##id,
#include "evidence.def"
};

struct rs_evidence_words {
    const char *slug;
    const char *sentence; /* with %c, %s, %o (evidence.def) */
};
const struct rs_evidence_words *rs_evidence_words(enum rs_seen_index index);

struct rs_role_words {
    const char *slug;
    const char *phrase; /* with %e (roles.def) */
};
const struct rs_role_words *rs_role_words(enum rs_role role);
