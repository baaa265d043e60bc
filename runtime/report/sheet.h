/* SPDX-License-Identifier: MIT */
/* sheet.h -- the memory that reports are written on, and where they go from
 * there. */
#pragma once

#include <stdbool.h>

#include "detect/finding.h"

/* Makes the first one, so that the first report needs no memory. */
bool rs_sheet_prepare(void);

/* Writes the report, and sends it. Counts it as lost without memory. */
void rs_sheet_say(const struct rs_finding *found);
