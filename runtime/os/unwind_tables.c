/* SPDX-License-Identifier: MIT */
/* unwind_tables.c -- see unwind_tables.h. Linux Standard Base, "DWARF
 * Extensions": the header with its sorted table, FDEs, and their CIEs. Only
 * what linkers write is known here; anything else is not sound.
 *
 * Runs under the loader's list lock, once for an image. */
#include "os/unwind_tables.h"

#include "os/unwind_cfi.h"

#include <string.h>

#define TABLES_BYTES_MAX ((uintptr_t)16 << 20)

/* Encodings of pointers. */
enum {
    ENC_ABSPTR = 0x00,
    ENC_UDATA4 = 0x03,
    ENC_PCREL = 0x10,
    ENC_HEADER_TABLE = 0x3b, /* relative to the header, 4 bytes */
    ENC_INDIRECT = 0x80,
    ENC_OMIT = 0xff,
};

struct image {
    uintptr_t base;
    const ElfW(Phdr) * headers;
    unsigned count;
};

/* The CIE that was read last: neighbours share one. */
struct cie {
    uintptr_t address;
    struct rs_cfi_rules rules;
    unsigned pointer, lsda; /* encodings */
    bool has_data;
};

/* The readable segment with the address, as far as there is something in the
 * file for it; false without one. */
static bool
find_segment(const struct image *image, uintptr_t address, uintptr_t *low,
             uintptr_t *high)
{
    for (unsigned i = 0; i < image->count; i++) {
        const ElfW(Phdr) *load = &image->headers[i];

        *low = image->base + load->p_vaddr;
        *high = *low + load->p_filesz;
        if (load->p_type == PT_LOAD && (load->p_flags & PF_R) != 0 &&
            address >= *low && address < *high)
            return true;
    }
    return false;
}

static struct rs_cfi_reader
read_at(const struct image *image, uintptr_t address)
{
    uintptr_t low, high;

    if (!find_segment(image, address, &low, &high))
        return (struct rs_cfi_reader){.is_bad = true};
    return (struct rs_cfi_reader){.at = (const unsigned char *)address,
                                  .end = (const unsigned char *)high};
}

/* What follows the length that stands at the address. */
static struct rs_cfi_reader
read_entry(const struct image *image, uintptr_t address)
{
    struct rs_cfi_reader reader = read_at(image, address);
    uint64_t bytes = rs_cfi_number(&reader, 4);

    if (bytes < 8 || bytes > (size_t)(reader.end - reader.at))
        reader.is_bad = true;
    else
        reader.end = reader.at + bytes;
    return reader;
}

/* 0 for an encoding that is not known here. */
static unsigned
bytes_of(unsigned encoding)
{
    static const unsigned char bytes[16] = {[0x0] = sizeof(uintptr_t),
                                            [0x2] = 2,
                                            [0x3] = 4,
                                            [0x4] = 8,
                                            [0xa] = 2,
                                            [0xb] = 4,
                                            [0xc] = 8};

    return (encoding & 0x70) <= ENC_PCREL ? bytes[encoding & 15] : 0;
}

static uintptr_t
read_pointer(struct rs_cfi_reader *reader, unsigned encoding)
{
    uintptr_t place = (uintptr_t)reader->at;
    unsigned bytes = bytes_of(encoding);
    uint64_t value = rs_cfi_number(reader, bytes);

    reader->is_bad |= bytes == 0;
    if ((encoding & 0x08) != 0 && bytes < 8 && bytes > 0 &&
        (value >> (8 * bytes - 1)) != 0)
        value |= ~UINT64_C(0) << (8 * bytes);
    if ((encoding & 0x70) == ENC_PCREL && value != 0)
        value += place;
    return (uintptr_t)value;
}

/* A pointer that libunwind follows, if it is an indirect one. */
static void
check_pointer(const struct image *image, struct rs_cfi_reader *reader,
              unsigned encoding)
{
    uintptr_t low, high, address = read_pointer(reader, encoding);

    if (reader->is_bad || (encoding & ENC_INDIRECT) == 0)
        return;
    reader->is_bad |= !find_segment(image, address, &low, &high) ||
                      high - address < sizeof(uintptr_t);
}

static bool
read_augmentation(const struct image *image, struct cie *cie,
                  struct rs_cfi_reader *reader, const char *letters)
{
    struct rs_cfi_reader data = *reader;
    uint64_t bytes;

    if (*letters != 'z')
        return *letters == '\0';
    cie->has_data = true;
    bytes = rs_cfi_uleb(&data);
    *reader = data;
    rs_cfi_skip(reader, bytes);
    data.end = reader->at;
    while (*++letters != '\0' && !data.is_bad) {
        if (*letters == 'R')
            cie->pointer = (unsigned)rs_cfi_number(&data, 1);
        else if (*letters == 'L')
            cie->lsda = (unsigned)rs_cfi_number(&data, 1);
        else if (*letters == 'P')
            check_pointer(image, &data, (unsigned)rs_cfi_number(&data, 1));
        else if (*letters == 'S')
            cie->rules.is_signal = true;
        else if (*letters != 'B')
            return false;
    }
    return !data.is_bad;
}

static bool
read_cie(const struct image *image, struct cie *cie, uintptr_t address)
{
    struct rs_cfi_reader reader = read_entry(image, address);
    const char *letters;
    unsigned version;
    size_t length;

    *cie = (struct cie){.address = address, .lsda = ENC_OMIT};
    reader.is_bad |= rs_cfi_number(&reader, 4) != 0;
    version = (unsigned)rs_cfi_number(&reader, 1);
    if (reader.is_bad || (version != 1 && version != 3))
        return false;
    letters = (const char *)reader.at;
    length = strnlen(letters, (size_t)(reader.end - reader.at));
    rs_cfi_skip(&reader, length + 1);
    if (reader.is_bad || rs_cfi_uleb(&reader) > 16)
        return false;
    cie->rules.data_align = rs_cfi_sleb(&reader);
    if (cie->rules.data_align < -16 || cie->rules.data_align > 16 ||
        cie->rules.data_align == 0)
        return false;
    if ((version == 1 ? rs_cfi_number(&reader, 1) : rs_cfi_uleb(&reader)) > 95)
        return false;
    if (!read_augmentation(image, cie, &reader, letters) ||
        bytes_of(cie->pointer) == 0 || (cie->pointer & ENC_INDIRECT) != 0)
        return false;
    return !reader.is_bad && rs_cfi_is_sound(reader, &cie->rules);
}

/* Does it describe the function that the table says, and soundly? */
static bool
check_fde(const struct image *image, struct cie *cie, uintptr_t address,
          uintptr_t function)
{
    struct rs_cfi_reader reader = read_entry(image, address), data;
    uintptr_t place = (uintptr_t)reader.at;
    uint64_t distance = rs_cfi_number(&reader, 4);
    uint64_t range, bytes;

    if (reader.is_bad || distance == 0 || distance > place - image->base)
        return false;
    if (cie->address != place - distance &&
        !read_cie(image, cie, place - distance))
        return false;
    if (read_pointer(&reader, cie->pointer) != function)
        return false;
    range = read_pointer(&reader, cie->pointer & 0x0f);
    if (range >> 31 != 0)
        return false;
    if (cie->has_data) {
        data = reader;
        bytes = rs_cfi_uleb(&data);
        reader = data;
        rs_cfi_skip(&reader, bytes);
        data.end = reader.at;
        if (cie->lsda != ENC_OMIT && bytes != 0)
            check_pointer(image, &data, cie->lsda);
        reader.is_bad |= data.is_bad;
    }
    return !reader.is_bad && rs_cfi_is_sound(reader, &cie->rules);
}

static bool
check_table(const struct image *image, uintptr_t header,
            struct rs_cfi_reader reader, bool is_deep)
{
    struct cie cie = {0};
    uint64_t count = rs_cfi_number(&reader, 4);
    int64_t last = INT64_MIN;

    if (count > (size_t)(reader.end - reader.at) / 8)
        return false;
    for (uint64_t i = 0; i < count; i++) {
        int32_t function = (int32_t)rs_cfi_number(&reader, 4);
        int32_t entry = (int32_t)rs_cfi_number(&reader, 4);
        uintptr_t low, high;

        if (reader.is_bad || function < last ||
            !find_segment(image, header + (uintptr_t)entry, &low, &high) ||
            (is_deep && !check_fde(image, &cie, header + (uintptr_t)entry,
                                   header + (uintptr_t)function)))
            return false;
        last = function;
    }
    return true;
}

static bool
check_header(const struct image *image, uintptr_t header, uintptr_t bytes)
{
    struct rs_cfi_reader reader = read_at(image, header);
    unsigned pointer, count, table;
    uintptr_t frames, low, high;

    if (reader.is_bad || bytes > (size_t)(reader.end - reader.at))
        return false;
    reader.end = reader.at + bytes;
    if (rs_cfi_number(&reader, 1) != 1)
        return false;
    pointer = (unsigned)rs_cfi_number(&reader, 1);
    count = (unsigned)rs_cfi_number(&reader, 1);
    table = (unsigned)rs_cfi_number(&reader, 1);
    frames = read_pointer(&reader, pointer);
    if (reader.is_bad || (pointer & ENC_INDIRECT) != 0 ||
        count != ENC_UDATA4 || table != ENC_HEADER_TABLE ||
        !find_segment(image, frames, &low, &high))
        return false;
    return check_table(image, header, reader,
                       high - frames <= TABLES_BYTES_MAX);
}

bool
rs_unwind_tables_are_sound(uintptr_t base, const ElfW(Phdr) * headers,
                           unsigned count)
{
    const struct image image = {base, headers, count};

    for (unsigned i = 0; i < count; i++)
        if (headers[i].p_type == PT_GNU_EH_FRAME &&
            !check_header(&image, base + headers[i].p_vaddr,
                          headers[i].p_memsz))
            return false;
    return true;
}
