/* SPDX-License-Identifier: MIT */
/* cpython.h -- recognises a CPython in this process. Private to host*.c.
 */
#pragma once

#include <stdbool.h>

#include "os/elf_image.h"
#include "host/host.h"

/* Finds the functions by which rs_host_attached() and rs_host_life() answer:
 * every host has them under CPython's names. */
void rs_host_cpython_bind(const struct rs_elf_image *image);

/* Fills `host` and the layout (layout.h) from an image that exports
 * _PyRuntime. The kind becomes CPYTHON or REFUSED. */
void rs_host_cpython_read(const struct rs_elf_image *image,
                          struct rs_host *host);
