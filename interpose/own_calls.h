/* SPDX-License-Identifier: MIT */
/* own_calls.h -- refsan's own calls of the C library, and its libunwind's, go
 * past ThreadSanitizer's interceptors.
 *
 * The interceptors are for the program: what refsan does through them would be
 * judged with it, and orders what nothing in the program orders. They also
 * must not be called on a thread after TSan's own end of it, where libunwind's
 * and refsan's destructors still run. */
#pragma once

/* Starts TSan's runtime when it is in the process and has not started: its exit
 * handler ends the process, so it has to run after refsan's. LLVM's shared
 * runtime may start the process again here. Then rewrites the slots. As the
 * first of all, from the constructor. */
void rs_own_calls_start(void);
