/* SPDX-License-Identifier: MIT */
/* Interpreters with a GIL each, and a module that keeps them apart: state of its
 * own, data handed over by queues and buffers, threads of an interpreter's own,
 * and interpreters that have gone while others go on at the same addresses.
 *
 * needs: >=3.14
 * trap: one module in seven interpreters
 * run:
 *   import t
 *   from concurrent import interpreters
 *   from threading import Thread
 *   code = """if True:
 *       import t, threading
 *       data = queue.get()
 *       t.use(data)
 *       t.use_buffer(data)
 *       t.use([data, object()])
 *       threads = [threading.Thread(target=t.use, args=([i],))
 *                  for i in range(3)]
 *       for thread in threads:
 *           thread.start()
 *       for thread in threads:
 *           thread.join()
 *       queue.put(b"back")
 *       """
 *   for _ in range(3):
 *       queue = interpreters.create_queue()
 *       there = [interpreters.create() for _ in range(2)]
 *       threads = []
 *       for each in there:
 *           each.prepare_main(queue=queue)
 *           queue.put(memoryview(b"some bytes"))
 *           threads.append(Thread(target=each.exec, args=(code,)))
 *           threads[-1].start()
 *       for thread in threads:
 *           t.use([1, 2, 3])
 *           thread.join()
 *           t.use(queue.get())
 *       for each in there:
 *           each.close()
 *       t.use([object() for _ in range(100)])
 *   t.entered("one module in seven interpreters", t.count_interpreters() == 7)
 */
#include "ext_interpreters.h"

struct state {
    PyObject *kept;
};

static PyObject *
use(PyObject *self, PyObject *object)
{
    struct state *state = PyModule_GetState(self);

    note_interpreter();
    Py_INCREF(object);
    Py_IncRef(object);
    Py_XDECREF(state->kept);
    state->kept = object;
    Py_DecRef(object);
    Py_RETURN_NONE;
}

static PyObject *
use_buffer(PyObject *self, PyObject *object)
{
    Py_buffer buffer;

    if (PyObject_GetBuffer(object, &buffer, PyBUF_SIMPLE) < 0)
        return NULL;
    Py_IncRef(buffer.obj);
    Py_DecRef(buffer.obj);
    PyBuffer_Release(&buffer);
    Py_RETURN_NONE;
}

EXT_MODULE_STATE(t, sizeof(struct state),
                 EXT_O(use) EXT_O(use_buffer) EXT_NOARGS(count_interpreters)
                     EXT_TRAPS)
