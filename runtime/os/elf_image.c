/* SPDX-License-Identifier: MIT */
/* elf_image.c -- loaded images, from dl_iterate_phdr() and what it points at.
 *
 * The loader has read the dynamic section to its end, or the image would not be
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
static uintptr_t
dynamic_pointer(const struct rs_elf_image *image, const ElfW(Dyn) * entry)
{
    uintptr_t address = entry->d_un.d_ptr;

    return address < image->low ? image->base + address : address;
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

bool
rs_elf_image_is_loaded(const struct rs_elf_image *image, uintptr_t address,
                       uintptr_t bytes)
{
    for (unsigned i = 0; i < image->headers_count; i++) {
        const ElfW(Phdr) *load = &image->headers[i];
        uintptr_t offset = address - image->base - load->p_vaddr;

        if (load->p_type == PT_LOAD && (load->p_flags & PF_R) != 0 &&
            offset <= load->p_memsz && bytes <= load->p_memsz - offset)
            return true;
    }
    return false;
}

/* The loader does not look at notes: they may stand in the file only, or have
 * any address and size. */
static void
read_notes(struct rs_elf_image *image)
{
    for (unsigned i = 0; i < image->headers_count; i++) {
        const ElfW(Phdr) *part = &image->headers[i];
        uintptr_t at = image->base + part->p_vaddr;

        if (part->p_type == PT_NOTE &&
            rs_elf_image_is_loaded(image, at, part->p_memsz) &&
            rs_elf_note_build_id((const void *)at, part->p_memsz,
                                 image->build_id, sizeof(image->build_id)))
            return;
    }
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
    struct rs_elf_image image = {.base = info->dlpi_addr,
                                 .headers = info->dlpi_phdr,
                                 .headers_count = info->dlpi_phnum};
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
    read_notes(&image);
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
