/* SPDX-License-Identifier: MIT */
/* dl.h -- the loader's functions, watched (dl_<architecture>.S) and real. */
#pragma once

/* What the exported dlopen, dlmopen and dlsym call first. `which` is the place
 * in dl.c's table, `first` the first argument; returns the real function, to
 * jump to. */
void *rs_dl_enter(unsigned long which, const void *first);

/* Who is told of a file that dlopen is asked for, before; once, from the
 * constructor. */
void rs_dl_on_open(void (*listener)(const char *path));

/* Something may have been loaded since: tells the listener, if there is one.
 * Cheap when nothing is. Any thread; not under a lock of ours; may run under
 * the loader's. */
void rs_dl_refresh(void);

/* Who is told; once, from the constructor. */
typedef void rs_dl_listener(void);
void rs_dl_on_load(rs_dl_listener *listener);

/* The definition of `name` that comes after ours: a sanitizer's, or libc's. */
void *rs_dl_next(const char *name);

/* The C library's own definition of `name`, or NULL. Not before the runtime of
 * a sanitizer has started, and one thread only. */
void *rs_dl_libc(const char *name);

/* The definition of `name` that an extension's call binds to first. */
void *rs_dl_first(const char *name);
