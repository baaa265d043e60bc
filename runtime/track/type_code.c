/* SPDX-License-Identifier: MIT */
/* type_code.c -- see type_code.h. Insert-only, fixed memory, lock-free. */
#include "track/type_code.h"

#include <stddef.h>

#include "base/lost.h"
#include "os/atomics.h"
#include "os/elf_image.h"
#include "os/unwind.h"

struct rs_type_code *
rs_type_codes_find(struct rs_type_codes *codes, uintptr_t code)
{
    unsigned claimed = rs_load(&codes->claimed);

    for (unsigned i = 0; i < claimed && i < RS_TYPE_CODES; i++) {
        struct rs_type_code *function = &codes->items[i];
        /* Acquire: pairs with the release in rs_type_codes_add(). */
        uintptr_t low = rs_load_acquire(&function->low);

        if (low != 0 && code >= low && code < function->high)
            return function;
    }
    return NULL;
}

/* Two threads that add the same one at once get two entries, and two reports.
 */
const struct rs_type_code *
rs_type_codes_add(struct rs_type_codes *codes, uintptr_t address)
{
    struct rs_type_code *function;
    struct rs_elf_image image;
    uintptr_t low, high;
    unsigned at;

    if (rs_type_codes_find(codes, address) != NULL ||
        !rs_unwind_function(address, &low, &high) ||
        !rs_elf_image_find(address, &image))
        return NULL;
    at = rs_add(&codes->claimed, 1);
    if (at >= RS_TYPE_CODES) {
        rs_store(&codes->claimed, RS_TYPE_CODES);
        rs_lost_count(RS_LOST_TRAVERSES);
        return NULL;
    }
    function = &codes->items[at];
    function->high = high;
    function->module_low = image.text_low;
    function->module_high = image.text_high;
    /* Release: pairs with the acquire in rs_type_codes_find(). */
    rs_store_release(&function->low, low);
    return function;
}
