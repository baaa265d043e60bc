/* SPDX-License-Identifier: MIT */
/* only.h -- whose bug is it? The option only= names packages; what others do
 * wrong is written to files and to `refsan run`, counted as silenced, and not
 * printed.
 *
 * The guilty frame is the act's innermost that is neither the interpreter's nor
 * refsan's; of a leak, any native frame of the call path. It is of NAME when its file is NAME/..., NAME.cpython-315.so
 * or NAME.libs/..., or Python's of that name: below site-packages, or anywhere in the path of a
 * file that is not installed. A.B names a part of a package.
 *
 * Wrong when: a folder above a file that is not installed has the name, too. */
#pragma once

#include <stdbool.h>

#include "detect/finding.h"

/* False without the option, and when the guilty frame is not known. */
bool rs_only_excludes(const struct rs_finding *found);

/* Is the file of one of these packages, separated by commas or spaces? */
bool rs_only_names(const char *packages, const char *path);
