/* SPDX-License-Identifier: MIT */
/* trace.h -- the one tracer slot: who wants to hear of births and deaths. */
#pragma once

#include "refsan/embedded.h"

void rs_trace_tell(PyObject *object, PyRefTracerEvent event);
