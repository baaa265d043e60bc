/* SPDX-License-Identifier: MIT */
/* calls.h -- door 6, with --tsan only: calls of the methods of extensions. */
#pragma once

#include <link.h>

/* An extension was loaded: stands in front of the methods in its tables. None of
 * its code runs yet. */
void rs_calls_look(const struct dl_phdr_info *info);
