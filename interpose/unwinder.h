/* SPDX-License-Identifier: MIT */
/* unwinder.h -- keeps libunwind from opening file descriptors in the program,
 * and from tables that would lead it astray. */
#pragma once

#include <link.h>

/* Before libunwind's first use by refsan. */
void rs_unwinder_start(void);

/* An image was loaded: where its unwind tables are not sound, libunwind is used
 * no more, and that is said. Under the loader's lock. */
void rs_unwinder_loaded(const struct dl_phdr_info *info);
