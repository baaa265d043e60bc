/* SPDX-License-Identifier: MIT */
/* report_process.h -- what is said of a process besides findings: its
 * programs, its modules and its GIL; and the records that say it to `refsan
 * run`. */
#pragma once

#include <stdbool.h>

#include "base/json.h"
#include "base/text.h"

/* A program that this process starts, without refsan. Async-signal-safe, also
 * in the child of vfork(). Without `refsan run` it is only counted. */
void rs_report_unwatched(const char *path, const char *reason,
                         bool may_be_python);

/* An extension module was loaded: does refsan see its inline counting, and
 * were its calls hooked? */
void rs_report_module(const char *path, bool is_instrumented, bool is_hooked);

/* A free-threaded interpreter has switched its GIL on for good, because of the
 * module at `path` ("" when that is not known). Says it once. */
void rs_report_gil(const char *path);

/* The line at the end, if that happened. */
void rs_report_print_gil(struct rs_text *text);

/* A record for `refsan run`: open, members, send. False when it was not
 * sent; only where there is a channel (channel.h). */
struct rs_json rs_report_open_record(struct rs_text *line, const char *type);
bool rs_report_send_record(struct rs_json *json);
