/* SPDX-License-Identifier: MIT */
/* bug.c -- bugs.def, evidence.def and roles.def as tables. */
#include "detect/bug.h"

#include <assert.h>

#include "base/check.h"

#define ERROR   RS_SEVERITY_ERROR
#define WARNING RS_SEVERITY_WARNING

static const struct rs_bug_words bugs[] = {
#define RS_BUG(id, slug, severity, headline, summary, why, hint)              \
    {slug, severity, summary, why, hint},
#include "bugs.def"
};

static const struct rs_evidence_words evidence[] = {
#define RS_EVIDENCE(id, slug, sentence) {slug, sentence},
#include "evidence.def"
};

static const struct rs_role_words roles[] = {
#define RS_ROLE(id, slug, phrase, label) {slug, phrase},
#include "roles.def"
};

static_assert(RS_SEEN_COUNT <= 64, "struct rs_finding.seen has 64 bits");

const struct rs_bug_words *
rs_bug_words(enum rs_bug bug)
{
    RS_CHECK(bug < RS_BUG_COUNT);
    return &bugs[bug];
}

bool
rs_bug_is_of_module(enum rs_bug bug)
{
    return bug == RS_BUG_IMMORTALIZE_REFUSED ||
           bug == RS_BUG_IMMORTALIZE_STRING;
}

const char *
rs_bug_hint(enum rs_bug bug, uint64_t seen)
{
#define RS_HINT(kind, evidence, hint)                                         \
    if (bug == RS_BUG_##kind && (seen & RS_SEEN_##evidence) != 0)             \
        return hint;
#include "hints.def"
    return rs_bug_words(bug)->hint;
}

const struct rs_evidence_words *
rs_evidence_words(enum rs_seen_index index)
{
    RS_CHECK(index < RS_SEEN_COUNT);
    return &evidence[index];
}

const struct rs_role_words *
rs_role_words(enum rs_role role)
{
    RS_CHECK(role < RS_ROLE_COUNT);
    return &roles[role];
}
