/* SPDX-License-Identifier: MIT */
/* crash_json.h -- what only the report of a fatal signal says, in JSON. */
#pragma once

#include "base/json.h"
#include "detect/finding.h"

/* The member `crash` (docs/json.md); without stacks and operations when the
 * line would not hold them. */
void rs_crash_json_add(struct rs_json *json, const struct rs_finding *found,
                       bool is_whole);
