/* SPDX-License-Identifier: MIT */
/* elf_view_test.c -- this program's own image, whole and broken. */
#include "interpose/elf_view.h"

#include "unit.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define FLIPS 40000

struct seen {
    const struct rs_elf_view *view;
    const char *wanted;
    unsigned slots;
    unsigned imported;
    unsigned outside; /* addresses that are not the image's */
    unsigned letters; /* every name is read to its end */
    struct rs_elf_slot found;
};

static void
note_slot(void *context, const struct rs_elf_slot *slot)
{
    struct seen *seen = context;

    seen->slots++;
    seen->imported += slot->is_imported;
    seen->letters += (unsigned)strlen(slot->symbol);
    if (!rs_elf_view_has(seen->view, (uintptr_t)slot->address))
        seen->outside++;
    if (seen->wanted != NULL && strcmp(slot->symbol, seen->wanted) == 0)
        seen->found = *slot;
}

static struct seen
look(const struct rs_elf_view *view, const char *wanted)
{
    struct seen seen = {.view = view, .wanted = wanted};

    rs_elf_view_slots(view, note_slot, &seen);
    return seen;
}

/* The first image dl_iterate_phdr names is the program itself. */
static int
keep_first(struct dl_phdr_info *info, size_t bytes, void *context)
{
    (void)bytes;
    *(struct dl_phdr_info *)context = *info;
    return 1;
}

static int
check_image(struct dl_phdr_info *info, size_t bytes, void *context)
{
    struct rs_elf_view view;
    struct seen seen;

    (void)bytes;
    if (!rs_elf_view_open(&view, info))
        return 0;
    UNIT_ROW(info->dlpi_name);
    seen = look(&view, NULL);
    UNIT_EQ(seen.outside, 0);
    UNIT_CHECK(view.relro_low <= view.relro_high);
    UNIT_ROW(NULL);
    ++*(unsigned *)context;
    return 0;
}

static void
test_all_images(void)
{
    unsigned images = 0;

    dl_iterate_phdr(check_image, &images);
    UNIT_CHECK(images >= 2); /* the program and libc */
}

/* A function whose address is taken is bound through a slot that holds it. */
static void
test_own_slot(void)
{
    int (*volatile bound)(void) = getpagesize;
    struct dl_phdr_info info;
    struct rs_elf_view view;
    struct seen seen;

    dl_iterate_phdr(keep_first, &info);
    UNIT_CHECK(rs_elf_view_open(&view, &info));
    seen = look(&view, "getpagesize");
    UNIT_CHECK(seen.found.address != NULL);
    if (seen.found.address == NULL)
        return;
    UNIT_CHECK(seen.found.is_imported);
    UNIT_CHECK(seen.found.is_writable);
    UNIT_EQ(*seen.found.address, (uintptr_t)bound);
    UNIT_EQ(seen.found.is_protected,
            (uintptr_t)seen.found.address >= view.relro_low &&
                (uintptr_t)seen.found.address < view.relro_high);
    UNIT_CHECK(look(&view, NULL).imported <= seen.slots);
}

/* A copy of this program's image, in pages that nothing else is mapped next
 * to, with its dynamic section as a loader leaves it that relocates nothing.
 */
struct copy {
    struct dl_phdr_info info;
    unsigned char *bytes;
    size_t size;
    unsigned char *dynamic;
    size_t dynamic_bytes;
};

static void
undo_relocation(unsigned char *dynamic, size_t bytes, uintptr_t base)
{
    for (; bytes >= sizeof(ElfW(Dyn)); bytes -= sizeof(ElfW(Dyn))) {
        ElfW(Dyn) *entry = (ElfW(Dyn) *)dynamic;

        if (entry->d_tag == DT_SYMTAB || entry->d_tag == DT_STRTAB ||
            entry->d_tag == DT_RELA || entry->d_tag == DT_JMPREL)
            entry->d_un.d_ptr -= base;
        dynamic += sizeof(ElfW(Dyn));
    }
}

/* A sanitizer would object to what lies between the variables. */
__attribute__((no_sanitize("address", "thread"))) static void
copy_bytes(unsigned char *to, uintptr_t from, size_t bytes)
{
    volatile const unsigned char *byte = (const unsigned char *)from;

    while (bytes-- != 0)
        *to++ = *byte++;
}

static struct copy
copy_image(void)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct copy copy;
    struct rs_elf_view view;
    uintptr_t from;

    dl_iterate_phdr(keep_first, &copy.info);
    rs_elf_view_open(&view, &copy.info);
    from = view.image_low & ~(page - 1);
    copy.size = view.image_high - from;
    copy.bytes = mmap(NULL, copy.size + 3 * page, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    copy.bytes += page;
    for (unsigned i = 0; i < view.headers_count; i++) {
        const ElfW(Phdr) *header = &view.headers[i];
        uintptr_t low = view.base + header->p_vaddr;
        unsigned char *to = copy.bytes + (low - from);
        unsigned char *aligned = to - ((uintptr_t)to & (page - 1));

        if (header->p_type == PT_DYNAMIC) {
            copy.dynamic = to;
            copy.dynamic_bytes = header->p_memsz;
        }
        if (header->p_type != PT_LOAD)
            continue;
        mprotect(aligned, header->p_memsz + (size_t)(to - aligned),
                 PROT_READ | PROT_WRITE);
        copy_bytes(to, low, header->p_memsz);
    }
    undo_relocation(copy.dynamic, copy.dynamic_bytes, view.base);
    copy.info.dlpi_addr = (uintptr_t)copy.bytes - (from - view.base);
    return copy;
}

static void
test_unrelocated_copy(const struct copy *copy)
{
    struct dl_phdr_info info;
    struct rs_elf_view whole, view;

    dl_iterate_phdr(keep_first, &info);
    UNIT_CHECK(rs_elf_view_open(&whole, &info));
    UNIT_CHECK(rs_elf_view_open(&view, &copy->info));
    UNIT_EQ(look(&view, NULL).slots, look(&whole, NULL).slots);
    UNIT_EQ(look(&view, NULL).letters, look(&whole, NULL).letters);
}

static uint64_t
next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* One bit at a time, every fourth in the dynamic section: whatever comes out,
 * it lies in the image, and nothing outside was touched to find it. */
static void
test_broken_images(const struct copy *copy)
{
    uint64_t random = UINT64_C(0x2545f4914f6cdd1d);
    struct rs_elf_view view;
    unsigned opened = 0, refused = 0, outside = 0;

    for (unsigned i = 0; i < FLIPS; i++) {
        uint64_t dice = next_random(&random);
        size_t tables = copy->size / 8; /* symbols, names and relocations */
        unsigned char *byte = i % 4 == 0
                                  ? copy->dynamic + dice % copy->dynamic_bytes
                                  : copy->bytes + dice % tables;
        unsigned char bit = (unsigned char)(1u << (dice >> 60 & 7));

        *byte ^= bit;
        if (rs_elf_view_open(&view, &copy->info)) {
            opened++;
            outside += look(&view, NULL).outside;
        }
        else {
            refused++;
        }
        *byte ^= bit;
    }
    UNIT_EQ(outside, 0);
    UNIT_CHECK(opened > FLIPS / 2);
    UNIT_CHECK(refused > 0);
}

int
main(void)
{
    struct copy copy = copy_image();

    test_all_images();
    test_own_slot();
    test_unrelocated_copy(&copy);
    test_broken_images(&copy);
    return unit_result();
}
