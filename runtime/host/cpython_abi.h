/* SPDX-License-Identifier: MIT */
/* cpython_abi.h -- the numbers of CPython's binary interface that nobody says
 * at run time: versions, type flags, and offsets behind PyObject.
 *
 * What _PyRuntime's table says is in layout.c. With a new version of CPython
 * the two are looked through, and versions.c. tests/contract/host.py asks
 * every interpreter at hand, and fails where one of them is wrong.
 *
 * Facts: Include/object.h, Include/moduleobject.h, Include/cpython/object.h,
 * listobject.h, tupleobject.h, unicodeobject.h, bytesobject.h and
 * Include/internal/pycore_dict.h of 3.12 to 3.15. Private to host/. */
#pragma once

#include <stdint.h>

/* PY_VERSION_HEX of a minor version's first alpha, and of a release. */
#define RS_CPYTHON(major, minor)                                              \
    ((uint32_t)(major) << 24 | (uint32_t)(minor) << 16)
#define RS_CPYTHON_RELEASE(major, minor, micro)                               \
    (RS_CPYTHON(major, minor) | (uint32_t)(micro) << 8 | 0xf0)

#define RS_CPYTHON_MINOR_OLDEST 12
#define RS_CPYTHON_MINOR_NEWEST 15
#define RS_CPYTHON_KNOWN        "3.12 to 3.15"

/* PyThreadState.state of a thread that was let in (free-threaded builds). */
#define RS_THREAD_STATE_ATTACHED 1

/* sizeof(PyObject) there. */
#define RS_OBJECT_BYTES_FREE_THREADED 32u

/* Py_TPFLAGS_…, the bits of tp_flags. */
#define RS_TPFLAGS_HEAPTYPE           (UINT64_C(1) << 9)
#define RS_TPFLAGS_HAVE_GC            (UINT64_C(1) << 14)
#define RS_TPFLAGS_LONG_SUBCLASS      (UINT64_C(1) << 24)
#define RS_TPFLAGS_LIST_SUBCLASS      (UINT64_C(1) << 25)
#define RS_TPFLAGS_TUPLE_SUBCLASS     (UINT64_C(1) << 26)
#define RS_TPFLAGS_BYTES_SUBCLASS     (UINT64_C(1) << 27)
#define RS_TPFLAGS_STR_SUBCLASS       (UINT64_C(1) << 28)
#define RS_TPFLAGS_DICT_SUBCLASS      (UINT64_C(1) << 29)
#define RS_TPFLAGS_EXCEPTION_SUBCLASS (UINT64_C(1) << 30)
#define RS_TPFLAGS_TYPE_SUBCLASS      (UINT64_C(1) << 31)

/* PyTypeObject, behind PyObject: ob_size and tp_name come first. */
enum {
    RS_TYPE_BASIC_BYTES = 16,
    RS_TYPE_ITEM_BYTES = 24,
    RS_TYPE_DEALLOC = 32,
    RS_TYPE_TRAVERSE = 168,
    RS_TYPE_WEAK_LIST = 192,
    RS_TYPE_GETSET = 232,
    RS_TYPE_BASE = 240,
    RS_TYPE_FREE = 304,
    RS_TYPE_DEL = 360,
};

/* PyModuleDef, behind PyObject: m_size. */
enum { RS_MODULE_DEF_STATE_BYTES = 40 };

/* PyUnicodeObject, behind PyObject: length, hash, state, then the characters
 * if they are ASCII, else two words more. PyBytesObject: size, hash, bytes. */
enum {
    RS_STRING_STATE = 16,
    RS_STRING_ASCII = 24,
    RS_STRING_WIDE = 40,
    RS_BYTES_VALUE = 16,
};

/* PyListObject: ob_size, then the address of the items. PyTupleObject: ob_size
 * and the items; from 3.14 on the hash is before them. */
enum {
    RS_LIST_ITEMS = 8,
};

/* PyBaseExceptionObject: dict, args, notes, traceback, context, cause. */
enum { RS_EXCEPTION_CONTEXT = 32 };
unsigned rs_host_tuple_items(void);

/* PyDictObject, behind PyObject; PyDictKeysObject; the values of objects'
 * attributes, which have a head from 3.13 on. */
enum {
    RS_DICT_KEYS = 16,
    RS_DICT_VALUES = 24,
    RS_DICT_KEYS_LOG2_INDEX_BYTES = 9,
    RS_DICT_KEYS_KIND = 10,
    RS_DICT_KEYS_COUNT = 24,
    RS_DICT_KEYS_INDICES = 32,
    RS_DICT_KIND_GENERAL = 0,
};
unsigned rs_host_dict_values_begin(void);
