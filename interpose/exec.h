/* SPDX-License-Identifier: MIT */
/* exec.h -- programs that this process starts are watched, too. */
#pragma once

/* Before main(): start as the first of all, hide when the runtime has read its
 * environment. */
void rs_exec_start(void);
void rs_exec_hide(void);
