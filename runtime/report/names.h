/* SPDX-License-Identifier: MIT */
/* names.h -- the names that text, JSON and summary share. */
#pragma once

#include "detect/finding.h"
#include "base/text.h"

/* "live", "dying", …; "unknown" where no birth was seen. */
const char *rs_names_state(enum rs_state state);

const char *rs_names_lock(enum rs_lock_kind kind); /* "PyMutex" */

/* "merged", "queued", "weakref"; "" for the initial state. */
const char *rs_names_shared_state(enum rs_shared_state state);

/* The shared half's count, less the bias of deferred counting. */
int64_t rs_names_shared_count(const struct rs_header *header);

/* Calls `add` with each mark of a word: "shared", "try-enabled", "deferred".
 */
void rs_names_marks(rs_word word, void (*add)(void *to, const char *mark),
                    void *to);

/* "incref": the event's id in small letters. */
#define RS_WORDS_OP_BYTES 32
const char *rs_names_op(enum rs_ev op, char name[RS_WORDS_OP_BYTES]);

/* "CPython 3.15.0b1, free-threaded"; "" when there is no host. */
void rs_names_host(struct rs_text *text);
void rs_names_version(struct rs_text *text); /* "3.15.0b1" */

/* The thread of a slot, or NULL when the finding does not describe it. */
const struct rs_finding_thread *rs_names_thread(const struct rs_finding *found,
                                                unsigned slot);

/* 16 digits. Returns `digits`. */
#define RS_NAMES_FINGERPRINT_BYTES 17
const char *rs_names_fingerprint(uint64_t fingerprint,
                                 char digits[RS_NAMES_FINGERPRINT_BYTES]);

/* A file's path without strip_path_prefix. */
const char *rs_names_strip(const char *path);
