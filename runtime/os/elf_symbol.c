/* SPDX-License-Identifier: MIT */
/* elf_symbol.c -- one image's exported symbols, by its hash tables.
 *
 * The loader reads these only where somebody asks for a symbol, and we ask for
 * other ones: nothing is read without a look at the segments. */
#include "os/elf_image.h"

#include <elf.h>
#include <string.h>

/* Item `index` of a table, or NULL where it is not loaded. */
static const void *
item(const struct rs_elf_image *image, uintptr_t table, uint64_t index,
     size_t bytes)
{
    uintptr_t at = table + (uintptr_t)(index * bytes);

    return at % (bytes < sizeof(uintptr_t) ? bytes : sizeof(uintptr_t)) == 0 &&
                   rs_elf_image_is_loaded(image, at, bytes)
               ? (const void *)at
               : NULL;
}

static bool
read_word(const struct rs_elf_image *image, uintptr_t table, uint64_t index,
          uint32_t *word)
{
    const uint32_t *at = item(image, table, index, sizeof(*at));

    if (at != NULL)
        *word = *at;
    return at != NULL;
}

static const ElfW(Sym) *
    symbol_at(const struct rs_elf_image *image, uint32_t index)
{
    return item(image, image->symbols, index, sizeof(ElfW(Sym)));
}

static bool
has_name(const struct rs_elf_image *image, uint32_t index, const char *name)
{
    const ElfW(Sym) *symbol = symbol_at(image, index);
    size_t bytes = strlen(name) + 1;

    return symbol != NULL &&
           rs_elf_image_is_loaded(image, image->strings + symbol->st_name,
                                  bytes) &&
           memcmp((const char *)image->strings + symbol->st_name, name,
                  bytes) == 0;
}

/* The index of a symbol, or 0. */
static uint32_t
find_by_gnu_hash(const struct rs_elf_image *image, const char *name)
{
    const uintptr_t table = image->gnu_hash;
    uint32_t buckets, first, words, at, other, hash = 5381;
    uint64_t bucket;

    for (const char *c = name; *c != '\0'; c++)
        hash = hash * 33 + (unsigned char)*c;
    if (!read_word(image, table, 0, &buckets) || buckets == 0 ||
        !read_word(image, table, 1, &first) ||
        !read_word(image, table, 2, &words))
        return 0;
    bucket = 4 + words * (uint64_t)(sizeof(uintptr_t) / 4);
    if (!read_word(image, table, bucket + hash % buckets, &at) || at < first ||
        at == 0)
        return 0;
    for (; read_word(image, table, bucket + buckets + (at - first), &other);
         at++) {
        if ((other | 1) == (hash | 1) && has_name(image, at, name))
            return at;
        if ((other & 1) != 0)
            return 0;
    }
    return 0;
}

static uint32_t
find_by_sysv_hash(const struct rs_elf_image *image, const char *name)
{
    const uintptr_t table = image->sysv_hash;
    uint32_t buckets, symbols, at, hash = 0;

    for (const char *c = name; *c != '\0'; c++) {
        hash = (hash << 4) + (unsigned char)*c;
        hash ^= hash >> 24 & 0xf0;
        hash &= 0x0fffffff;
    }
    if (!read_word(image, table, 0, &buckets) || buckets == 0 ||
        !read_word(image, table, 1, &symbols) ||
        !read_word(image, table, UINT64_C(2) + hash % buckets, &at) ||
        !rs_elf_image_is_loaded(image, table,
                                (UINT64_C(2) + buckets + symbols) *
                                    sizeof(uint32_t)))
        return 0;
    /* A damaged chain may be a circle, but has no more links than there are
     * symbols. */
    for (; at != 0 && symbols > 0; symbols--) {
        if (has_name(image, at, name))
            return at;
        if (!read_word(image, table, UINT64_C(2) + buckets + at, &at))
            return 0;
    }
    return 0;
}

uintptr_t
rs_elf_image_symbol(const struct rs_elf_image *image, const char *name)
{
    const ElfW(Sym) * symbol;
    uint32_t at = 0;
    unsigned type;

    if (image->symbols == 0 || image->strings == 0)
        return 0;
    if (image->gnu_hash != 0)
        at = find_by_gnu_hash(image, name);
    else if (image->sysv_hash != 0)
        at = find_by_sysv_hash(image, name);
    if (at == 0)
        return 0;
    symbol = symbol_at(image, at); /* it has that name */
    type = symbol->st_info & 0xf;
    if (symbol->st_shndx == SHN_UNDEF ||
        (type != STT_FUNC && type != STT_OBJECT && type != STT_NOTYPE))
        return 0;
    return image->base + symbol->st_value;
}
