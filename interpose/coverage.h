/* SPDX-License-Identifier: MIT */
/* coverage.h -- what was watched, in one sentence, so that no reports are not
 * mistaken for no bugs. */
#pragma once

#include <stddef.h>

#define RS_COVERAGE_BYTES 512

/* At exit. Needs a host, known or refused. */
void rs_coverage_describe(char *sentence, size_t bytes);
