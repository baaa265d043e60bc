/* SPDX-License-Identifier: MIT */
/* text_stacks.h -- the frames of a stack, and a line of a history, in words. */
#pragma once

#include "event/act.h"
#include "report/text_parts.h"

void rs_text_stacks_frames(struct rs_text_parts *page, rs_stack stack);
void rs_text_stacks_act(struct rs_text_parts *page, unsigned number,
                        const struct rs_past_act *act);
