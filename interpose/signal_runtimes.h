/* SPDX-License-Identifier: MIT */
/* signal_runtimes.h -- runtimes that turn a fatal signal into an exception of
 * theirs, as Java's and .NET's do. */
#pragma once

#include <signal.h>
#include <stdbool.h>

/* Is the action's handler one of theirs? */
bool rs_signal_runtimes_use(const struct sigaction *action);
