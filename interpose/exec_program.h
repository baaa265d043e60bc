/* SPDX-License-Identifier: MIT */
/* exec_program.h -- can refsan be preloaded into a program? What its file
 * says. Async-signal-safe; errno stays as it was. */
#pragma once

/* An answer of the function below: nothing of interest goes unseen.
 *
 * Missed: a program that is given its own environment and told, by an argument
 * or a file, to start a Python. */
extern const char rs_exec_program_without_python[];

/* Why refsan cannot be in the program at `path`, in words; NULL when it can,
 * and where the file does not tell. Scripts are judged by their interpreter.
 *
 * Missed: programs with file capabilities, and files that may be executed but
 * not read: they count as programs that can be preloaded. */
const char *rs_exec_program_refusal(const char *path);

/* The file that execvp(3) would take for `name`: `name` itself where it has a
 * slash or nothing is found. */
#define RS_EXEC_PATH_BYTES 1024
const char *rs_exec_program_find(const char *name,
                                 char found[RS_EXEC_PATH_BYTES]);
