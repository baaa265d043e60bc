/* SPDX-License-Identifier: MIT */
/* exec_environment.h -- the environment of a program that is about to start,
 * with what refsan needs in it.
 *
 * A program may start another with an environment of its own making, in which
 * LD_PRELOAD and REFSAN_... are missing: then they are added, and
 * REFSAN_ADDED=NAME,NAME... says which. The runtime of the new process reads
 * them and takes them out again before main(): that program has the
 * environment it was given, and its children get what it does not have.
 *
 * Async-signal-safe, but for start. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define RS_EXEC_ADDED   "REFSAN_ADDED="
#define RS_EXEC_ENTRIES 1024 /* larger environments are mapped */

/* Lives on the caller's stack. */
struct rs_exec_environment {
    char *entries[RS_EXEC_ENTRIES];
    char preload[2048];
    char added[512];
    char **mapped; /* NULL when `entries` is enough */
    size_t mapped_bytes;
};

/* Remembers what is to be given on. Before main(). */
void rs_exec_environment_start(void);

/* Takes out of the environment what was added to it. After all that reads
 * REFSAN_...; before main(). */
void rs_exec_environment_hide(void);

/* Gives nothing on. Before main(). */
void rs_exec_environment_stop(void);

/* True in a process whose programs are to be watched: refsan was preloaded
 * into it, and not by `refsan run --no-follow`. */
bool rs_exec_environment_follows(void);

/* Why the library cannot be loaded any more, in words; NULL when it can: this
 * process may have another root directory or user by now. */
const char *rs_exec_environment_refusal(void);

/* What to start a program with instead of `given`: `given` itself when nothing
 * is missing in it or nothing can be added. What is added begins with
 * RS_EXEC_ADDED, at the end. */
char *const *rs_exec_environment_make(struct rs_exec_environment *made,
                                      char *const *given);

/* The program did not start in this process. */
void rs_exec_environment_end(struct rs_exec_environment *made);
