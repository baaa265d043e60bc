# SPDX-License-Identifier: MIT
from cpython.ref cimport Py_DECREF


def pairs(list items):
    return items, items


def release_twice():
    result = []
    Py_DECREF(result)  # Cython releases it, too, when the function returns
