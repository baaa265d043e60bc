/* SPDX-License-Identifier: MIT */
/* allowed.h -- kinds of findings that the program allows for a while. Any
 * thread. */
#pragma once

#include <stdbool.h>

#include "detect/bug.h"

/* From now on findings of these kinds are allowed, whoever causes them, and of
 * no others: slugs with commas between, "*" for all, "" for none. False, and
 * nothing changes, if one of them is no kind. */
bool rs_allowed_set(const char *kinds);

bool rs_allowed_has(enum rs_bug kind);
