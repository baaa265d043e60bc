/* SPDX-License-Identifier: MIT */
/* unwind_cfi.c -- call frame instructions (DWARF 5, 6.4.2) are read, and not
 * done: see unwind_cfi.h. */
#include "os/unwind_cfi.h"

#include <string.h>

#define REGISTERS       128
#define STATES_MAX      32
#define FRAME_BYTES_MAX ((int64_t)1 << 20)
#define ABOVE_BYTES_MAX 4096
#define RETURN_REGISTER 16 /* x86-64's: always right above the frame */
#define FRAME_REGISTER  6  /* rbp: without saying so, pushed with six others */
#define PUSHED_BYTES    (8 * WORD)
#define WORD            ((int64_t)sizeof(uintptr_t))

uint64_t
rs_cfi_number(struct rs_cfi_reader *reader, unsigned bytes)
{
    uint64_t number = 0;

    if (bytes > sizeof(number) || (size_t)(reader->end - reader->at) < bytes) {
        reader->is_bad = true;
        return 0;
    }
    memcpy(&number, reader->at, bytes);
    reader->at += bytes;
    return number;
}

uint64_t
rs_cfi_uleb(struct rs_cfi_reader *reader)
{
    uint64_t number = 0;

    for (unsigned shift = 0; shift < 63; shift += 7) {
        uint64_t byte = rs_cfi_number(reader, 1);

        number |= (byte & 0x7f) << shift;
        if ((byte & 0x80) == 0)
            return number;
    }
    reader->is_bad = true;
    return 0;
}

int64_t
rs_cfi_sleb(struct rs_cfi_reader *reader)
{
    uint64_t number = 0;

    for (unsigned shift = 0; shift < 63; shift += 7) {
        uint64_t byte = rs_cfi_number(reader, 1);

        number |= (byte & 0x7f) << shift;
        if ((byte & 0x80) != 0)
            continue;
        if ((byte & 0x40) != 0)
            number |= ~UINT64_C(0) << (shift + 7);
        return (int64_t)number;
    }
    reader->is_bad = true;
    return 0;
}

void
rs_cfi_skip(struct rs_cfi_reader *reader, uint64_t bytes)
{
    if ((size_t)(reader->end - reader->at) < bytes)
        reader->is_bad = true;
    else
        reader->at += bytes;
}

/* A block of operations without jumps, and so with an end. */
static void
read_expression(struct rs_cfi_reader *reader)
{
    struct rs_cfi_reader block = *reader;
    uint64_t bytes = rs_cfi_uleb(&block);

    if (block.is_bad || bytes > (size_t)(block.end - block.at)) {
        reader->is_bad = true;
        return;
    }
    block.end = block.at + bytes;
    while (block.at < block.end && !block.is_bad) {
        unsigned op = (unsigned)rs_cfi_number(&block, 1);

        if (op >= 0x08 && op <= 0x0f) /* constants of 1, 2, 4, 8 bytes */
            rs_cfi_skip(&block, UINT64_C(1) << ((op - 0x08) / 2));
        else if (op == 0x10 || op == 0x23) /* constu, plus_uconst */
            (void)rs_cfi_uleb(&block);
        else if (op == 0x11 || (op >= 0x70 && op <= 0x8f)) /* consts, breg */
            (void)rs_cfi_sleb(&block);
        else if (op != 0x06 && op != 0x12 && op != 0x13 && op != 0x1a &&
                 op != 0x1c && (op < 0x1e || op == 0x28 || op > 0x2e) &&
                 (op < 0x30 ||
                  op > 0x4f)) /* deref, dup, drop, arithmetic, lit */
            block.is_bad = true;
    }
    reader->at = block.end;
    reader->is_bad |= block.is_bad;
}

static unsigned
read_register(struct rs_cfi_reader *reader)
{
    uint64_t number = rs_cfi_uleb(reader);

    reader->is_bad |= number >= REGISTERS;
    return (unsigned)number;
}

/* What was said so far: remembered states, and the largest frame. */
struct program {
    int states;
    int64_t frame_bytes;
};

/* From a register to the CFA. */
static void
check_frame(struct rs_cfi_reader *reader, struct program *program,
            int64_t offset)
{
    reader->is_bad |= offset < 0 || offset > FRAME_BYTES_MAX;
    if (offset > program->frame_bytes)
        program->frame_bytes = offset;
}

static void
check_factored_frame(struct rs_cfi_reader *reader,
                     const struct rs_cfi_rules *rules, struct program *program,
                     int64_t factor)
{
    if (factor < -FRAME_BYTES_MAX || factor > FRAME_BYTES_MAX)
        reader->is_bad = true;
    else
        check_frame(reader, program, factor * rules->data_align);
}

/* From the CFA to where a register was saved: below it, but for code that is
 * about to leave by longjmp(), which is written by hand and says so with a
 * signed number. */
static void
check_saved(struct rs_cfi_reader *reader, const struct rs_cfi_rules *rules,
            const struct program *program, unsigned reg, int64_t factor,
            bool may_be_above)
{
    int64_t offset;

    if (factor < -FRAME_BYTES_MAX || factor > FRAME_BYTES_MAX)
        reader->is_bad = true;
    if (reader->is_bad || rules->is_signal)
        return;
    offset = factor * rules->data_align;
    reader->is_bad |= offset > (may_be_above ? ABOVE_BYTES_MAX : 0) ||
                      offset < -FRAME_BYTES_MAX || offset % WORD != 0;
#ifdef __x86_64__
    if (!may_be_above && reg == RETURN_REGISTER)
        reader->is_bad |= offset != -WORD;
    /* It is saved first, while the frame begins at the stack pointer. The next
     * frame is found by it, so a wrong one leads anywhere. */
    if (reg == FRAME_REGISTER)
        reader->is_bad |= -offset > program->frame_bytes;
#else
    (void)reg;
    (void)program;
#endif
}

/* How large the frame is. */
static void
read_frame(struct rs_cfi_reader *reader, const struct rs_cfi_rules *rules,
           unsigned op, struct program *program)
{
    switch (op) {
    case 0x0c: /* def_cfa */
        (void)read_register(reader);
        /* fall through */
    case 0x0e: /* def_cfa_offset */
        check_frame(reader, program, (int64_t)rs_cfi_uleb(reader));
        break;
    case 0x12: /* def_cfa_sf */
        (void)read_register(reader);
        /* fall through */
    case 0x13: /* def_cfa_offset_sf */
        check_factored_frame(reader, rules, program, rs_cfi_sleb(reader));
        break;
    default:
        reader->is_bad = true;
    }
}

/* The instructions of the form 0x00 to 0x3f. */
static void
read_extended(struct rs_cfi_reader *reader, const struct rs_cfi_rules *rules,
              unsigned op, struct program *program)
{
    unsigned reg = 0;

    switch (op) {
    case 0x00: /* nop */
    case 0x2d: /* negate_ra_state */
        break;
    case 0x02: /* advance_loc1, 2, 4 */
    case 0x03:
    case 0x04:
        rs_cfi_skip(reader, UINT64_C(1) << (op - 2));
        break;
    case 0x05: /* offset_extended, val_offset */
    case 0x14:
        reg = read_register(reader);
        check_saved(reader, rules, program, reg, (int64_t)rs_cfi_uleb(reader),
                    false);
        break;
    case 0x11: /* offset_extended_sf, val_offset_sf */
    case 0x15:
        reg = read_register(reader);
        check_saved(reader, rules, program, reg, rs_cfi_sleb(reader), true);
        break;
    case 0x09: /* register */
        (void)read_register(reader);
        /* fall through */
    case 0x06: /* restore_extended, undefined, same_value, def_cfa_register */
    case 0x07:
    case 0x08:
    case 0x0d:
        (void)read_register(reader);
        break;
    case 0x0a: /* remember_state */
        reader->is_bad |= ++program->states > STATES_MAX;
        break;
    case 0x0b: /* restore_state */
        reader->is_bad |= --program->states < 0;
        break;
    case 0x0c:
    case 0x0e:
    case 0x12:
    case 0x13:
        read_frame(reader, rules, op, program);
        break;
    case 0x10: /* expression, val_expression */
    case 0x16:
        (void)read_register(reader);
        /* fall through */
    case 0x0f: /* def_cfa_expression */
        read_expression(reader);
        break;
    case 0x2e: /* GNU_args_size */
        (void)rs_cfi_uleb(reader);
        break;
    default:
        reader->is_bad = true;
    }
}

bool
rs_cfi_is_sound(struct rs_cfi_reader reader, const struct rs_cfi_rules *rules)
{
    struct program program = {.frame_bytes = PUSHED_BYTES};

    while (reader.at < reader.end && !reader.is_bad) {
        unsigned op = (unsigned)rs_cfi_number(&reader, 1);

        if (op >> 6 == 2) /* offset */
            check_saved(&reader, rules, &program, op & 0x3f,
                        (int64_t)rs_cfi_uleb(&reader), false);
        else if (op >> 6 == 0)
            read_extended(&reader, rules, op, &program);
        /* else advance_loc, restore: all is in the byte */
    }
    return !reader.is_bad;
}
