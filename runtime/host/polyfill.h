/* SPDX-License-Identifier: MIT */
/* polyfill.h -- the reference count API of later Pythons, on earlier ones.
 *
 * An extension that wants PyUnstable_SetImmortal on 3.13, or TryIncRef
 * on 3.12, would not load there. Under refsan it does, and what it gets works
 * on the interpreter's own headers, with the meaning the function has in the
 * version that introduced it. */
#pragma once

/* The function `symbol` for this host (host.h), which has none of its own; or
 * NULL when refsan has none either. */
void *rs_polyfill_find(const char *symbol);
