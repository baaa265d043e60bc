/* SPDX-License-Identifier: MIT */
/* core_note.c -- the note by which a core file's reader finds everything else
 * (base/core_note.h), and the rows of what several files share.
 *
 * There are two ways to them. An ELF note of the image, in the page of its
 * headers, which most cores have and `readelf -n` shows. And the anchor that the
 * note leads to, in writable data, which all cores have: its first words are
 * what a reader looks for in memory where there is no note. The format's number
 * changes when a reader of the old one would go wrong; rows may come and go. */
#include "base/core_note.h"

#include <unistd.h>

#include "detect/bug.h"
#include "event/event.h"
#include "event/word.h"
#include "host/cpython_abi.h"
#include "host/host.h"
#include "host/layout.h"
#include "host/top_frame.h"
#include "shadow/plane.h"
#include "shadow/record.h"
#include "shadow/record_private.h"
#include "stack/stack.h"
#include "thread/thread.h"

extern struct rs_core_row __start_rs_core_rows[], __stop_rs_core_rows[];

#define FORMAT 1

/* The build says it. */
#ifndef REFSAN_VERSION
#define REFSAN_VERSION "of unknown version"
#endif

struct rs_core_anchor {
    char magic[24]; /* read by itself, so in one place only */
    uint32_t format, row_bytes;
    char version[24];
    struct rs_core_row *begin, *end;
};

extern struct rs_core_anchor rs_core_anchor;
struct rs_core_anchor rs_core_anchor __attribute__((used)) = {
    .magic = "refsan core\x01\xf5\xd7rows\xe1",
    .format = FORMAT,
    .row_bytes = sizeof(struct rs_core_row),
    .version = REFSAN_VERSION,
    .begin = __start_rs_core_rows,
    .end = __stop_rs_core_rows,
};

/* Its description: how far behind its own beginning the anchor is. */
__asm__(".pushsection .note.refsan, \"a\", %note\n"
        ".balign 4\n"
        ".long 7, 4, 1\n"
        ".asciz \"refsan\"\n"
        ".balign 4\n"
        ".long rs_core_anchor - .\n"
        ".popsection\n");

/* ---- Threads, their rings, and the shadow --------------------------------- */

RS_CORE_ROWS(threads) = {
    RS_CORE_STRUCT(rs_thread),
    RS_CORE_MEMBER(rs_thread, slot),
    RS_CORE_MEMBER(rs_thread, live_word),
    RS_CORE_MEMBER(rs_thread, acts),
    RS_CORE_MEMBER(rs_thread, lives),
    RS_CORE_MEMBER(rs_thread, tstate),
    RS_CORE_MEMBER(rs_thread, pointer),
    RS_CORE_MEMBER(rs_thread, tid),
    RS_CORE_MEMBER(rs_thread, created_by),
    RS_CORE_MEMBER(rs_thread, has_ended),
    RS_CORE_MEMBER(rs_thread, name),
    RS_CORE_MEMBER(rs_thread, events),
    RS_CORE_MEMBER(rs_thread, epoch),
    RS_CORE_STRUCT(rs_ring),
    RS_CORE_MEMBER(rs_ring, words),
    RS_CORE_MEMBER(rs_ring, size),
    RS_CORE_MEMBER(rs_ring, written),
    RS_CORE_STRUCT(rs_ring_entry),
    RS_CORE_MEMBER(rs_ring_entry, ticks),
    RS_CORE_MEMBER(rs_ring_entry, target),
    RS_CORE_MEMBER(rs_ring_entry, place),
    RS_CORE_MEMBER(rs_ring_entry, detail),
    RS_CORE_NUMBER(RS_THREAD_SLOTS),
    RS_CORE_NUMBER(RS_SLOT_RUNNING),
    RS_CORE_NUMBER(RS_SLOT_ENDED),
    RS_CORE_NUMBER(RS_TARGET_SITE),
    RS_CORE_NUMBER(RS_RING_SKIPPED),
    RS_CORE_NUMBER(RS_RING_BELOW_AFTER),
    RS_CORE_NUMBER(RS_RING_BELOW_BEFORE),
    RS_CORE_NUMBER(RS_RING_SITE_MASK),
    RS_CORE_NUMBER(RS_LIFE_STACK),
    RS_CORE_NUMBER(RS_FRAME_PYTHON),
    RS_CORE_NUMBER(RS_FRAME_SITE),
    RS_CORE_NUMBER(RS_STACK_FRAMES_MAX),
};

RS_CORE_ROWS(shadow) = {
    RS_CORE_MEMBER(rs_plane, root),
    RS_CORE_NUMBER(RS_PLANE_LEAF_SHIFT),
    RS_CORE_NUMBER(RS_PLANE_ADDRESS_BITS),
    RS_CORE_NUMBER(RS_GRANULE_SHIFT),
    RS_CORE_NUMBER(RS_WORD_STATE),
    RS_CORE_NUMBER(RS_WORD_CREATOR_SHIFT),
    RS_CORE_NUMBER(RS_WORD_CREATORS),
    RS_CORE_NUMBER(RS_WORD_INTERPRETER_SHIFT),
    RS_CORE_NUMBER(RS_WORD_INTERPRETERS),
    RS_CORE_NUMBER(RS_WORD_GENERATION_SHIFT),
    RS_CORE_NUMBER(RS_WORD_GENERATIONS),
    RS_CORE_NUMBER_AS("state:unknown", RS_STATE_UNKNOWN),
    RS_CORE_NUMBER_AS("state:live", RS_STATE_LIVE),
    RS_CORE_NUMBER_AS("state:immortal", RS_STATE_IMMORTAL),
    RS_CORE_NUMBER_AS("state:dying", RS_STATE_DYING),
    RS_CORE_NUMBER_AS("state:dead", RS_STATE_DEAD),
    RS_CORE_NUMBER_AS("mark:shared", RS_MARK_SHARED),
    RS_CORE_NUMBER_AS("mark:try-enabled", RS_MARK_TRY_ENABLED),
    RS_CORE_NUMBER_AS("mark:deferred", RS_MARK_DEFERRED),
    RS_CORE_NUMBER(RS_MARK_RECORDED),
    RS_CORE_STRUCT(rs_record_entry),
    RS_CORE_MEMBER(rs_record_entry, key),
    RS_CORE_MEMBER(rs_record_entry, facts),
    RS_CORE_MEMBER(rs_record_entry, type_state),
    RS_CORE_MEMBER(rs_record_entry, type),
    RS_CORE_NUMBER(RS_RECORD_TAG_SHIFT),
    RS_CORE_NUMBER(RS_RECORD_FACT_BITS),
    RS_CORE_NUMBER(RS_RECORD_INTERPRETER),
    RS_CORE_NUMBER(RS_RECORD_DESTROYER),
    RS_CORE_NUMBER(RS_RECORD_FOREIGN),
    RS_CORE_NUMBER(RS_RECORD_IMMORTAL_STACK),
    RS_CORE_NUMBER(RS_RECORD_GENERATION),
    RS_CORE_NUMBER(RS_RECORD_TYPE_WRITTEN),
};

/* ---- The interpreter ------------------------------------------------------ */

RS_CORE_ROWS(interpreter) = {
    RS_CORE_VARIABLE("environ", environ),
    RS_CORE_VARIABLE("host_top", rs_host_top),
    RS_CORE_MEMBER(rs_host_top, thread_offset),
    RS_CORE_MEMBER(rs_host, kind),
    RS_CORE_MEMBER(rs_host, version),
    RS_CORE_MEMBER(rs_host, layout),
    RS_CORE_MEMBER(rs_host, is_free_threaded),
    RS_CORE_MEMBER(rs_host, is_debug),
    RS_CORE_MEMBER(rs_host, is_shared),
    RS_CORE_MEMBER(rs_host, is_tsan),
    RS_CORE_MEMBER(rs_host, is_asan),
    RS_CORE_MEMBER(rs_host, text_low),
    RS_CORE_MEMBER(rs_host, text_high),
    RS_CORE_NUMBER(RS_HOST_CPYTHON),
    RS_CORE_NUMBER(RS_HOST_EMBEDDED),
    RS_CORE_NUMBER(RS_LAYOUT_WIDE),
    RS_CORE_NUMBER(RS_LAYOUT_SPLIT),
    RS_CORE_NUMBER(RS_LAYOUT_FREE_THREADED),
    RS_CORE_NUMBER(RS_DEFERRED_BIAS),
    RS_CORE_NUMBER(RS_TPFLAGS_STR_SUBCLASS),
    RS_CORE_NUMBER(RS_TPFLAGS_BYTES_SUBCLASS),
    RS_CORE_NUMBER(RS_STRING_STATE),
    RS_CORE_NUMBER(RS_STRING_ASCII),
    RS_CORE_NUMBER(RS_STRING_WIDE),
    RS_CORE_NUMBER(RS_BYTES_VALUE),
};

RS_CORE_ROWS(layout) = {
    RS_CORE_MEMBER(rs_host_layout, object_bytes),
    RS_CORE_MEMBER(rs_host_layout, object_type),
    RS_CORE_MEMBER(rs_host_layout, type_name),
    RS_CORE_MEMBER(rs_host_layout, type_flags),
    RS_CORE_MEMBER(rs_host_layout, interpreter_id),
    RS_CORE_MEMBER(rs_host_layout, interpreter_next),
    RS_CORE_MEMBER(rs_host_layout, interpreter_threads),
    RS_CORE_MEMBER(rs_host_layout, runtime_interpreters),
    RS_CORE_MEMBER(rs_host_layout, thread_interpreter),
    RS_CORE_MEMBER(rs_host_layout, thread_frame),
    RS_CORE_MEMBER(rs_host_layout, thread_next),
    RS_CORE_MEMBER(rs_host_layout, thread_native),
    RS_CORE_MEMBER(rs_host_layout, thread_state),
    RS_CORE_MEMBER(rs_host_layout, frame_previous),
    RS_CORE_MEMBER(rs_host_layout, frame_code),
    RS_CORE_MEMBER(rs_host_layout, frame_instruction),
    RS_CORE_MEMBER(rs_host_layout, frame_owner),
    RS_CORE_MEMBER(rs_host_layout, frame_bytecode),
    RS_CORE_MEMBER(rs_host_layout, code_file),
    RS_CORE_MEMBER(rs_host_layout, code_name),
    RS_CORE_MEMBER(rs_host_layout, code_lines),
    RS_CORE_MEMBER(rs_host_layout, code_first_line),
    RS_CORE_MEMBER(rs_host_layout, code_bytecode),
    RS_CORE_MEMBER(rs_host_layout, code_copies),
    RS_CORE_MEMBER(rs_host_layout, string_kind),
    RS_CORE_MEMBER(rs_host_layout, has_frame_holder),
};

/* ---- Numbers of the tables ------------------------------------------------ */

RS_CORE_ROWS(events) = {
#define RS_EVENT(id, phrase, traits)                                          \
    {"event:" #id, NULL, RS_EV_##id, RS_EV_TRAITS_##id, RS_CORE_ROW_NUMBER},
#include "events.def"
    RS_CORE_NUMBER(RS_TRAIT_DROPS),
    RS_CORE_NUMBER(RS_TRAIT_TAKES),
};
