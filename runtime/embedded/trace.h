/* SPDX-License-Identifier: MIT */
/* trace.h -- the tracer slot (PyRefTracer): one function is told of births and
 * deaths. */
#pragma once

#include "refsan/embedded.h"

void rs_trace_tell(PyObject *object, PyRefTracerEvent event);
