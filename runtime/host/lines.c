/* SPDX-License-Identifier: MIT */
/* lines.c -- reads a code object's location table, and of it only lines.
 *
 * Each entry begins with a byte that has its top bit set: four bits say what
 * follows, three how many code units (of two bytes) it is about. Columns and
 * end lines are skipped. For reports: each piece is a system call. */
#include "host/lines.h"

#include "os/sys.h"

/* co_linetable, read in pieces. */
struct line_table {
    uintptr_t next, end;
    unsigned char piece[128];
    unsigned at, count;
};

/* The next byte, or -1 at the end. */
static int
next_byte(struct line_table *table)
{
    if (table->at == table->count) {
        size_t left = table->end - table->next;

        table->count =
            (unsigned)(left < sizeof(table->piece) ? left
                                                   : sizeof(table->piece));
        table->at = 0;
        if (table->count == 0 ||
            !rs_sys_read_memory(table->next, table->piece, table->count)) {
            table->end = table->next;
            table->count = 0;
            return -1;
        }
        table->next += table->count;
    }
    return table->piece[table->at++];
}

/* Signed, six bits a byte, low bits first, sign in the lowest bit. */
static int
next_signed(struct line_table *table)
{
    unsigned value = 0;

    for (unsigned shift = 0; shift < 30; shift += 6) {
        int byte = next_byte(table);

        if (byte < 0)
            break;
        value |= ((unsigned)byte & 0x3f) << shift;
        if ((byte & 0x40) == 0)
            break;
    }
    return (value & 1) != 0 ? -(int)(value >> 1) : (int)(value >> 1);
}

int
rs_host_lines_find(uintptr_t address, size_t bytes, int line, uint32_t lasti)
{
    struct line_table table = {.next = address, .end = address + bytes};
    uint64_t covered = 0;
    int byte = next_byte(&table);

    while (byte >= 0) {
        unsigned form = (unsigned)byte >> 3 & 15;

        covered += 2 * (((unsigned)byte & 7) + 1);
        if (form == 13 || form == 14)
            line += next_signed(&table);
        else if (form >= 10 && form <= 12)
            line += (int)form - 10;
        if (lasti < covered)
            return form == 15 ? 0 : line;
        do
            byte = next_byte(&table);
        while (byte >= 0 && byte < 0x80);
    }
    return 0;
}
