/* SPDX-License-Identifier: MIT */
/* coverage.h -- what was seen, in one sentence: silence must never be mistaken
 * for health. */
#pragma once

#include <stddef.h>

#define RS_COVERAGE_BYTES 512

/* At exit. Needs a host, known or refused. */
void rs_coverage_describe(char *sentence, size_t bytes);
