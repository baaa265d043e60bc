/* SPDX-License-Identifier: MIT */
/* gil.h -- notices that a free-threaded interpreter switches its GIL on,
 * because of an extension that does not say that it can do without one. */
#pragma once

/* An image that calls the C API was loaded, `path` as the loader has it. Under
 * the loader's lock. */
void rs_gil_loaded(const char *path);

/* Looks, and says so once (report_process.h). Before rs_gil_loaded() of what
 * was loaded since the last look; and at the end, when no thread need be
 * attached any more. */
void rs_gil_look(void);
