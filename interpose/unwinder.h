/* SPDX-License-Identifier: MIT */
/* unwinder.h -- libunwind leaves the program's file descriptors alone. */
#pragma once

/* Before libunwind's first use by refsan. */
void rs_unwinder_start(void);
