/* SPDX-License-Identifier: MIT */
/* embedded.c -- the host that is no Python: what it says of itself, in
 * the one structure it exports for this.
 *
 * Its objects look like those of free-threaded 3.15, and its threads answer to
 * the same questions; so all that is read elsewhere by offset is read here by
 * the offsets of this structure. It has no Python frames. */
#include "host/embedded.h"

#include "host/cpython.h"
#include "host/layout.h"
#include "refsan/embedded.h"

#include <string.h>

#define DESCRIPTION "refsan_embedded_host"

bool
rs_host_is_embedded(const struct rs_elf_image *image)
{
    return rs_elf_image_symbol(image, DESCRIPTION) != 0;
}

void
rs_host_embedded_read(const struct rs_elf_image *image, struct rs_host *host)
{
    const struct refsan_embedded_host *said =
        (const struct refsan_embedded_host *)rs_elf_image_symbol(image,
                                                                 DESCRIPTION);
    struct rs_host_layout layout = {0};

    if (said->bytes < sizeof(*said)) {
        strcpy(host->refusal, "the embedded runtime is older than refsan");
        host->kind = RS_HOST_REFUSED;
        return;
    }
    layout.object_bytes = said->object_bytes;
    layout.object_type = said->object_type;
    layout.type_name = said->type_name;
    layout.type_flags = said->type_flags;
    layout.thread_state = said->thread_state;
    layout.thread_interpreter = said->thread_interpreter;
    layout.interpreter_id = said->interpreter_id;
    rs_host_layout_set(&layout);
    rs_host_cpython_bind(image);
    host->version = said->version;
    host->layout = RS_LAYOUT_FREE_THREADED;
    host->is_free_threaded = true;
    host->has_tracer = true;
    host->kind = RS_HOST_EMBEDDED;
}
