/* SPDX-License-Identifier: MIT */
/* signal_runtimes.c -- see signal_runtimes.h. */
#include "signal_runtimes.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../runtime/stack/symbolize.h"

bool
rs_signal_runtimes_use(const struct sigaction *action)
{
    static const char *const runtimes[] = {"/libjvm.so", "/libcoreclr.so",
                                           "/libmono"};
    char path[RS_PATH_BYTES];
    uintptr_t base;

    if (action->sa_handler == SIG_DFL || action->sa_handler == SIG_IGN ||
        !rs_symbolize_module((uintptr_t)action->sa_sigaction, path,
                             sizeof(path), &base))
        return false;
    for (size_t i = 0; i < sizeof(runtimes) / sizeof(runtimes[0]); i++)
        if (strstr(path, runtimes[i]) != NULL)
            return true;
    return false;
}
