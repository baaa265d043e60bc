/* SPDX-License-Identifier: MIT */
/* shadow_private.h -- what shadow.c, describe.c and note.c share. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "shadow/record.h"
#include "shadow/shadow.h"

enum rs_contract rs_shadow_contract(void);

/* Copies the object's record. Its object is 0 when the word knows of none, or it
 * had to make room; the rest is not written where the word knows of none. */
void rs_shadow_record(uintptr_t object, rs_word word,
                      struct rs_record *record);

/* The slot of the thread that destroys it; 0 when the record that knew it had
 * to make room. */
unsigned rs_shadow_destroyer(rs_word word, const struct rs_record *record);

/* Makes sure of a record and of the fields every record has. Its entry is NULL
 * where there is none to be had. */
struct rs_record_place rs_shadow_put_record(rs_cell *cell, uintptr_t object,
                                            rs_word word);
