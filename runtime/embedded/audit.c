/* SPDX-License-Identifier: MIT */
/* audit.c -- a table of all objects by address, so that a pointer can be
 * judged without being followed.
 *
 * Entries stay when the object is freed, until its address is used again. So
 * the table grows with the number of different addresses, and one lock guards
 * it: this is for finding a mistake, not for speed. */
#include "audit.h"

#include "heap.h"
#include "world.h"

#include "base/check.h"
#include "../refcount/refcount.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool rs_audit_on;

enum life { NEVER, LIVE, DYING, FREED };

struct entry {
    uintptr_t object;
    const PyTypeObject *type;
    pthread_t destroyer;
    enum life life;
};

static struct {
    pthread_mutex_t lock;
    struct entry *entries;
    size_t slots; /* a power of two */
    size_t used;
} audit = {.lock = PTHREAD_MUTEX_INITIALIZER};

static _Noreturn RS_PRINTF(2, 3) void refuse(const char *function,
                                             const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "refsan embedded: %s: ", function);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}

static struct entry *
find_slot(uintptr_t object)
{
    size_t at = (object >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 16;

    while (audit.entries[at & (audit.slots - 1)].object != 0 &&
           audit.entries[at & (audit.slots - 1)].object != object)
        at++;
    return &audit.entries[at & (audit.slots - 1)];
}

static void
grow(void)
{
    struct entry *old = audit.entries;
    size_t slots = audit.slots;

    audit.slots = slots ? slots * 2 : 1024;
    audit.entries = calloc(audit.slots, sizeof(*old));
    if (audit.entries == NULL)
        refuse("checks", "no memory for the table of objects");
    for (size_t i = 0; i < slots; i++)
        if (old[i].object != 0)
            *find_slot(old[i].object) = old[i];
    free(old);
}

static void
note(const void *object, enum life life)
{
    struct entry *entry;

    pthread_mutex_lock(&audit.lock);
    if (audit.used * 2 >= audit.slots)
        grow();
    entry = find_slot((uintptr_t)object);
    audit.used += entry->object == 0;
    entry->object = (uintptr_t)object;
    if (life == LIVE)
        entry->type = ((const PyObject *)object)->ob_type;
    if (life == DYING)
        entry->destroyer = pthread_self();
    entry->life = life;
    pthread_mutex_unlock(&audit.lock);
}

static struct entry
find(const void *object)
{
    struct entry entry = {0};

    pthread_mutex_lock(&audit.lock);
    if (audit.slots > 0)
        entry = *find_slot((uintptr_t)object);
    pthread_mutex_unlock(&audit.lock);
    return entry;
}

void
rs_audit_born(const PyObject *object)
{
    note(object, LIVE);
}

void
rs_audit_revived(const PyObject *object)
{
    note(object, LIVE);
}

void
rs_audit_dying(const PyObject *object)
{
    note(object, DYING);
}

void
rs_audit_freed(const void *object)
{
    struct entry entry = find(object);

    if (entry.life == FREED)
        refuse("PyObject_Free", "%p, a <%s>, was freed already", object,
               entry.type->tp_name);
    if (entry.life == NEVER)
        refuse("PyObject_Free", "%p is no object of this runtime", object);
    note(object, FREED);
}

void
rs_audit_thread(const char *function)
{
    if (rs_world_self() == NULL)
        refuse(function, "the calling thread is not attached; call "
                         "refsan_embedded_attach() first, or _resume()");
}

/* A static object says so in its header, which is read only when the address
 * is known to be one: static objects lie in an image, not in the heap, and no
 * table has them. The pointer is followed on the caller's word. */
static bool
is_static(const PyObject *object, const struct entry *entry)
{
    return entry->life == NEVER && (uintptr_t)object % 8 == 0 &&
           (object->ob_flags & 4) != 0 &&
           object->ob_ref_local == RS_LOCAL_IMMORTAL;
}

void
rs_audit_live(const PyObject *object, const char *function)
{
    struct entry entry;

    if (object == NULL)
        refuse(function, "NULL is no object");
    rs_audit_thread(function);
    entry = find(object);
    if (entry.life == FREED)
        refuse(function, "%p was a <%s> and has been freed", (void *)object,
               entry.type->tp_name);
    if (entry.life == DYING && !pthread_equal(entry.destroyer, pthread_self()))
        refuse(function, "%p, a <%s>, is being deallocated by another thread",
               (void *)object, entry.type->tp_name);
    if (entry.life == NEVER && !is_static(object, &entry))
        refuse(function, "%p is no object of this runtime", (void *)object);
}

void
rs_audit_counted(const PyObject *object, const char *function)
{
    struct rs_header h;

    rs_audit_live(object, function);
    h = rs_header_decode(RS_LAYOUT_FREE_THREADED, object);
    if (rs_header_is_immortal(&h) || rs_header_count(&h) > 0 ||
        find(object).life == DYING)
        return;
    refuse(function, "%p, a <%s>, has no reference left to drop",
           (void *)object, object->ob_type->tp_name);
}

void
rs_audit_no_string(const PyObject *object, const char *function)
{
    rs_audit_live(object, function);
    if (object->ob_type->tp_flags & Py_TPFLAGS_UNICODE_SUBCLASS)
        refuse(function,
               "%p is a string (<%s>): the API never makes one "
               "immortal, and returns 0",
               (void *)object, object->ob_type->tp_name);
}

void
rs_audit_start(void)
{
    const char *wanted = getenv("REFSAN_EMBEDDED_CHECKS");

    rs_audit_on = wanted != NULL && strcmp(wanted, "0") != 0;
}
