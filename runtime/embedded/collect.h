/* SPDX-License-Identifier: MIT */
/* collect.h -- the collector: what cycles and deferred counts keep alive. */
#pragma once

#include <stdbool.h>

#include "refsan/embedded.h"

/* `is_final`: deferred objects lose their deferral first; nobody holds an
 * uncounted reference any more. Returns how many objects were taken away. */
Py_ssize_t rs_collect_run(bool is_final);
