/* SPDX-License-Identifier: MIT */
/* collect.c -- finds what is referred to only from within itself.
 *
 * The count of every tracked object, less the references that tracked objects
 * hold to it, is the number of references from outside: from threads, from
 * objects that are not tracked, from queues. What has none, and cannot be
 * reached from what has, is garbage. (CPython's collector reasons alike.)
 *
 * Deferred objects carry a bias that no reference stands for; here it is not
 * counted. So a deferred object lives as long as a counted reference to it
 * does, and dies at the next collection after: nothing in this runtime holds
 * an uncounted one.
 *
 * Each piece of garbage is held by one reference of ours from when it is found
 * until it is cleared; the world runs while finalizers and clears do, and what
 * they revive is let live. */
#include "collect.h"

#include "heap.h"
#include "world.h"

#include "../refcount/refcount.h"

#include <stddef.h>

#define OURS 1

static struct rs_header
header_of(struct rs_heap_prefix *prefix)
{
    return rs_header_decode(RS_LAYOUT_FREE_THREADED, rs_heap_object(prefix));
}

static bool
is_tracked(const PyObject *object)
{
    return (object->ob_gc_bits & RS_GC_TRACKED) != 0;
}

/* ---- world stopped ---- */

static void
undefer(struct rs_heap_prefix *prefix, int64_t extra)
{
    struct rs_words *words = rs_heap_words(rs_heap_object(prefix));

    if (words->gc_bits & RS_GC_DEFERRED) {
        words->gc_bits &= (uint8_t)~RS_GC_DEFERRED;
        words->shared = rs_shared_add(words->shared, -RS_DEFERRED_BIAS);
    }
    rs_refcount_merge(words, extra);
}

static int
count_inside(PyObject *object, void *unused)
{
    (void)unused;
    if (is_tracked(object))
        rs_heap_prefix_of(object)->references--;
    return 0;
}

static void
traverse(struct rs_heap_prefix *prefix, visitproc visit, void *argument)
{
    PyObject *object = rs_heap_object(prefix);

    if (object->ob_type->tp_traverse)
        object->ob_type->tp_traverse(object, visit, argument);
}

/* Reached from something alive: alive, and to be followed in turn. */
static int
reach(PyObject *object, void *list)
{
    struct rs_heap_prefix **trail = list;
    struct rs_heap_prefix *prefix = rs_heap_prefix_of(object);

    if (!is_tracked(object) || (object->ob_gc_bits & RS_GC_UNREACHABLE) == 0)
        return 0;
    object->ob_gc_bits &= (uint8_t)~RS_GC_UNREACHABLE;
    prefix->trail = *trail;
    *trail = prefix;
    return 0;
}

static void
follow(struct rs_heap_prefix *trail)
{
    while (trail != NULL) {
        struct rs_heap_prefix *prefix = trail;

        trail = prefix->trail;
        traverse(prefix, reach, &trail);
    }
}

#define EACH_TRACKED(prefix)                                                  \
    for (struct rs_heap_prefix *prefix = rs_heap_tracked()->next;             \
         prefix != rs_heap_tracked(); prefix = prefix->next)

static void
suspect(struct rs_heap_prefix *prefix, int64_t ours)
{
    struct rs_header h = header_of(prefix);

    prefix->references =
        rs_header_is_immortal(&h) ? INT64_MAX / 2 : rs_header_count(&h) - ours;
    rs_heap_object(prefix)->ob_gc_bits |= RS_GC_UNREACHABLE;
}

/* Marks what has no reference from outside, and no way from one. */
static void
mark_unreachable(void)
{
    struct rs_heap_prefix *trail = NULL;

    EACH_TRACKED(prefix) suspect(prefix, 0);
    EACH_TRACKED(prefix) traverse(prefix, count_inside, NULL);
    EACH_TRACKED(prefix)
    {
        if (prefix->references > 0)
            reach(rs_heap_object(prefix), &trail);
    }
    follow(trail);
}

/* The garbage, held by a reference of ours each. */
static struct rs_heap_prefix *
take_unreachable(bool is_final)
{
    struct rs_heap_prefix *garbage = NULL;

    EACH_TRACKED(prefix)
    {
        PyObject *object = rs_heap_object(prefix);

        if (object->ob_gc_bits & RS_GC_UNREACHABLE) {
            undefer(prefix, OURS);
            prefix->work = garbage;
            garbage = prefix;
        }
        else if (is_final && (object->ob_gc_bits & RS_GC_DEFERRED)) {
            undefer(prefix, 0);
        }
        object->ob_gc_bits &= (uint8_t)~RS_GC_UNREACHABLE;
    }
    return garbage;
}

/* A finalizer may have shown a piece of garbage to somebody. Whatever is held
 * by more than us and other garbage lives, and so does what it refers to. The
 * rest keeps its mark. */
static void
spare_revived(struct rs_heap_prefix *garbage)
{
    struct rs_heap_prefix *trail = NULL;

    for (struct rs_heap_prefix *p = garbage; p != NULL; p = p->work)
        suspect(p, OURS);
    for (struct rs_heap_prefix *p = garbage; p != NULL; p = p->work)
        traverse(p, count_inside, NULL);
    for (struct rs_heap_prefix *p = garbage; p != NULL; p = p->work)
        if (p->references > 0)
            reach(rs_heap_object(p), &trail);
    follow(trail);
}

/* ---- world running ---- */

static void
finalize(struct rs_heap_prefix *garbage)
{
    for (struct rs_heap_prefix *p = garbage; p != NULL; p = p->work) {
        PyObject *object = rs_heap_object(p);
        PyTypeObject *type = object->ob_type;

        if (type->tp_finalize == NULL ||
            (object->ob_gc_bits & RS_GC_FINALIZED))
            continue;
        __atomic_fetch_or(&object->ob_gc_bits, RS_GC_FINALIZED,
                          __ATOMIC_RELAXED);
        type->tp_finalize(object);
    }
}

/* Clears what is dead, then gives up our references; the last one deallocates.
 */
static Py_ssize_t
discard(struct rs_heap_prefix *garbage)
{
    Py_ssize_t count = 0;

    for (struct rs_heap_prefix *p = garbage; p != NULL; p = p->work) {
        PyObject *object = rs_heap_object(p);

        if ((object->ob_gc_bits & RS_GC_UNREACHABLE) == 0)
            continue;
        __atomic_fetch_and(&object->ob_gc_bits, (uint8_t)~RS_GC_UNREACHABLE,
                           __ATOMIC_RELAXED);
        count++;
        if (object->ob_type->tp_clear)
            object->ob_type->tp_clear(object);
    }
    while (garbage != NULL) {
        PyObject *object = rs_heap_object(garbage);

        garbage = garbage->work;
        Py_DecRef(object);
    }
    return count;
}

Py_ssize_t
rs_collect_run(bool is_final)
{
    struct rs_heap_prefix *garbage;
    struct rs_words *queued, *words;

    /* What waits in a queue is held by the queue: merge it first, and let die
     * what dies of that. */
    rs_world_stop();
    queued = rs_world_adopt_queues();
    rs_world_start();
    while ((words = rs_queue_pop(&queued)) != NULL)
        Py_DecRef((PyObject *)words);

    rs_world_stop();
    mark_unreachable();
    garbage = take_unreachable(is_final);
    rs_world_start();
    finalize(garbage);

    rs_world_stop();
    spare_revived(garbage);
    rs_world_start();
    return discard(garbage);
}
