/* SPDX-License-Identifier: MIT */
/* counts.h -- how often each bug was found, by its fingerprint.
 *
 * A fixed table. Of bugs beyond it only the sum of all is counted
 * (report.h). Any thread, also in a signal handler. */
#pragma once

#include <stdint.h>

#include "base/json.h"
#include "detect/bug.h"

#define RS_COUNTS_MAX 512

void rs_counts_add(uint64_t fingerprint, enum rs_bug kind);

/* The member "findings": fingerprint, kind and count of each. */
void rs_counts_write(struct rs_json *json);

/* In the child of a fork: they begin at 0. */
void rs_counts_after_fork(void);
