/* SPDX-License-Identifier: MIT */
/* cpython.c -- which CPython is it, and what is the calling thread to it?
 *
 * Recognised by what it exports and by the table at the start of _PyRuntime,
 * which is filled at compile time: all of this works before Py_Initialize.
 * Whatever does not add up is refused, because a wrong layout would make every
 * report a lie. */
#include "host/cpython.h"

#include "os/arch.h"
#include "base/check.h"
#include "base/core_note.h"
#include "host/cpython_abi.h"
#include "host/layout.h"
#include "host/top_frame.h"
#include "base/text.h"
#include "os/atomics.h"
#include "os/compiler.h"

#include <stdatomic.h>
#include <string.h>

static struct {
    void *(*current_thread)(void);
    int (*is_initialized)(void);
    int (*is_finalizing)(void); /* stays true until the next Py_Initialize */
    const unsigned char *runtime;
} cpython;

RS_CORE_ROWS(cpython) = {RS_CORE_VARIABLE("python_runtime", cpython.runtime)};

/* rs_host_call_nothing() */
static RS_THREAD_LOCAL bool calls_nothing;
static RS_THREAD_LOCAL void *known_thread;

/* What rs_host_attached() says where there are no thread states. */
static char always_attached;

static void
refuse(struct rs_host *host, const char *sentence)
{
    struct rs_text text = rs_text_make(host->refusal, sizeof(host->refusal));
    uint32_t version = host->version;

    host->kind = RS_HOST_REFUSED;
    cpython.current_thread = NULL;
    rs_host_top.thread_offset = 0;
    cpython.is_initialized = NULL;
    if (version != 0)
        rs_text_format(&text, "CPython %u.%u.%u ", version >> 24,
                       version >> 16 & 0xff, version >> 8 & 0xff);
    else
        rs_text_add(&text, "this Python ");
    rs_text_add(&text, sentence);
}

static uint64_t
word_at(const void *bytes, size_t offset)
{
    uint64_t word;

    memcpy(&word, (const unsigned char *)bytes + offset, sizeof(word));
    return word;
}

/* 3.13 and later say version and build in _PyRuntime; 3.11 and 3.12 export
 * their version; older ones do neither, and version stays 0. */
static void
read_version(const struct rs_elf_image *image, struct rs_host *host)
{
    const void *py_version =
        (const void *)rs_elf_image_symbol(image, "Py_Version");

    if (py_version != NULL)
        host->version = (uint32_t)word_at(py_version, 0);
    if (memcmp(cpython.runtime, "xdebugpy", 8) == 0) {
        host->version = (uint32_t)word_at(cpython.runtime, 8);
        host->is_free_threaded = word_at(cpython.runtime, 16) == 1;
    }
}

static bool
version_is_known(struct rs_host *host)
{
    if (host->version < RS_CPYTHON(3, RS_CPYTHON_MINOR_OLDEST))
        refuse(host, "is older than refsan knows (" RS_CPYTHON_KNOWN ")");
    else if (host->version >= RS_CPYTHON(3, RS_CPYTHON_MINOR_NEWEST + 1))
        refuse(host, "is newer than refsan knows (" RS_CPYTHON_KNOWN ")");
    return host->kind != RS_HOST_REFUSED;
}

/* The type `object` is a static object: its header is what every header is,
 * and its basic size is that of a header. */
static bool
objects_look_right(const struct rs_elf_image *image,
                   const struct rs_host *host)
{
    const void *object =
        (const void *)rs_elf_image_symbol(image, "PyBaseObject_Type");
    uintptr_t type = rs_elf_image_symbol(image, "PyType_Type");
    size_t header = host->is_free_threaded ? 32 : 16;
    bool is_exported = rs_elf_image_symbol(image, "_Py_DecRefShared") != 0;

    return object != NULL && type != 0 &&
           is_exported == host->is_free_threaded &&
           word_at(object, header - 8) == type &&
           word_at(object, header + RS_TYPE_BASIC_BYTES) == header;
}

static enum rs_layout
header_layout(const struct rs_host *host)
{
    if (host->is_free_threaded)
        return RS_LAYOUT_FREE_THREADED;
    return host->version >= RS_CPYTHON(3, 14) ? RS_LAYOUT_SPLIT
                                              : RS_LAYOUT_WIDE;
}

/* 3.13.0 to 3.13.2 report almost no death from the evaluation loop. */
static bool
tracer_can_be_trusted(const struct rs_elf_image *image,
                      const struct rs_host *host)
{
    return rs_elf_image_symbol(image, "PyRefTracer_SetTracer") != 0 &&
           (host->is_free_threaded ||
            host->version >= RS_CPYTHON_RELEASE(3, 13, 3));
}

void
rs_host_cpython_bind(const struct rs_elf_image *image)
{
    cpython.runtime =
        (const unsigned char *)rs_elf_image_symbol(image, "_PyRuntime");
    cpython.current_thread = (void *(*)(void))rs_elf_image_symbol(
        image, "_PyThreadState_GetCurrent");
    rs_host_top.thread_offset =
        cpython.current_thread == NULL
            ? 0
            : rs_arch_thread_local_offset(
                  (const void *)cpython.current_thread);
    rs_host_top.image_low = image->low;
    rs_host_top.image_bytes = image->high - image->low;
    rs_host_top.float_type = rs_elf_image_symbol(image, "PyFloat_Type");
    cpython.is_initialized =
        (int (*)(void))rs_elf_image_symbol(image, "Py_IsInitialized");
    cpython.is_finalizing =
        (int (*)(void))rs_elf_image_symbol(image, "Py_IsFinalizing");
    if (cpython.is_finalizing == NULL) /* 3.12 */
        cpython.is_finalizing =
            (int (*)(void))rs_elf_image_symbol(image, "_Py_IsFinalizing");
}

void
rs_host_cpython_read(const struct rs_elf_image *image, struct rs_host *host)
{
    struct rs_host_layout layout;

    rs_host_cpython_bind(image);
    read_version(image, host);
    if (!version_is_known(host))
        return;
    if (!rs_host_layout_read(host->version, host->is_free_threaded,
                             cpython.runtime, &layout) ||
        !objects_look_right(image, host) || cpython.current_thread == NULL ||
        cpython.is_initialized == NULL) {
        refuse(host, "is built in a way refsan does not know "
                     "(Py_TRACE_REFS, 32 bits, or no CPython)");
        return;
    }
    rs_host_layout_set(&layout);
    host->layout = header_layout(host);
    host->is_debug = rs_elf_image_symbol(image, "_Py_NegativeRefcount") != 0;
    host->has_tracer = tracer_can_be_trusted(image, host);
    host->has_frames = true;
    host->kind = RS_HOST_CPYTHON;
}

static void
note_alive(void)
{
    if (rs_unlikely(!rs_load(&rs_host_top.was_alive)))
        rs_store(&rs_host_top.was_alive, true);
}

void
rs_host_call_nothing(bool is_wanted, void *thread)
{
    calls_nothing = is_wanted;
    known_thread = thread;
}

bool
rs_host_may_call(void)
{
    return !calls_nothing;
}

void *
rs_host_attached(void)
{
    unsigned char *thread;

    if (cpython.current_thread == NULL)
        return rs_host->kind == RS_HOST_NONE ? NULL : &always_attached;
    thread = rs_host_top.thread_offset != 0
                 ? rs_arch_thread_local(rs_host_top.thread_offset)
             : calls_nothing ? known_thread
                             : cpython.current_thread();
    if (thread == NULL)
        return NULL;
    note_alive();
    /* As rs_host_attached_fast() does it. */
    if (rs_host->is_free_threaded &&
        __atomic_load_n((int *)(thread + rs_host_layout->thread_state),
                        __ATOMIC_RELAXED) != RS_THREAD_STATE_ATTACHED)
        return NULL;
    return thread;
}

/* For a runtime that is not, or not yet, initialized by its own word: has it
 * interpreters, and is it not on its way out? */
static bool
is_starting(void)
{
    const struct rs_host_layout *layout = rs_host_layout;

    return layout->runtime_interpreters != 0 &&
           word_at(cpython.runtime, layout->runtime_interpreters) != 0 &&
           word_at(cpython.runtime, layout->runtime_finalizing) == 0;
}

/* While Py_FinalizeEx works, the thread that runs it is attached, and running;
 * any other thread has no business with objects any more, and is told
 * FINALIZED. 3.15 calls itself initialized only after `site` was imported:
 * before, is_starting() says so. */
enum rs_host_life
rs_host_life(void)
{
    if (cpython.is_initialized == NULL)
        return rs_host->kind == RS_HOST_NONE ? RS_HOST_NOT_YET
                                             : RS_HOST_RUNNING;
    if (calls_nothing || cpython.is_initialized() ||
        rs_host_attached() != NULL) {
        note_alive();
        return RS_HOST_RUNNING;
    }
    if (!rs_load(&rs_host_top.was_alive))
        return RS_HOST_NOT_YET;
    return is_starting() ? RS_HOST_RUNNING : RS_HOST_FINALIZED;
}

bool
rs_host_is_finalizing(void)
{
    return !calls_nothing && cpython.is_finalizing != NULL &&
           cpython.is_finalizing() != 0;
}
