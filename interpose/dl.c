/* SPDX-License-Identifier: MIT */
/* dl.c -- dlopen, dlmopen and dlsym: the moments at which images appear.
 *
 * The loader looks at its caller's return address: RUNPATH, $ORIGIN, RTLD_NEXT
 * and namespaces depend on who asks. So the exported functions must not call
 * the real ones but jump to them (dl_<architecture>.S), and there is no moment
 * after a dlopen. Its images are patched when the loader is asked next: for a
 * Python module that is the dlsym of its init function, before any of its
 * functions has run but static constructors.
 *
 * Missed: what static constructors of a library do, and a library that is
 *         loaded by another one's constructor and started without dlsym.
 *         Functions of the C API that a program asks dlsym for (ctypes, cffi)
 *         are the host's own: what is called through them is not seen.
 *
 * Runs on any thread, before refsan's constructor, too. Keeps errno. */
#include "dl.h"
#include "../runtime/os/atomics.h"

#include <dlfcn.h>
#include <errno.h>
#include <gnu/lib-names.h>
#include <stdatomic.h>
#include <stddef.h>

enum {
    DL_OPEN,
    DL_MOPEN,
    DL_SYM,
    DL_COUNT,
};

static struct {
    _Atomic(void *) real[DL_COUNT];
    _Atomic(rs_dl_listener *) on_load;
    void (*on_open)(const char *path); /* written at start */
} dl;

static const char *const names[DL_COUNT] = {"dlopen", "dlmopen", "dlsym"};

/* In glibc, the version that dlsym has: since 2.34 in libc, before in libdl,
 * with the first version of each architecture. */
static const char *const versions[] = {"GLIBC_2.34", "GLIBC_2.17",
                                       "GLIBC_2.2.5"};

typedef void *dlsym_function(void *handle, const char *name);
typedef void *dlopen_function(const char *path, int mode);

/* Two threads may both look; they find the same. */
static dlsym_function *
real_dlsym(void)
{
    void *found = rs_load(&dl.real[DL_SYM]);

    for (size_t i = 0;
         found == NULL && i < sizeof(versions) / sizeof(versions[0]); i++)
        found = dlvsym(RTLD_NEXT, names[DL_SYM], versions[i]);
    rs_store(&dl.real[DL_SYM], found);
    return (dlsym_function *)found;
}

void *
rs_dl_next(const char *name)
{
    return real_dlsym()(RTLD_NEXT, name);
}

void *
rs_dl_first(const char *name)
{
    return real_dlsym()(RTLD_DEFAULT, name);
}

void *
rs_dl_libc(const char *name)
{
    static void *library;

    if (library == NULL)
        library = ((dlopen_function *)rs_dl_next("dlopen"))(
            LIBC_SO, RTLD_LAZY | RTLD_NOLOAD);
    return library == NULL ? NULL : real_dlsym()(library, name);
}

void
rs_dl_on_open(void (*listener)(const char *path))
{
    dl.on_open = listener;
}

void
rs_dl_on_load(rs_dl_listener *listener)
{
    rs_store_release(&dl.on_load, listener);
}

/* Acquire: pairs with the release in rs_dl_on_load(). */
void
rs_dl_refresh(void)
{
    rs_dl_listener *listener = rs_load_acquire(&dl.on_load);

    if (listener != NULL)
        listener();
}

void *
rs_dl_enter(unsigned long which, const void *first)
{
    const int saved_errno = errno;
    void *real =
        which == DL_SYM ? (void *)real_dlsym() : rs_load(&dl.real[which]);

    if (real == NULL) {
        real = rs_dl_next(names[which]);
        rs_store(&dl.real[which], real);
    }
    rs_dl_refresh();
    if (which == DL_OPEN && dl.on_open != NULL && first != NULL)
        dl.on_open(first);
    errno = saved_errno;
    return real;
}
