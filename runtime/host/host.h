/* SPDX-License-Identifier: MIT */
/* host.h -- the questions refsan asks the runtime whose objects it watches.
 *
 * A host is a CPython of some version and build, or refsan's own embedded
 * runtime (docs/embedded.md). It is recognised at run time, from the process:
 * never from the headers refsan was built with. cpython.c answers for
 * 3.12 to 3.15; host.c holds the answer for the process. What is not known to
 * be one of the known layouts is refused with a sentence.
 *
 * No function calls Python code, takes a reference, waits, or allocates. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "refcount/header.h"

enum rs_host_kind {
    RS_HOST_NONE = 0, /* no Python here (yet) */
    RS_HOST_CPYTHON,
    RS_HOST_EMBEDDED,
    RS_HOST_REFUSED, /* a Python, but not one refsan knows; see `refusal` */
};

struct rs_host {
    enum rs_host_kind kind;
    uint32_t version; /* PY_VERSION_HEX */
    enum rs_layout layout;
    bool is_free_threaded;
    bool is_debug;
    bool is_shared;  /* libpython is a library of its own */
    bool has_tracer; /* PyRefTracer exists, and its deaths can be trusted */
    bool has_frames; /* Python frames can be read by offset */
    bool is_tsan, is_asan;
    uintptr_t base, text_low, text_high; /* the image with the C API */
    char path[256];                      /* … and its file */
    char refusal[160];
};

/* What is known of the host; kind is RS_HOST_NONE before one was found. */
extern const struct rs_host *const rs_host;

/* What differs between versions, and matters outside of host/ (versions.c):
 * an object goes to the trashcan before its tp_dealloc is called, not inside of
 * it; functions of Py_AtExit are called when the runtime has been finalized;
 * the interpreter's own delayed decref merges immortal objects; PyRefTracer
 * exists; a tracer is told when another one takes its place; immortal objects
 * of free-threaded builds have a mark beside their counts, too. */
bool rs_host_has_outer_trashcan(void);
bool rs_host_tells_its_end(void);
bool rs_host_merges_immortals(void);
bool rs_host_has_tracers(void);
bool rs_host_tells_removed_tracers(void);
bool rs_host_has_immortal_bit(void);

/* Is there one in this process? Any time; nothing is remembered. */
bool rs_host_is_here(void);

/* Looks for a host. Returns true when one is known now and was not before.
 * Called at start, and after a dlopen while there is none, by one thread at a
 * time. */
bool rs_host_find(void);

/* The embedded runtime, or a test, says what the host is. */
void rs_host_set(const struct rs_host *host);

/* The host that was found will not be watched, for a reason of refsan's own. Before
 * anything of it was hooked. */
void rs_host_refuse(const char *why);

/* The address of one of the host's functions or data, or NULL; never one of
 * refsan's own wrappers. For start-up and reports. */
void *rs_host_symbol(const char *name);

/* True when `pc` lies in the image that has the C API: libpython's own call. */
static inline bool
rs_host_has_code(uintptr_t pc)
{
    return pc - rs_host->text_low < rs_host->text_high - rs_host->text_low;
}

/* A copy of the object's header. The object must be readable. */
static inline struct rs_header
rs_host_header(uintptr_t object)
{
    return rs_header_decode(rs_host->layout, (const void *)object);
}

/* The calling thread's attached thread state, or NULL. Free-threaded builds
 * must be attached, not only bound: their state word is 1. */
void *rs_host_attached(void);

/* Until it is called with false, the calling thread enters no function of the
 * host. Inside a callback of TSan's that is a must: TSan holds locks that the
 * host's functions, where they are instrumented, wait for. Answers are those of
 * a runtime that goes on; `thread` is the calling thread's state, or NULL, where
 * only a function of the host could tell. */
void rs_host_call_nothing(bool is_wanted, void *thread);
bool rs_host_may_call(void);

/* Is the runtime initialized? Once it was and no longer is, it is finalized. */
enum rs_host_life {
    RS_HOST_NOT_YET,
    RS_HOST_RUNNING,
    RS_HOST_FINALIZED,
};
enum rs_host_life rs_host_life(void);

/* Has the runtime begun to finalize? Then immortal objects are made mortal and
 * destroyed, rightly. */
bool rs_host_is_finalizing(void);

/* The id of the interpreter the calling thread is attached to; -1 if none. */
int64_t rs_host_interpreter(void);

/* The same of a thread state, and whether that interpreter has a GIL of its own
 * or shares the main one's. Before 3.13 nobody can tell: then it shares it. */
struct rs_host_interpreter {
    int64_t id;
    bool has_gil; /* false while it is being made */
    bool has_own_gil;
};
struct rs_host_interpreter rs_host_interpreter_of(const void *tstate);

/* Does that thread state run under a GIL now? Free-threaded builds have one
 * while a module is loaded that has not said that it needs none. True where it
 * cannot be told. */
bool rs_host_runs_with_gil(const void *tstate);

/* The thread state that the thread with this kernel number was bound to last,
 * attached or not; NULL without one, and before 3.13. Follows lists that other
 * threads may be changing: only where a crash inside is survived. */
void *rs_host_thread_of(int tid);

/* Where a free-threaded build keeps whether the GIL of the main interpreter is
 * on: an int. 0 when that cannot be told, or the thread state is another
 * interpreter's. */
uintptr_t rs_host_gil_switch(const void *tstate);

/* Is that thread state's interpreter collecting garbage? Also while finalizers
 * and weak reference callbacks of the collected run. False before 3.13. */
bool rs_host_is_collecting(const void *tstate);

/* Calls `visit` with the tp_traverse, or the tp_dealloc, of the type and of
 * each type it is based on by tp_base, unless it is the host's own. Of a type
 * that is ready. */
enum rs_host_slot {
    RS_HOST_TRAVERSE,
    RS_HOST_DEALLOC,
};
void rs_host_each_slot(uintptr_t type, enum rs_host_slot slot,
                       void (*visit)(uintptr_t function));

/* Of a type that is alive: is it a heap type, and what is its tp_dealloc? */
bool rs_host_is_heap_type(uintptr_t type);
uintptr_t rs_host_dealloc(uintptr_t type);

/* Are all deallocs of the object's type and its bases the interpreter's, and
 * none of them a module's? And is no tp_del? Checks before it reads. */
bool rs_host_has_own_dealloc(const struct rs_header *header);

/* Its tp_base; 0 for object. */
uintptr_t rs_host_base(uintptr_t type);

/* Are there weak references to a live or dying object, which is readable? */
bool rs_host_has_weak_references(uintptr_t object,
                                 const struct rs_header *header);

/* The first place of the interpreter's own static state (_PyRuntime) that holds
 * this word; NULL when there is none. Reads up to some 100 KB. */
void *rs_host_find_in_runtime(uintptr_t word);

/* Does its type look like one? Checks before it reads. True of a host whose
 * types are unknown. */
bool rs_host_has_type(const struct rs_header *header);

/* Copies the type's name, "" when it cannot be read. Checks before it reads:
 * for reports and records, on objects that may be dying. */
void rs_host_type_name(const struct rs_header *header, char *name,
                       size_t bytes);

bool rs_host_is_str(const struct rs_header *header);
bool rs_host_is_gc(const struct rs_header *header); /* Py_TPFLAGS_HAVE_GC */

bool rs_host_is_type(const struct rs_header *header); /* … of types */

/* Is it of a kind that the interpreter never makes immortal by itself: an
 * instance of a heap type, a list or a dict, and no type? Of a live object of an
 * attached thread: nothing is checked. */
bool rs_host_leaves_mortal(const struct rs_header *header);

/* Does the innermost Python frame's stack hold the object without counting it
 * (3.14 and later)? Then a count of 1 is somebody else's reference. */
bool rs_host_stack_lends(void *tstate, uintptr_t object);

/* The Python frames of the calling thread, innermost first, as code object and
 * byte offset of the instruction. Cheap enough for an event: a few loads a
 * frame. `tstate` from rs_host_attached(). */
struct rs_position {
    uintptr_t code;
    uint32_t lasti;
    uint32_t stamp; /* rs_host_position_stamp(), or 0: not asked for */
};
unsigned rs_host_positions(void *tstate, struct rs_position *positions,
                           unsigned max);

/* The beginning of the function that a frame runs, one that the interpreter
 * hands to an evaluation hook. */
struct rs_position rs_host_frame_begin(const void *frame);

/* An address inside the C frame of the innermost evaluation loop: what the
 * loop calls runs below it. 0 when there is none, or it is many Python frames
 * away. */
uintptr_t rs_host_loop_frame(void *tstate);

/* Modules and their state, of a live object. False when it has none. */
bool rs_host_is_module(const struct rs_header *header);
bool rs_host_module_state(uintptr_t module, const uintptr_t **state,
                          size_t *bytes);

/* Is it of a kind whose references free-threaded builds do not all count, and
 * may lose as the runtime ends? Types, modules, functions and what types have
 * of them. */
bool rs_host_is_deferred_kind(const struct rs_header *header);

/* The bytes of an object's own structure, by its type; what it points to is
 * not among them. 0 when the type cannot be read. */
size_t rs_host_object_bytes(uintptr_t object, const struct rs_header *header);

/* Has `function` called when the runtime has been finalized, before
 * Py_FinalizeEx returns. False when it cannot be (yet). */
bool rs_host_at_end(void (*function)(void));

/* The position that two words of a frame mean, copied raw by top_frame.h: its
 * code, tagged, and the low half of its instruction's address. Checks before it
 * reads: the code object may have died since. */
bool rs_host_resolve_top(uintptr_t code_word, uint32_t instruction_low,
                         struct rs_position *position);

/* Words that change whenever one of the innermost three Python frames moves:
 * part of the key of a remembered stack (capture.c). Zero without frames. */
#define RS_HOST_KEY_WORDS 3
void rs_host_position_key(void *tstate, uint64_t key[RS_HOST_KEY_WORDS]);

/* A number, never 0, that tells the code object at this address from one that
 * has the address later. Reads without checking: for a frame that runs now. */
uint32_t rs_host_position_stamp(uintptr_t code);

/* The words for a position, read from the code object now. False when `code`
 * is not readable as one. Strings are cut to fit, never NULL. */
struct rs_python_words {
    char function[128];
    char file[256];
    int line;
};
bool rs_host_position_words(struct rs_position position,
                            struct rs_python_words *words);
