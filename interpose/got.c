/* SPDX-License-Identifier: MIT */
/* got.c -- door 2: put our hooks into the slots of loaded extensions.
 *
 * LD_PRELOAD is not enough. The dynamic linker searches the executable before
 * any preloaded library, and a python built without --enable-shared exports
 * the C API from the executable: extensions bind to it and never to us. So the
 * slots through which an extension calls are rewritten.
 *
 * Runs     at start, and whenever the program asks the loader for something.
 * Holds    the loader's list lock (dl_iterate_phdr). So here: no dlopen, and
 *          nothing that could wait for another thread.
 * Leaves   every page protected as it found it.
 * Undoes   nothing. A stale hook is harmless; restoring a slot races with the
 *          threads that are calling through it. */
#include "got.h"

#include "calls.h"
#include "got_slots.h"
#include "gil.h"
#include "hooks.h"
#include "hooks_real.h"
#include "instrumented.h"
#include "methods.h"
#include "pages.h"
#include "tsan_frames.h"
#include "unwinder.h"

#include "../runtime/host/host.h"
#include "../runtime/host/modules.h"
#include "../runtime/order/tsan.h"
#include "../runtime/base/lost.h"
#include "../runtime/base/options.h"
#include "../runtime/report/report.h"
#include "../runtime/report/report_process.h"
#include "../runtime/os/atomics.h"

#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define IMAGES                                                                \
    2048 /* a power of two; further images are looked at each time */

struct image {
    uintptr_t base;
    uint64_t name_hash;
    uint32_t round; /* of got.round when it was last patched completely */
    bool is_used;
    bool is_seen; /* counted in modules_seen, modules_hooked */
    bool is_hooked;
    bool has_tables_read;
    bool is_told;     /* to `refsan run` */
    uint8_t refusals; /* visits that left slots unwritten */
};

/* An image whose RELRO is writable is being loaded by another thread; or some
 * other tool left it so. After this many looks it is the latter. */
#define REFUSALS_MAX 16

static struct {
    /* Written under the loader's lock. */
    struct image images[IMAGES];
    unsigned long long adds;
    unsigned long long subs;
    uintptr_t host_base;
    uint32_t round; /* advances when an image was unloaded: its place may be
                       another's now, so all are looked at again */
    bool has_pending;
    bool is_first_look; /* at the images, in this process */
    bool has_newest;    /* this walk saw a new image that calls the API */

    /* Read at any time: counters, no order needed. */
    _Atomic unsigned modules_seen;
    _Atomic unsigned modules_hooked;
} got;

/* FNV-1a. */
static uint64_t
hash_name(const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (; name != NULL && *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return hash;
}

/* The place of an image, or NULL when the table is full. An image of another
 * name at a known base replaces the one that was there. */
static struct image *
put_image(const struct dl_phdr_info *info)
{
    uint64_t name_hash = hash_name(info->dlpi_name);
    size_t start = (size_t)(info->dlpi_addr >> 12) * 0x9e3779b97f4a7c15u;

    for (size_t i = 0; i < IMAGES; i++) {
        struct image *image = &got.images[((start >> 32) + i) % IMAGES];

        if (image->is_used && image->base == info->dlpi_addr &&
            image->name_hash == name_hash)
            return image;
        if (!image->is_used || image->base == info->dlpi_addr) {
            *image = (struct image){.base = info->dlpi_addr,
                                    .name_hash = name_hash,
                                    .is_used = true};
            return image;
        }
    }
    return NULL;
}

/* Counts an image once, however often it is looked at. False when it should be
 * looked at again. */
static bool
count_image(struct image *image, const struct rs_got_visit *visit)
{
    bool is_short = visit->is_short && image->refusals < REFUSALS_MAX;

    if (visit->watched != 0 && !image->is_seen) {
        image->is_seen = true;
        rs_add(&got.modules_seen, 1);
    }
    if (visit->hooked != 0 && !image->is_hooked) {
        image->is_hooked = true;
        rs_add(&got.modules_hooked, 1);
    }
    if (is_short && ++image->refusals == REFUSALS_MAX)
        rs_lost_count(RS_LOST_MODULES);
    return visit->pending == 0 && !is_short;
}

static void
note_announcing(const struct rs_got_visit *visit, const char *path)
{
    rs_instrumented_note(visit->mark, path);
    if (rs_instrumented_is_known(visit->mark))
        rs_modules_add(visit->view.image_low, visit->view.image_high,
                       RS_MODULES_ANNOUNCING);
}

/* Before any of its code is on a stack that libunwind walks. What is there when
 * the first look is taken, the interpreter and its libraries, is trusted:
 * reading their tables would cost each start some ten milliseconds.
 *
 * Missed: an extension that was linked into the program. */
static void
read_tables(const struct dl_phdr_info *info, struct image *image)
{
    if (!image->has_tables_read && !got.is_first_look)
        rs_unwinder_loaded(info);
    image->has_tables_read = true;
}

/* Once the image is patched, or nothing more will come of it. */
static void
tell_module(struct image *image, const struct rs_got_visit *visit,
            const char *path)
{
    if (image->is_told || visit->is_host || path[0] == '\0' ||
        (!visit->uses_api && visit->mark[0] == '\0') ||
        (visit->pending != 0 && visit->hooked == 0))
        return;
    image->is_told = true;
    rs_report_module(
        path, visit->mark[0] != '\0' && rs_instrumented_is_known(visit->mark),
        visit->hooked != 0);
}

/* Of several, the loader lists the one that needs the others first. */
static void
note_newest(const struct rs_got_visit *visit, const char *path)
{
    if (got.has_newest || !visit->uses_api || visit->is_host ||
        path[0] == '\0')
        return;
    got.has_newest = true;
    rs_gil_loaded(path);
}

static void
patch_image(const struct dl_phdr_info *info)
{
    struct rs_got_visit visit = {0};
    struct image *image = put_image(info);
    struct image spare = {0}; /* counted again each time; better than not */
    bool was_seen, was_hooked, is_new;

    if (image == NULL)
        image = &spare;
    read_tables(info, image);
    was_seen = image->is_seen;
    was_hooked = image->is_hooked;
    is_new = image->round == 0;
    if (image->round == got.round || !rs_elf_view_open(&visit.view, info) ||
        rs_elf_view_has(&visit.view, (uintptr_t)&got)) {
        image->round = got.round;
        return;
    }
    visit.is_host = rs_elf_view_has(&visit.view, rs_host->text_low);
    rs_got_slots_visit(&visit);
    if (visit.tells_tsan)
        rs_tsan_frames_want(visit.is_host);
    if (is_new)
        note_newest(&visit, info->dlpi_name);
    if (visit.uses_api && !visit.is_host && rs_options->leaks)
        rs_modules_add(visit.view.image_low, visit.view.image_high,
                       RS_MODULES_CALLING);
    if (visit.watched != 0) {
        visit.wants_aside = true;
        rs_got_slots_visit(&visit);
    }
    if (visit.is_host && !visit.may_call_hooks)
        rs_store(&rs_hooks_are_modules_alone, true);
    rs_methods_look(info);
    if (rs_tsan_is_on && visit.uses_api && !visit.is_host)
        rs_calls_look(info);
    if (visit.is_open)
        rs_pages_close(visit.view.relro_low, visit.view.relro_high);
    /* Not complete: another thread is loading it. That thread asks the loader
     * for the module's entry point before it calls any of it, and we come
     * again. */
    if (count_image(image, &visit))
        image->round = got.round;
    else
        got.has_pending = true;
    tell_module(image, &visit, info->dlpi_name);
    if (image->is_hooked && !was_hooked)
        rs_got_slots_say(&visit, info->dlpi_name);
    if (visit.mark[0] != '\0' && !was_seen)
        note_announcing(&visit, info->dlpi_name);
}

/* The first image's call decides whether anything is to be done at all. */
struct walk {
    bool has_begun;
};

static int
visit_image(struct dl_phdr_info *info, size_t bytes, void *context)
{
    struct walk *walk = context;

    (void)bytes;
    if (!walk->has_begun) {
        walk->has_begun = true;
        if (info->dlpi_adds == got.adds && info->dlpi_subs == got.subs &&
            rs_host->base == got.host_base && !got.has_pending)
            return 1;
        got.is_first_look = got.round == 0;
        if (info->dlpi_subs != got.subs || rs_host->base != got.host_base ||
            got.round == 0)
            got.round++;
        got.adds = info->dlpi_adds;
        got.subs = info->dlpi_subs;
        got.host_base = rs_host->base;
        got.has_pending = false;
        got.has_newest = false;
    }
    patch_image(info);
    return 0;
}

void
rs_got_refresh(void)
{
    struct walk walk = {0};

    dl_iterate_phdr(visit_image, &walk);
}

static int
read_loads(struct dl_phdr_info *info, size_t bytes, void *context)
{
    (void)bytes;
    *(unsigned long long *)context = info->dlpi_adds + info->dlpi_subs;
    return 1;
}

unsigned long long
rs_got_loads(void)
{
    unsigned long long loads = 0;

    dl_iterate_phdr(read_loads, &loads);
    return loads;
}

struct rs_got_counts
rs_got_counts(void)
{
    return (struct rs_got_counts){
        .modules_seen = rs_load(&got.modules_seen),
        .modules_hooked = rs_load(&got.modules_hooked),
        .slots_patched = rs_got_slots_patched(),
    };
}
