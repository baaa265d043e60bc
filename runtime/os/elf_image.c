/* SPDX-License-Identifier: MIT */
/* elf_image.c -- loaded images, from dl_iterate_phdr() and what it points at.
 *
 * The loader has used most of what is read here, or the image would not be
 * there; that is not checked again. Runs at start, after a dlopen and in reports. */
#include "os/elf_image.h"

#include "os/elf_file.h"
#include "os/sys.h"
#include "os/atomics.h"

#include <elf.h>
#include <stdatomic.h>
#include <string.h>

struct walk {
    bool (*visit)(void *context, const struct rs_elf_image *image);
    void *context;
    bool is_first;
};

static void
note_segment(struct rs_elf_image *image, const ElfW(Phdr) * header)
{
    uintptr_t low = image->base + header->p_vaddr;
    uintptr_t high = low + header->p_memsz;

    if (image->high == 0 || low < image->low)
        image->low = low;
    if (high > image->high)
        image->high = high;
    if ((header->p_flags & PF_X) == 0)
        return;
    if (image->text_high == 0 || low < image->text_low)
        image->text_low = low;
    if (high > image->text_high)
        image->text_high = high;
}

/* Most loaders relocate the addresses in a dynamic section, but not in the
 * vdso's. */
static const void *
dynamic_pointer(const struct rs_elf_image *image, const ElfW(Dyn) * entry)
{
    uintptr_t address = entry->d_un.d_ptr;

    return (const void *)(address < image->low ? image->base + address
                                               : address);
}

static void
read_dynamic(struct rs_elf_image *image, const ElfW(Dyn) * entry)
{
    for (; entry->d_tag != DT_NULL; entry++) {
        switch (entry->d_tag) {
        case DT_SYMTAB:
            image->symbols = dynamic_pointer(image, entry);
            break;
        case DT_STRTAB:
            image->strings = dynamic_pointer(image, entry);
            break;
        case DT_GNU_HASH:
            image->gnu_hash = dynamic_pointer(image, entry);
            break;
        case DT_HASH:
            image->sysv_hash = dynamic_pointer(image, entry);
            break;
        default:
            break;
        }
    }
}

/* Does it lie in one piece of what is loaded and can be read? */
static bool
is_loaded(const ElfW(Phdr) * part, const ElfW(Phdr) * headers, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const ElfW(Phdr) *load = &headers[i];

        if (load->p_type == PT_LOAD && (load->p_flags & PF_R) != 0 &&
            part->p_vaddr >= load->p_vaddr && part->p_memsz <= load->p_memsz &&
            part->p_vaddr - load->p_vaddr <= load->p_memsz - part->p_memsz)
            return true;
    }
    return false;
}

/* The loader does not look at notes: they may stand in the file only, or have
 * any address and size. */
static void
read_notes(struct rs_elf_image *image, const ElfW(Phdr) * headers,
           unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (headers[i].p_type == PT_NOTE &&
            is_loaded(&headers[i], headers, count) &&
            rs_elf_note_build_id(
                (const void *)(image->base + headers[i].p_vaddr),
                headers[i].p_memsz, image->build_id, sizeof(image->build_id)))
            return;
}

/* The same bytes for whoever asks first, so two that ask at once do no harm. */
static const char *
executable_path(void)
{
    static char path[RS_PATH_BYTES];
    static atomic_bool is_known;

    /* Acquire and release: publish the bytes. */
    if (!rs_load_acquire(&is_known)) {
        rs_sys_executable_path(path, sizeof(path));
        rs_store_release(&is_known, true);
    }
    return path;
}

static const char *
find_path(const struct rs_elf_image *image, const char *path)
{
    if (path == NULL || path[0] == '\0')
        return image->is_executable ? executable_path() : "";
    return path;
}

static int
visit_image(struct dl_phdr_info *info, size_t size, void *context)
{
    struct walk *walk = context;
    struct rs_elf_image image = {.base = info->dlpi_addr};
    const ElfW(Dyn) *dynamic = NULL;

    (void)size;
    image.is_executable = walk->is_first;
    walk->is_first = false;
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t at = image.base + header->p_vaddr;

        if (header->p_type == PT_LOAD)
            note_segment(&image, header);
        else if (header->p_type == PT_DYNAMIC)
            dynamic = (const void *)at;
    }
    read_notes(&image, info->dlpi_phdr, info->dlpi_phnum);
    if (dynamic != NULL)
        read_dynamic(&image, dynamic);
    image.path = find_path(&image, info->dlpi_name);
    return walk->visit(walk->context, &image);
}

bool
rs_elf_image_each(bool (*visit)(void *context,
                                const struct rs_elf_image *image),
                  void *context)
{
    struct walk walk = {.visit = visit, .context = context, .is_first = true};

    return dl_iterate_phdr(visit_image, &walk) != 0;
}

struct search {
    uintptr_t pc;
    struct rs_elf_image *image;
};

static bool
has_pc(void *context, const struct rs_elf_image *image)
{
    struct search *search = context;

    if (search->pc < image->text_low || search->pc >= image->text_high)
        return false;
    *search->image = *image;
    return true;
}

bool
rs_elf_image_find(uintptr_t pc, struct rs_elf_image *image)
{
    struct search search = {.pc = pc, .image = image};

    return rs_elf_image_each(has_pc, &search);
}

static uint32_t
find_by_gnu_hash(const struct rs_elf_image *image, const char *name)
{
    const uint32_t *table = image->gnu_hash;
    uint32_t buckets = table[0], first = table[1], words = table[2];
    const uint32_t *bucket = table + 4 + words * (sizeof(uintptr_t) / 4);
    const uint32_t *chain = bucket + buckets;
    uint32_t hash = 5381, at;

    for (const char *c = name; *c != '\0'; c++)
        hash = hash * 33 + (unsigned char)*c;
    at = buckets != 0 ? bucket[hash % buckets] : 0;
    if (at < first || at == 0)
        return 0;
    for (;; at++) {
        uint32_t other = chain[at - first];

        if ((other | 1) == (hash | 1) &&
            strcmp(image->strings + image->symbols[at].st_name, name) == 0)
            return at;
        if ((other & 1) != 0)
            return 0;
    }
}

static uint32_t
find_by_sysv_hash(const struct rs_elf_image *image, const char *name)
{
    const uint32_t *table = image->sysv_hash;
    const uint32_t *chain = table + 2 + table[0];
    uint32_t hash = 0, at;

    for (const char *c = name; *c != '\0'; c++) {
        hash = (hash << 4) + (unsigned char)*c;
        hash ^= hash >> 24 & 0xf0;
        hash &= 0x0fffffff;
    }
    at = table[0] != 0 ? table[2 + hash % table[0]] : 0;
    while (at != 0 &&
           strcmp(image->strings + image->symbols[at].st_name, name) != 0)
        at = chain[at];
    return at;
}

uintptr_t
rs_elf_image_symbol(const struct rs_elf_image *image, const char *name)
{
    const ElfW(Sym) * symbol;
    uint32_t at = 0;
    unsigned type;

    if (image->symbols == NULL || image->strings == NULL)
        return 0;
    if (image->gnu_hash != NULL)
        at = find_by_gnu_hash(image, name);
    else if (image->sysv_hash != NULL)
        at = find_by_sysv_hash(image, name);
    symbol = &image->symbols[at];
    type = symbol->st_info & 0xf;
    if (at == 0 || symbol->st_shndx == SHN_UNDEF ||
        (type != STT_FUNC && type != STT_OBJECT && type != STT_NOTYPE))
        return 0;
    return image->base + symbol->st_value;
}
