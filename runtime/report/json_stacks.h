/* SPDX-License-Identifier: MIT */
/* json_stacks.h -- a finding's stacks and history in JSON (docs/json.md). */
#pragma once

#include "base/json.h"
#include "detect/finding.h"

void rs_json_stacks_add(struct rs_json *json, const struct rs_finding *found);

/* The members of one: `frames` and `python`; those of an act of the past. */
void rs_json_stacks_frames(struct rs_json *json, rs_stack stack);
void rs_json_stacks_act(struct rs_json *json, const struct rs_past_act *act);
