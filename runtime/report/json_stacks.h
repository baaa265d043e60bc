/* SPDX-License-Identifier: MIT */
/* json_stacks.h -- a part of report_json.c. */
#pragma once

#include "base/json.h"
#include "detect/finding.h"

/* The members "stacks" and "history". */
void rs_json_stacks_add(struct rs_json *json, const struct rs_finding *found);
