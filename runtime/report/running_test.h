/* SPDX-License-Identifier: MIT */
/* running_test.h -- which test runs while a bug is found.
 *
 * pytest says it in PYTEST_CURRENT_TEST, which also reaches the processes that
 * a test starts; other runners may say it in REFSAN_TEST. Otherwise it is the
 * function in the act's Python stack that unittest called, or the outermost
 * one that is named test....
 *
 * Missed: a test further out than python_frames. Wrong when: the thread was
 * left behind by an earlier test; is_in_other_thread says that it may be so. */
#pragma once

#include "detect/finding.h"

/* Report time, on the thread that found it. Fills found->test, "" where no test
 * is known. */
void rs_running_test_find(struct rs_finding *found);
