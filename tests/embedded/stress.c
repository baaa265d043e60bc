/* SPDX-License-Identifier: MIT */
/* 2 to 16 threads do everything at once to the same objects: hand them over,
 * look them up unowned, defer, immortalize and collect them.
 *
 * What must hold: an object in somebody's hands has its canary; and when all
 * is dropped, what is left is what was made immortal. Under TSan and ASan the
 * memory orders and the frees are judged, too. */
#include "refsan/embedded.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "unit.h"

#define SLOTS 16
#define HANDS 6
#define ALIVE 0x600d
#define DEAD  0xdead

struct thing {
    PyObject_HEAD
    int canary;
    int slot; /* where it is registered, or -1 */
    PyObject *friend;
};

static struct slot {
    pthread_mutex_t lock;
    PyObject *owned;
    PyObject *unowned;
} slots[SLOTS];

static atomic_int made_immortal, found, refused;
static int rounds;

static int
thing_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((struct thing *)self)->friend);
    return 0;
}

static void
thing_clear(PyObject *self)
{
    Py_CLEAR(((struct thing *)self)->friend);
}

static void
thing_dealloc(PyObject *self)
{
    struct thing *t = (struct thing *)self;

    PyObject_GC_UnTrack(self);
    if (t->slot >= 0) {
        pthread_mutex_lock(&slots[t->slot].lock);
        if (slots[t->slot].unowned == self)
            slots[t->slot].unowned = NULL;
        pthread_mutex_unlock(&slots[t->slot].lock);
    }
    thing_clear(self);
    UNIT_EQ(t->canary, ALIVE);
    t->canary = DEAD;
    PyObject_GC_Del(self);
}

static PyTypeObject thing_type = {
    REFSAN_EMBEDDED_TYPE,
    .tp_name = "stress.Thing",
    .tp_basicsize = sizeof(struct thing),
    .tp_flags = Py_TPFLAGS_HAVE_GC,
    .tp_dealloc = thing_dealloc,
    .tp_traverse = thing_traverse,
    .tp_clear = thing_clear,
};

static PyObject *
make_thing(void)
{
    struct thing *t = PyObject_GC_New(struct thing, &thing_type);

    t->canary = ALIVE;
    t->slot = -1;
    PyObject_GC_Track(t);
    return (PyObject *)t;
}

/* ---- what a thread may do, with one of its hands ---- */

static void
exchange(struct slot *slot, PyObject **hand)
{
    PyObject *mine = *hand;

    pthread_mutex_lock(&slot->lock);
    *hand = slot->owned;
    slot->owned = mine;
    pthread_mutex_unlock(&slot->lock);
}

static void
copy(struct slot *slot, PyObject **hand)
{
    PyObject *old = *hand;

    pthread_mutex_lock(&slot->lock);
    *hand = Py_XNewRef(slot->owned);
    pthread_mutex_unlock(&slot->lock);
    Py_XDECREF(old);
}

/* No other reference to it exists but the one in this hand. */
static void
enroll(int index, PyObject **hand)
{
    struct thing *t = (struct thing *)make_thing();
    PyObject *old = *hand;

    t->slot = index;
    PyUnstable_EnableTryIncRef((PyObject *)t);
    pthread_mutex_lock(&slots[index].lock);
    slots[index].unowned = (PyObject *)t;
    pthread_mutex_unlock(&slots[index].lock);
    *hand = (PyObject *)t;
    Py_XDECREF(old);
}

static void
look_up(struct slot *slot, PyObject **hand)
{
    PyObject *old = *hand;
    PyObject *seen;

    pthread_mutex_lock(&slot->lock);
    seen = slot->unowned;
    if (seen != NULL && !PyUnstable_TryIncRef(seen)) {
        seen = NULL;
        atomic_fetch_add(&refused, 1);
    }
    pthread_mutex_unlock(&slot->lock);
    if (seen != NULL)
        atomic_fetch_add(&found, 1);
    *hand = seen;
    Py_XDECREF(old);
}

static void
make_special(unsigned choice, PyObject **hand)
{
    PyObject *made = make_thing();
    PyObject *old = *hand;

    if (choice % 8 == 0 && PyUnstable_SetImmortal(made))
        atomic_fetch_add(&made_immortal, 1);
    else if (choice % 4 == 0)
        PyUnstable_Object_EnableDeferredRefcount(made);
    else if (choice % 4 == 1) /* a cycle of one */
        ((struct thing *)made)->friend = Py_NewRef(made);
    *hand = made;
    Py_XDECREF(old);
}

static void
act(unsigned choice, PyObject **hand)
{
    int index = (int)(choice >> 8) % SLOTS;

    switch (choice & 15) {
    case 0:
    case 1:
    case 2:
        exchange(&slots[index], hand);
        break;
    case 3:
    case 4:
    case 5:
        copy(&slots[index], hand);
        break;
    case 6:
    case 7:
        enroll(index, hand);
        break;
    case 8:
    case 9:
    case 10:
        look_up(&slots[index], hand);
        break;
    case 11:
        make_special(choice >> 12, hand);
        break;
    case 12:
        Py_CLEAR(*hand);
        break;
    default:
        if (*hand) {
            Py_INCREF(*hand);
            UNIT_EQ(((struct thing *)*hand)->canary, ALIVE);
            Py_DECREF(*hand);
        }
    }
}

static void *
run(void *seed)
{
    unsigned state = (unsigned)(uintptr_t)seed * 2654435761u + 1;
    PyObject *hands[HANDS] = {NULL};

    refsan_embedded_attach();
    for (int i = 0; i < rounds; i++) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        act(state >> 3, &hands[state % HANDS]);
        if (i % 16 == 0)
            refsan_embedded_safepoint();
        if (i % 1024 == 512)
            refsan_embedded_collect();
    }
    for (int i = 0; i < HANDS; i++)
        Py_CLEAR(hands[i]);
    refsan_embedded_detach();
    return NULL;
}

static void
test_threads(int count)
{
    pthread_t threads[16];

    refsan_embedded_start();
    refsan_embedded_suspend();
    for (int i = 0; i < count; i++)
        pthread_create(&threads[i], NULL, run, (void *)(uintptr_t)(i + 1));
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    refsan_embedded_resume();
    for (int i = 0; i < SLOTS; i++)
        Py_CLEAR(slots[i].owned);
    UNIT_EQ(refsan_embedded_finish(), made_immortal);
    printf("%2d threads: %d found, %d refused, %d immortal\n", count, found,
           refused, made_immortal);
}

int
main(int count, char **arguments)
{
    rounds = count > 1 ? atoi(arguments[1]) : 100000;
    for (int i = 0; i < SLOTS; i++)
        pthread_mutex_init(&slots[i].lock, NULL);
    for (int threads = 2; threads <= 16; threads *= 2)
        test_threads(threads);
    UNIT_CHECK(found > 0 && made_immortal > 0);
    return unit_result();
}
