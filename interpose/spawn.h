/* SPDX-License-Identifier: MIT */
/* spawn.h -- the hook of pthread_create: which thread created which. */
#pragma once

/* Makes the pool of packets that new threads get. Once, from the constructor.
 */
void rs_spawn_start(void);
