/* SPDX-License-Identifier: MIT */
/* spawn.h -- who created which thread: pthread_create, watched. */
#pragma once

/* Packets for threads that are being created. Once, from the constructor. */
void rs_spawn_start(void);
