/* SPDX-License-Identifier: MIT */
/* check.h -- assertions of refsan about itself.
 *
 * RS_CHECK stays in every build: it guards what would make refsan lie or
 * corrupt the program. RS_DCHECK is for debug builds. Both name the place and
 * abort. Neither is for mistakes of the watched program: those are findings.
 */
#pragma once

#include <stdint.h>

#include "os/compiler.h"

/* Never returns: prints one line and aborts. Safe in a signal handler. */
_Noreturn void rs_check_failed(const char *file, int line, const char *what);

#define RS_CHECK(condition)                                                   \
    (rs_likely(condition) ? (void)0                                           \
                          : rs_check_failed(__FILE__, __LINE__, #condition))

#ifdef REFSAN_DEBUG
#define RS_DCHECK(condition) RS_CHECK(condition)
#else
#define RS_DCHECK(condition) ((void)0)
#endif
