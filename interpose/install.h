/* SPDX-License-Identifier: MIT */
/* install.h -- which doors open in this process, and in which order. The
 * library's constructor, its end, and its fork handler are in install.c. */
#pragma once

/* Something may have been loaded since: look for a host if there is none, and
 * patch what is new. Cheap when nothing is. Any thread; not under a lock of
 * ours; may run under the loader's. */
void rs_install_refresh(void);
