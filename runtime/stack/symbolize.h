/* SPDX-License-Identifier: MIT */
/* symbolize.h -- the module, build id and function of a pc. Report time only.
 *
 * In process: what can be had without malloc and without debug information, by
 * reading the module's own symbol tables (.symtab when it is not stripped).
 * File and line of native frames are added out of process by `refsan run` and
 * `refsan symbolize` from module and offset. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "os/sys.h"
#include "stack/stack.h"

/* All words are escaped (base/foreign.h). */
struct rs_symbol {
    bool is_python;
    char function[160]; /* "" when unknown */
    char file[256];     /* "" when unknown, as it is for most native code */
    int line;
    uintptr_t pc;               /* native frames: the return address */
    char module[RS_PATH_BYTES]; /* path; "" for Python frames */
    char build_id[48];          /* hex, "" when the module has none */
    uint64_t offset;            /* into the module's file image, of the call */
};

/* Describes one frame of a stack. Native frames are return addresses: the call
 * is looked up one byte before. Always fills `symbol`. */
void rs_symbolize(rs_frame frame, struct rs_symbol *symbol);

/* The module that has `pc`: its path and load base. False when none does. */
bool rs_symbolize_module(uintptr_t pc, char *path, unsigned bytes,
                         uintptr_t *base);
