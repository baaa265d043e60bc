/* SPDX-License-Identifier: MIT */
/* calls.c -- see calls.h. A method that copies references out of its arguments
 * by plain loads calls nothing that could be watched. But what it returns holds
 * them (pipeline_calls.c).
 *
 * A stand-in is a function that knows its number. It takes and passes on five
 * words, as those of methods.c do.
 *
 * Missed: tables that are constant, or of one method; methods beyond those that
 *         there are stand-ins for (counted); slots of types. */
#include "calls.h"

#include "methods_find.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../runtime/base/lost.h"
#include "../runtime/os/atomics.h"
#include "../runtime/pipeline.h"

/* Include/methodobject.h */
#define METH_O        0x8
#define METH_FASTCALL 0x80
#define METH_METHOD   0x200

#define OBJECTS_MAX 4

struct method {
    _Atomic(rs_method *) original;
    int flags;
};

static _Atomic unsigned methods_count;

/* self and the arguments, as far as they are no tuple */
static unsigned
list_objects(const struct method *method, void *const words[5],
             uintptr_t objects[OBJECTS_MAX])
{
    bool has_class = (method->flags & METH_METHOD) != 0;
    unsigned count = 0;

    objects[count++] = (uintptr_t)words[0];
    if ((method->flags & METH_O) != 0)
        objects[count++] = (uintptr_t)words[1];
    if ((method->flags & METH_FASTCALL) != 0) {
        const uintptr_t *items = words[1 + has_class];
        size_t all = (size_t)words[2 + has_class];

        for (size_t i = 0; i < all && count < OBJECTS_MAX; i++)
            objects[count++] = items[i];
    }
    return count;
}

#define COUNT 1024u

static struct method methods[COUNT];

static void *
call(const struct method *method, void *const words[5])
{
    /* Acquire: pairs with the release in stand_in(). */
    rs_method *original = rs_load_acquire(&method->original);
    uintptr_t objects[OBJECTS_MAX];
    struct rs_lent_fields lent;
    struct rs_event ev;
    void *result;

    rs_pipeline_call_begins(&lent, objects,
                            list_objects(method, words, objects));
    result = original(words[0], words[1], words[2], words[3], words[4]);
    if (lent.count == 0 || result == NULL)
        return result;
    ev = rs_event_make(RS_EV_USE, (uintptr_t)result, (uintptr_t)original + 1,
                       (uintptr_t)__builtin_frame_address(0));
    rs_pipeline_call_ended(&ev, &lent);
    return result;
}

/* clang-format off */
#define ALL_OF(f, n) f(n##0) f(n##1) f(n##2) f(n##3) f(n##4) f(n##5) f(n##6) f(n##7)
#define SIXTY_FOUR(f, n)                                                      \
    ALL_OF(f, n##0) ALL_OF(f, n##1) ALL_OF(f, n##2) ALL_OF(f, n##3)           \
    ALL_OF(f, n##4) ALL_OF(f, n##5) ALL_OF(f, n##6) ALL_OF(f, n##7)
/* In octal: 01000 to 02777. */
#define EACH(f)                                                               \
    SIXTY_FOUR(f, 010) SIXTY_FOUR(f, 011) SIXTY_FOUR(f, 012)                  \
    SIXTY_FOUR(f, 013) SIXTY_FOUR(f, 014) SIXTY_FOUR(f, 015)                  \
    SIXTY_FOUR(f, 016) SIXTY_FOUR(f, 017) SIXTY_FOUR(f, 020)                  \
    SIXTY_FOUR(f, 021) SIXTY_FOUR(f, 022) SIXTY_FOUR(f, 023)                  \
    SIXTY_FOUR(f, 024) SIXTY_FOUR(f, 025) SIXTY_FOUR(f, 026)                  \
    SIXTY_FOUR(f, 027)
/* clang-format on */
#define FIRST 01000

#define STAND_IN(n)                                                           \
    static void *stand_in_##n(void *self, void *a, void *b, void *c, void *d) \
    {                                                                         \
        return call(&methods[n - FIRST], (void *[]){self, a, b, c, d});       \
    }
EACH(STAND_IN)

#define NAME(n) stand_in_##n,
static rs_method *const stand_ins[COUNT] = {EACH(NAME)};

static bool
is_ours(rs_method *function)
{
    for (unsigned i = 0; i < COUNT; i++) {
        if (stand_ins[i] == function)
            return true;
    }
    return false;
}

static void
stand_in(struct rs_method_def *def)
{
    rs_method *original = rs_load(&def->function);
    unsigned number;

    if (is_ours(original))
        return;
    number = rs_add(&methods_count, 1);
    if (number >= COUNT) {
        rs_lost_count(RS_LOST_METHODS);
        return;
    }
    methods[number].flags = def->flags;
    rs_store_release(&methods[number].original, original);
    rs_store_release(&def->function, stand_ins[number]);
}

static void
look_at_table(void *unused, struct rs_method_def *table, unsigned count)
{
    (void)unused;
    for (unsigned i = 0; i < count; i++)
        stand_in(&table[i]);
}

void
rs_calls_look(const struct dl_phdr_info *info)
{
    rs_methods_find(info, look_at_table, NULL);
}
