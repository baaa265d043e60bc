/* SPDX-License-Identifier: MIT */
/* allocator_mimalloc.c -- see allocator.h: mimalloc 2.1.2, as CPython 3.14 and 3.15 have
 * it (Include/internal/mimalloc/mimalloc/types.h).
 *
 * A segment is 32 MiB of memory at a multiple of that, in slices of 64 KiB; its
 * head describes the slices, and in the first one of each page the page. */
#include "leak/allocator_mimalloc.h"

#include "leak/allocator.h"
#include "os/sys.h"

#include <string.h>

#define SEGMENT_BYTES ((uintptr_t)32 << 20)
#define SLICE_SHIFT   16
#define SLICES_MAX    512
/* mi_segment_t */
#define SEGMENT_SIZE    32
#define SEGMENT_SLICES  224
#define SEGMENT_INFO    232
#define SEGMENT_ENTRIES 248
#define SEGMENT_PAGES   264
/* mi_page_t */
#define PAGE_BYTES       96
#define PAGE_SLICES      0
#define PAGE_CAPACITY    10
#define PAGE_FREE        16
#define PAGE_USED        24
#define PAGE_BLOCK_BYTES 28
#define PAGE_LOCAL_FREE  32
#define PAGE_OTHERS_FREE 40 /* the two low bits are something else */

struct page {
    uintptr_t start, end;    /* of its slices */
    uintptr_t blocks;        /* where the first block is */
    uint32_t block_bytes;    /* 0: all is free */
    uint32_t capacity, used; /* used counts the other two lists, too */
    uintptr_t lists[3];
};

static uintptr_t
word_at(uintptr_t address)
{
    return *(const uintptr_t *)address;
}

static uint32_t
half_at(uintptr_t address)
{
    return *(const uint32_t *)address;
}

/* Asked for one address after the other: the last answer is kept. */
static bool
is_segment(uintptr_t segment)
{
    static uintptr_t last;
    static bool is_last;
    uintptr_t slices;

    if (segment == last)
        return is_last;
    last = segment;
    is_last = false;
    if (segment == 0 ||
        !rs_sys_can_read(segment, SEGMENT_PAGES + SLICES_MAX * PAGE_BYTES))
        return false;
    slices = word_at(segment + SEGMENT_SLICES);
    is_last = slices > 1 && slices <= SLICES_MAX &&
              word_at(segment + SEGMENT_SIZE) == slices << SLICE_SHIFT &&
              word_at(segment + SEGMENT_ENTRIES) == slices &&
              word_at(segment + SEGMENT_INFO) == 1;
    return is_last;
}

/* Where the blocks of a page begin: _mi_segment_page_start_from_slice(). */
static uintptr_t
blocks_offset(uint32_t block_bytes)
{
    if (block_bytes >= 8 && block_bytes <= 64)
        return 3 * (uintptr_t)block_bytes;
    return block_bytes > 64 && block_bytes <= 512 ? block_bytes : 0;
}

static bool
is_block(const struct page *page, uintptr_t address)
{
    uintptr_t offset = address - page->blocks;

    return address >= page->blocks && offset % page->block_bytes == 0 &&
           offset / page->block_bytes < page->capacity;
}

/* Calls `visit` with each free block; false when a list leaves the page, or
 * they are not as long together as they must be. */
static bool
each_free(const struct page *page, void (*visit)(void *, uintptr_t),
          void *context)
{
    uint32_t counts[3] = {0};

    for (unsigned i = 0; i < 3; i++) {
        uintptr_t block = page->lists[i];

        for (; block != 0; block = word_at(block)) {
            if (!is_block(page, block) || counts[i]++ == page->capacity)
                return false;
            if (visit != NULL)
                visit(context, block);
        }
    }
    return counts[0] + page->used == page->capacity &&
           counts[1] + counts[2] <= page->used;
}

static bool
read_page(struct page *page, uintptr_t at)
{
    uint16_t capacity;

    memcpy(&capacity, (const void *)(at + PAGE_CAPACITY), sizeof(capacity));
    page->block_bytes = half_at(at + PAGE_BLOCK_BYTES);
    if (page->block_bytes == 0)
        return true;
    page->blocks = page->start + blocks_offset(page->block_bytes);
    page->capacity = capacity;
    page->used = half_at(at + PAGE_USED);
    page->lists[0] = word_at(at + PAGE_FREE);
    page->lists[1] = word_at(at + PAGE_LOCAL_FREE);
    page->lists[2] = word_at(at + PAGE_OTHERS_FREE) & ~(uintptr_t)3;
    return capacity != 0 && page->block_bytes % 8 == 0 &&
           (page->end - page->blocks) / page->block_bytes >= capacity &&
           each_free(page, NULL, NULL);
}

/* The page that has the address. The segment's first slices are its head. */
static bool
find_page(uintptr_t address, struct page *page)
{
    uintptr_t segment = address & ~(SEGMENT_BYTES - 1);
    uintptr_t slice = 0, wanted = (address - segment) >> SLICE_SHIFT;
    uintptr_t slices;

    if (!is_segment(segment) || wanted == 0)
        return false;
    slices = word_at(segment + SEGMENT_SLICES);
    while (slice < slices) {
        uintptr_t at = segment + SEGMENT_PAGES + slice * PAGE_BYTES;
        uint32_t count = half_at(at + PAGE_SLICES);

        if (count == 0 || count > slices - slice)
            return false;
        if (wanted < slice + count) {
            page->start = segment + (slice << SLICE_SHIFT);
            page->end = page->start + ((uintptr_t)count << SLICE_SHIFT);
            return read_page(page, at);
        }
        slice += count;
    }
    return false;
}

struct wiping {
    const struct page *page;
    uintptr_t unit;
    unsigned char *copy;
};

static void
wipe(const struct wiping *wiping, uintptr_t low, uintptr_t high)
{
    uintptr_t end = wiping->unit + RS_HEAP_UNIT_BYTES;

    if (low < wiping->unit)
        low = wiping->unit;
    if (high > end)
        high = end;
    if (low < high)
        memset(wiping->copy + (low - wiping->unit), 0, high - low);
}

static void
wipe_block(void *context, uintptr_t block)
{
    const struct wiping *wiping = context;

    wipe(wiping, block, block + wiping->page->block_bytes);
}

void
rs_allocator_mimalloc_wipe(uintptr_t unit, unsigned char *copy)
{
    struct page page;
    struct wiping wiping = {&page, unit, copy};

    if (!find_page(unit, &page))
        return;
    if (page.block_bytes == 0) {
        wipe(&wiping, page.start, page.end);
        return;
    }
    (void)each_free(&page, wipe_block, &wiping);
    wipe(&wiping, page.blocks + (uintptr_t)page.capacity * page.block_bytes,
         page.end);
}

struct search {
    uintptr_t block;
    bool is_free;
};

static void
compare_block(void *context, uintptr_t block)
{
    struct search *search = context;

    search->is_free |= block == search->block;
}

bool
rs_allocator_mimalloc_find(uintptr_t address, uintptr_t *low, uintptr_t *high)
{
    struct search search = {0};
    struct page page;

    if (!find_page(address, &page) || page.block_bytes == 0 ||
        address < page.blocks)
        return false;
    search.block = address - (address - page.blocks) % page.block_bytes;
    if (!is_block(&page, search.block))
        return false;
    (void)each_free(&page, compare_block, &search);
    *low = search.block;
    *high = *low + page.block_bytes;
    return !search.is_free;
}
