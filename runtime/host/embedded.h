/* SPDX-License-Identifier: MIT */
/* embedded.h -- recognises refsan's own embedded runtime
 * (runtime/embedded/) in this process. Private to host*.c. */
#pragma once

#include <stdbool.h>

#include "os/elf_image.h"
#include "host/host.h"

bool rs_host_is_embedded(const struct rs_elf_image *image);

/* Fills `host` and the layout (layout.h). The kind becomes EMBEDDED, or
 * REFUSED where the two libraries are of different minds. */
void rs_host_embedded_read(const struct rs_elf_image *image,
                           struct rs_host *host);
