/* SPDX-License-Identifier: MIT */
/* pipeline_tsan.h -- data races that ThreadSanitizer finds: which object's
 * memory is it? */
#pragma once

/* In TSan's callback, when it has printed `report`: says what is known of the
 * object, if it is one. Waits for nothing, and takes no memory from malloc.
 * `thread`: the calling thread's state, or NULL; asked where the interpreter's
 * own word would take a call. */
void rs_pipeline_tsan_report(void *report, void *thread);
