/* SPDX-License-Identifier: MIT */
/* shadow_private.h -- what shadow.c and describe.c share. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "shadow/shadow.h"

struct rs_record;

enum rs_contract rs_shadow_contract(void);

/* NULL when the object has none, or it had to make room. */
const struct rs_record *rs_shadow_record(uintptr_t object, rs_word word);

/* The slot of the thread that destroys it; 0 when the record that knew it had
 * to make room. */
unsigned rs_shadow_destroyer(rs_word word, const struct rs_record *record);
