/* SPDX-License-Identifier: MIT */
/* unwinder.h -- keeps libunwind from opening file descriptors in the program.
 */
#pragma once

/* Before libunwind's first use by refsan. */
void rs_unwinder_start(void);
