/* SPDX-License-Identifier: MIT */
/* dl_aarch64.S -- the exported dlopen, dlmopen and dlsym (dl.c): look what is
 * new, then be gone, so that the real function sees our caller as its own. */

    .text

/* Keeps the arguments and the return address, and asks rs_dl_enter(which). */
.macro WATCHED name, which
    .globl \name
    .type \name, %function
    .p2align 4
\name:
    .cfi_startproc
    hint #34
    stp x29, x30, [sp, #-48]!
    .cfi_def_cfa_offset 48
    .cfi_offset x29, -48
    .cfi_offset x30, -40
    mov x29, sp
    stp x0, x1, [sp, #16]
    stp x2, x3, [sp, #32]
    mov x1, x0
    mov x0, #\which
    bl rs_dl_enter
    mov x16, x0
    ldp x2, x3, [sp, #32]
    ldp x0, x1, [sp, #16]
    ldp x29, x30, [sp], #48
    .cfi_restore x29
    .cfi_restore x30
    .cfi_def_cfa_offset 0
    br x16
    .cfi_endproc
    .size \name, . - \name
.endm

    .hidden rs_dl_enter

    WATCHED dlopen, 0
    WATCHED dlmopen, 1
    WATCHED dlsym, 2

    .section .note.GNU-stack, "", %progbits
