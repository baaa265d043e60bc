/* SPDX-License-Identifier: MIT */
/* provide.h -- functions that the running interpreter lacks and refsan has. */
#pragma once

/* refsan's own `symbol` for the host's layout, or NULL when there is none. */
void *rs_provide_find(const char *symbol);
