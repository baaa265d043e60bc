/* SPDX-License-Identifier: MIT */
/* pipeline_tsan.h -- data races that ThreadSanitizer finds: which object's
 * memory is it? */
#pragma once

/* In TSan's callback, when it has printed `report`: says what is known of the
 * object, if it is one. Waits for nothing, and takes no memory from malloc.
 * Where the host's own functions wait for TSan, the caller keeps them from
 * being called (rs_host_call_nothing()). */
void rs_pipeline_tsan_report(void *report);
