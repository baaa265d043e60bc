/* SPDX-License-Identifier: MIT */
/* References in static storage, and in memory that static storage leads to, are
 * caches: nobody releases them, and nothing is lost.
 *
 * needs: >=3.14
 * trap: caches that are full when the runtime has ended
 * options: leaks=1
 * run:
 *   import t
 *   for i in range(100):
 *       t.remember(1000 + i)
 */
#include "ext.h"

struct entry {
    PyObject *words;
    struct entry *next;
};

static PyObject *last;
static struct entry *entries; /* malloc()'s */
static PyObject **table;      /* the interpreter's allocator's */
static int table_used;

static PyObject *
remember(PyObject *self, PyObject *object)
{
    struct entry *entry = malloc(sizeof(*entry));

    Py_XSETREF(last, PyObject_Str(object));
    *entry = (struct entry){PyObject_Repr(object), entries};
    entries = entry;
    table = PyMem_Realloc(table, sizeof(*table) * (size_t)(table_used + 1));
    table[table_used++] = PyTuple_Pack(2, object, entry->words);
    Py_RETURN_NONE;
}

__attribute__((destructor)) static void
say(void)
{
    EXT_ENTERED("caches that are full when the runtime has ended",
                !Py_IsInitialized() && table_used == 100 && last != NULL &&
                    entries->next != NULL);
}

EXT_MODULE(t, EXT_O(remember))
