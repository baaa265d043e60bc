/* SPDX-License-Identifier: MIT */
/* methods.c -- door 5: the locks and queues of Python code.
 *
 * They are no functions of the C API, but methods of types that are private to
 * the interpreter. A method is called through the table of PyMethodDefs that
 * its type was made of: `ml_meth` is read at each call, by bound methods,
 * method descriptors and specialized bytecode alike (Objects/methodobject.c,
 * Objects/descrobject.c, Python/bytecodes.c). The tables are static and
 * writable, one for all interpreters of the process. So they are looked for in
 * the image's data, by the names in them, and `ml_meth` is changed in place;
 * flags and all else stay.
 *
 * A stand-in takes five words and passes on all five: every calling convention
 * of a method has its arguments in so many registers, or fewer, and the method
 * looks at its own.
 *
 * Missed: just-in-time compiled code (off by default) that has looked ml_meth
 *         up before; locks of other modules (multiprocessing). */
#include "methods.h"

#include "methods_find.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../runtime/base/check.h"
#include "../runtime/host/host.h"
#include "../runtime/track/locks.h"
#include "../runtime/base/options.h"
#include "../runtime/report/report.h"
#include "../runtime/base/text.h"

enum type {
#define RS_TYPE(type, module, key, also) RS_METHODS_##type,
#define RS_METHOD(type, name, act)
#include "methods.def"
    TYPES,
};

#define WAITS(act) ((act) == TAKES || (act) == RESUMES || (act) == RECEIVES)

enum act { TAKES, RELEASES, LETS_GO, SUSPENDS, RESUMES, SENDS, RECEIVES };

/* METH_VARARGS, KEYWORDS, NOARGS, O, COEXIST, FASTCALL and METHOD: an
 * instance's method, whose arguments are as said above. */
#define KNOWN_FLAGS (1 | 2 | 4 | 8 | 0x40 | 0x80 | 0x200)

static struct {
#define RS_TYPE(type, module, key, also)
#define RS_METHOD(type, name, act) _Atomic(rs_method *) type##_##name;
#include "methods.def"
} originals;

static struct {
    const void *py_true;
    _Atomic bool is_found[TYPES];
} methods;

RS_INLINE void
before(enum act act, uintptr_t self)
{
    if (act == RELEASES)
        rs_locks_release(self);
    else if (act == LETS_GO)
        rs_locks_release_all(self);
    else if (act == SUSPENDS)
        rs_locks_suspend(self);
    else if (act == SENDS)
        rs_locks_send(self);
}

RS_INLINE void
after(enum act act, uintptr_t self, const void *result)
{
    if (act == TAKES && result == methods.py_true)
        rs_locks_take_object(self);
    else if (act == RESUMES && result != NULL)
        rs_locks_resume(self);
    else if (act == RECEIVES && result != NULL)
        rs_locks_receive(self);
}

/* Acquire: the original was written before the stand-in was. */
#define RS_TYPE(type, module, key, also)
#define RS_METHOD(type, name, act)                                            \
    static void *stand_in_##type##_##name(void *self, void *a, void *b,       \
                                          void *c, void *d)                   \
    {                                                                         \
        rs_method *original = atomic_load_explicit(&originals.type##_##name,  \
                                                   memory_order_acquire);     \
        uintptr_t waited;                                                     \
        void *result;                                                         \
                                                                              \
        before(act, (uintptr_t)self);                                         \
        waited = rs_locks_want(WAITS(act) ? (uintptr_t)self : 0);             \
        result = original(self, a, b, c, d);                                  \
        rs_locks_want_no_more(waited);                                        \
        after(act, (uintptr_t)self, result);                                  \
        return result;                                                        \
    }
#include "methods.def"

static const struct row {
    enum type type;
    const char *name;
    _Atomic(rs_method *) *original;
    rs_method *stand_in;
} rows[] = {
#define RS_TYPE(type, module, key, also)
#define RS_METHOD(type, name, act)                                            \
    {RS_METHODS_##type, #name, &originals.type##_##name,                      \
     stand_in_##type##_##name},
#include "methods.def"
};

static const struct {
    const char *name, *module, *key, *also;
} types[TYPES] = {
#define RS_TYPE(type, module, key, also) {#type, module, key, also},
#define RS_METHOD(type, name, act)
#include "methods.def"
#include "../runtime/os/atomics.h"
};

static const struct row *
row_of(enum type type, const char *name)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].type == type &&
            strncmp(rows[i].name, name, RS_METHOD_NAME) == 0)
            return &rows[i];
    }
    return NULL;
}

/* Release: pairs with the acquire in the stand-in. */
static void
stand_in(const struct row *row, struct rs_method_def *def)
{
    rs_method *original = rs_load(&def->function);

    if ((def->flags & ~KNOWN_FLAGS) != 0 || original == row->stand_in)
        return;
    rs_store_release(row->original, original);
    rs_store_release(&def->function, row->stand_in);
}

static bool
is_found(enum type type)
{
    return rs_load(&methods.is_found[type]);
}

static bool
has_method(const struct rs_method_def *table, unsigned count, const char *name)
{
    for (unsigned i = 0; i < count; i++) {
        if (strncmp(table[i].name, name, RS_METHOD_NAME) == 0)
            return true;
    }
    return false;
}

/* Context: the module that the image is. */
static void
look_at_table(void *context, struct rs_method_def *table, unsigned count)
{
    const char *module = context;

    for (int type = 0; type < TYPES; type++) {
        if (strcmp(types[type].module, module) != 0 ||
            is_found((enum type)type) ||
            !has_method(table, count, types[type].key) ||
            !has_method(table, count, types[type].also))
            continue;
        for (unsigned i = 0; i < count; i++) {
            const struct row *row = row_of((enum type)type, table[i].name);

            if (row != NULL)
                stand_in(row, &table[i]);
        }
        rs_store(&methods.is_found[type], true);
    }
}

static int
look_at_host(struct dl_phdr_info *info, size_t bytes, void *unused)
{
    (void)bytes;
    (void)unused;
    if (!rs_methods_has_code(info, rs_host->text_low))
        return 0;
    rs_methods_find(info, look_at_table, (char[]){""});
    return 1;
}

static void
say_what_is_seen(void)
{
    char sentence[160];
    struct rs_text text = rs_text_make(sentence, sizeof(sentence));

    if (rs_options->verbosity < 2)
        return;
    rs_text_add(&text, "methods of Python code:");
    for (int type = 0; type < TYPES; type++) {
        if (types[type].module[0] == '\0')
            rs_text_format(&text, " %s %s", types[type].name,
                           is_found((enum type)type) ? "seen" : "not seen");
    }
    rs_report_note(sentence);
}

void
rs_methods_start(void)
{
    bool sees =
        rs_host->kind == RS_HOST_EMBEDDED; /* there is no Python code */

    if (rs_host->kind == RS_HOST_CPYTHON) {
        methods.py_true = rs_host_symbol("_Py_TrueStruct");
        if (methods.py_true != NULL)
            (void)dl_iterate_phdr(look_at_host, NULL);
        sees = is_found(RS_METHODS_LOCK) && is_found(RS_METHODS_RLOCK);
        say_what_is_seen();
    }
    rs_store(&rs_locks_sees_python, sees);
}

void
rs_methods_look(const struct dl_phdr_info *info)
{
    const char *name = strrchr(info->dlpi_name, '/');

    name = name != NULL ? name + 1 : info->dlpi_name;
    for (int type = 0; type < TYPES; type++) {
        const char *module = types[type].module;

        if (module[0] != '\0' && !is_found((enum type)type) &&
            strncmp(name, module, strlen(module)) == 0)
            rs_methods_find(info, look_at_table, (void *)(uintptr_t)module);
    }
}
