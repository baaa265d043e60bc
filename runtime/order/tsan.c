/* SPDX-License-Identifier: MIT */
/* tsan.c -- see tsan.h. The callback runs inside an access, under TSan's locks:
 * it only notes a number. */
#include "order/tsan.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "base/lost.h"
#include "os/atomics.h"
#include "os/elf_image.h"
#include "os/sys.h"

#define LOG_ENTRIES 65536 /* a power of two */
#define STACKS      65536 /* a power of two */

/* Cells: eight bytes, which is what TSan keeps track of at a time, for each
 * piece of memory that objects or slots may have to themselves. Addresses that
 * are this far apart share theirs. */
#define GRANULES   (UINT64_C(1) << 32)
#define CELL_BYTES UINT64_C(8)
#define SLOT_BYTES 8

/* Objects live and die by the thousand at one address, and TSan takes what it
 * knows of one for what another does. So each has a cell of its own here, and
 * TSan is made to forget a part of them before they are used again: it does
 * when memory is unmapped. */
#define NEW_CELLS      UINT32_C(0x100000)
#define PART_CELLS     UINT32_C(0x10000)
#define PART_BYTES     (PART_CELLS * CELL_BYTES)
#define KEYED_BYTES    (2 * GRANULES * CELL_BYTES)
#define RESERVED_BYTES (KEYED_BYTES + NEW_CELLS * CELL_BYTES)
#define OBJECT_BYTES   16

/* TSan's mark of a program counter that no symbolizer knows. */
#define PC_EXTERNAL (UINT64_C(1) << 60)
#define PC_NUMBER   UINT32_MAX

struct entry {
    _Atomic uint32_t number; /* of the access; 0 while it is written */
    struct rs_tsan_access access;
};

static struct {
    void (*read)(void *address, void *pc);
    void (*write)(void *address, void *pc);
    void (*acquire)(void *address);
    void (*release)(void *address);
    int (*mop)(void *report, uintptr_t index, int *thread, void **address,
               int *bytes, int *is_write, int *is_atomic, void **trace,
               uintptr_t frames);

    int (*data)(void *report, const char **description, int *count,
                int *stack_count, int *mop_count, int *loc_count,
                int *mutex_count, int *thread_count, int *unique_tid_count,
                void **sleep_trace, uintptr_t frames);
    int (*unmap)(void *address, size_t bytes);

    uintptr_t cells; /* of objects; those of slots follow, and new ones */
    struct entry *entries;
    _Atomic uint32_t next;
    _Atomic uint32_t next_cell;
    _Atomic uint8_t reports[STACKS]; /* by stack */
} tsan;

bool rs_tsan_is_on;

static RS_THREAD_LOCAL uint32_t raced_with; /* number of an access, or 0 */
static RS_THREAD_LOCAL bool has_ended;

static bool
find_functions(void *context, const struct rs_elf_image *image)
{
    const struct {
        const char *name;
        void **function;
    } wanted[] = {
        {"__tsan_read1_pc", (void **)&tsan.read},
        {"__tsan_write1_pc", (void **)&tsan.write},
        {"__tsan_acquire", (void **)&tsan.acquire},
        {"__tsan_release", (void **)&tsan.release},
        {"__tsan_get_report_mop", (void **)&tsan.mop},
        {"__tsan_get_report_data", (void **)&tsan.data},
        {"munmap", (void **)&tsan.unmap},
    };

    if (rs_elf_image_symbol(image, "__tsan_init") == 0)
        return false;
    *(bool *)context = true;
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        *wanted[i].function =
            (void *)rs_elf_image_symbol(image, wanted[i].name);
    return true;
}

const char *
rs_tsan_start(void)
{
    bool is_there = false;
    void *cells;

    rs_elf_image_each(find_functions, &is_there);
    if (!is_there)
        return "there is no TSan runtime in this process";
    if (tsan.read == NULL || tsan.write == NULL || tsan.acquire == NULL ||
        tsan.release == NULL || tsan.mop == NULL || tsan.data == NULL)
        return "the TSan runtime in this process hides the functions that "
               "refsan needs";
    cells = rs_sys_reserve(RESERVED_BYTES);
    tsan.entries = rs_sys_map(LOG_ENTRIES * sizeof(struct entry));
    if (cells == NULL || tsan.entries == NULL)
        return "there is no memory for its cells (ulimit -v?)";
    tsan.cells = (uintptr_t)cells;
    rs_tsan_is_on = true;
    return NULL;
}

static void *
cell_of(enum rs_tsan_cell cell, const struct rs_tsan_access *access)
{
    bool is_slot = cell >= RS_TSAN_SLOT;
    uint64_t granule = access->address / (is_slot ? SLOT_BYTES : OBJECT_BYTES);

    if (cell == RS_TSAN_LENT)
        return (void *)(tsan.cells + KEYED_BYTES +
                        access->cell % NEW_CELLS * CELL_BYTES);
    return (void *)(tsan.cells + (is_slot ? GRANULES * CELL_BYTES : 0) +
                    granule % GRANULES * CELL_BYTES + (unsigned)cell);
}

/* The part after the next one: of those in between some may be in use. */
static void
forget_part(uint32_t cell)
{
    uint32_t part = (cell / PART_CELLS + 2) % (NEW_CELLS / PART_CELLS);
    uintptr_t at = tsan.cells + KEYED_BYTES + part * PART_BYTES;

    if (tsan.unmap != NULL && tsan.unmap((void *)at, PART_BYTES) == 0)
        (void)rs_sys_reserve_at(at, PART_BYTES);
}

uint32_t
rs_tsan_new_cell(void)
{
    uint32_t cell = rs_add(&tsan.next_cell, 1) + 1;
    int saved = errno;

    if (cell % PART_CELLS == 0 && !has_ended)
        forget_part(cell);
    errno = saved;
    return cell + (cell == 0);
}

/* The access in the log; never 0. */
static uint32_t
note(struct rs_tsan_access *access)
{
    uint32_t number = rs_add(&tsan.next, 1) + 1;
    struct entry *entry;

    number += number == 0;
    access->number = number;
    entry = &tsan.entries[number % LOG_ENTRIES];
    rs_store(&entry->number, 0);
    /* Release: pairs with the fence in rs_tsan_recall(). */
    atomic_thread_fence(memory_order_release);
    memcpy(&entry->access, access, sizeof(*access));
    rs_store_release(&entry->number, number);
    return number;
}

bool
rs_tsan_recall(uint32_t number, struct rs_tsan_access *access)
{
    struct entry *entry = &tsan.entries[number % LOG_ENTRIES];

    if (rs_load_acquire(&entry->number) != number)
        return false;
    memcpy(access, &entry->access, sizeof(*access));
    atomic_thread_fence(memory_order_acquire);
    return rs_load(&entry->number) == number;
}

static _Atomic uint8_t *
reports_of(rs_stack stack)
{
    return &tsan.reports[stack.id * UINT32_C(0x9e3779b9) >> 16 & (STACKS - 1)];
}

/* Two lives at one address have nothing to do with each other. */
static bool
is_same_thing(const struct rs_tsan_access *one,
              const struct rs_tsan_access *other)
{
    return one->address == other->address && one->life == other->life &&
           one->slot != other->slot;
}

static bool
access_cell(void (*how)(void *, void *), enum rs_tsan_cell cell,
            struct rs_tsan_access *now, struct rs_tsan_access *other)
{
    _Atomic uint8_t *reports = reports_of(now->stack);
    int saved = errno;
    uint32_t number;

    if (has_ended || rs_load(reports) >= RS_TSAN_REPORTS)
        return false;
    number = note(now);
    raced_with = 0;
    how(cell_of(cell, now), (void *)(PC_EXTERNAL | number));
    errno = saved;
    if (rs_likely(raced_with == 0))
        return false;
    rs_add(reports, 1);
    if (!rs_tsan_recall(raced_with, other)) {
        rs_lost_count(RS_LOST_ACCESSES);
        return false;
    }
    return is_same_thing(now, other);
}

bool
rs_tsan_read(enum rs_tsan_cell cell, struct rs_tsan_access *now,
             struct rs_tsan_access *other)
{
    return access_cell(tsan.read, cell, now, other);
}

bool
rs_tsan_write(enum rs_tsan_cell cell, struct rs_tsan_access *now,
              struct rs_tsan_access *other)
{
    return access_cell(tsan.write, cell, now, other);
}

void
rs_tsan_release_slow(uintptr_t address)
{
    if (!has_ended)
        tsan.release((void *)address);
}

void
rs_tsan_acquire_slow(uintptr_t address)
{
    if (!has_ended)
        tsan.acquire((void *)address);
}

void
rs_tsan_end_thread(void)
{
    has_ended = true;
}

/* It ends the process that asks for an access that is not there: a leaked thread
 * has none. */
static int
count_accesses(void *report)
{
    const char *description;
    void *trace[1] = {NULL};
    int counts[7] = {0};

    (void)tsan.data(report, &description, &counts[0], &counts[1], &counts[2],
                    &counts[3], &counts[4], &counts[5], &counts[6], trace, 1);
    return counts[2];
}

bool
rs_tsan_take_report(void *report)
{
    int thread, bytes, is_write, is_atomic;
    void *address = NULL, *trace[1] = {NULL};

    if (!rs_tsan_is_on || count_accesses(report) < 2 ||
        tsan.mop(report, 1, &thread, &address, &bytes, &is_write, &is_atomic,
                 trace, 1) == 0 ||
        (uintptr_t)address - tsan.cells >= RESERVED_BYTES)
        return false;
    raced_with = (uint32_t)((uintptr_t)trace[0] & PC_NUMBER);
    return true;
}
