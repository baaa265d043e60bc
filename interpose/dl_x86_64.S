/* SPDX-License-Identifier: MIT */
/* dl_x86_64.S -- the exported dlopen, dlmopen and dlsym (dl.c): look what is
 * new, then be gone, so that the real function sees our caller as its own. */

    .text

/* Pushes the arguments, aligns the stack, and asks rs_dl_enter(which,
 * the first argument). */
.macro WATCHED name, which
    .globl \name
    .type \name, @function
    .p2align 4
\name:
    .cfi_startproc
    endbr64
    pushq %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset %rbp, -16
    movq %rsp, %rbp
    .cfi_def_cfa_register %rbp
    pushq %rdi
    pushq %rsi
    pushq %rdx
    pushq %rcx
    movq %rdi, %rsi
    movl $\which, %edi
    call rs_dl_enter
    popq %rcx
    popq %rdx
    popq %rsi
    popq %rdi
    popq %rbp
    .cfi_def_cfa %rsp, 8
    .cfi_restore %rbp
    jmp *%rax
    .cfi_endproc
    .size \name, . - \name
.endm

    .hidden rs_dl_enter

    WATCHED dlopen, 0
    WATCHED dlmopen, 1
    WATCHED dlsym, 2

    .section .note.GNU-stack, "", @progbits

/* Marks the object as ready for indirect-branch tracking and shadow stacks:
 * calls and returns are paired, and entries begin with endbr64. */
    .section .note.gnu.property, "a"
    .p2align 3
    .long 4, 16, 5
    .asciz "GNU"
    .long 0xc0000002, 4, 3, 0
