/* SPDX-License-Identifier: MIT */
/* dl.h -- the loader's functions, watched (dl_<architecture>.S) and real. */
#pragma once

/* What the exported dlopen, dlmopen and dlsym call first. `which` is the place
 * in dl.c's table; returns the real function, to jump to. */
void *rs_dl_enter(unsigned long which);

/* The definition of `name` that comes after ours: a sanitizer's, or libc's. */
void *rs_dl_next(const char *name);

/* The definition of `name` that an extension's call binds to first. */
void *rs_dl_first(const char *name);
