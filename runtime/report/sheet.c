/* SPDX-License-Identifier: MIT */
/* sheet.c -- a report on its way out: to `refsan run`, or to the log files.
 *
 * Report time, any thread. No lock: each report has a sheet of its own. */
#include "report/sheet.h"

#include <stdatomic.h>

#include "base/json.h"
#include "base/lost.h"
#include "os/sys.h"
#include "report/channel.h"
#include "report/only.h"
#include "report/output.h"
#include "report/report.h"
#include "report/tally.h"

#define SHEETS 64

/* Room to write one report on. */
struct sheet {
    char text[RS_REPORT_BYTES];
    char json[RS_REPORT_BYTES];
    char line[4 * RS_REPORT_BYTES]; /* of the channel: both, quoted */
};

static _Atomic(struct sheet *) sheets[SHEETS]; /* those not in use */

/* A sheet, made anew when all are in use. Relaxed would do for the memory,
 * which nobody else writes; acquire pairs with the release in put_sheet(),
 * because the last user's stores must not come after ours. */
static struct sheet *
take_sheet(void)
{
    for (int i = 0; i < SHEETS; i++) {
        struct sheet *sheet =
            atomic_exchange_explicit(&sheets[i], NULL, memory_order_acquire);

        if (sheet != NULL)
            return sheet;
    }
    return rs_sys_map(sizeof(struct sheet));
}

static void
put_sheet(struct sheet *sheet)
{
    for (int i = 0; i < SHEETS; i++) {
        struct sheet *none = NULL;

        if (atomic_compare_exchange_strong_explicit(&sheets[i], &none, sheet,
                                                    memory_order_release,
                                                    memory_order_relaxed))
            return;
    }
    rs_sys_unmap(sheet, sizeof(struct sheet));
}

/* False when nobody listens any more. */
static bool
say_to_channel(const struct rs_finding *found, struct sheet *sheet)
{
    size_t json_bytes =
        rs_report_json(found, sheet->json, sizeof(sheet->json));
    struct rs_text line = rs_text_make(sheet->line, sizeof(sheet->line));
    struct rs_json json = rs_json_make(&line);

    rs_report_text(found, sheet->text, sizeof(sheet->text), false);
    rs_json_open(&json, NULL, '{');
    rs_json_string(&json, "type", "report");
    rs_json_int(&json, "pid", rs_sys_pid());
    rs_json_string(&json, "text", sheet->text);
    rs_json_raw(&json, "finding", sheet->json, json_bytes);
    rs_json_close(&json, '}');
    rs_text_add(&line, "\n");
    return rs_channel_send(line.bytes, line.used);
}

static void
say_to_files(const struct rs_finding *found, struct sheet *sheet)
{
    size_t bytes = rs_report_text(found, sheet->text, sizeof(sheet->text),
                                  rs_output_is_coloured());

    if (!rs_only_excludes(found))
        rs_output_text(sheet->text, bytes);
    if (!rs_output_has_jsonl())
        return;
    bytes = rs_report_json(found, sheet->json, sizeof(sheet->json) - 1);
    sheet->json[bytes++] = '\n';
    rs_output_jsonl(sheet->json, bytes);
}

bool
rs_sheet_prepare(void)
{
    struct sheet *sheet = take_sheet();

    if (sheet != NULL)
        put_sheet(sheet);
    return sheet != NULL;
}

void
rs_sheet_say(const struct rs_finding *found)
{
    struct sheet *sheet = take_sheet();

    if (sheet == NULL) {
        rs_lost_count(RS_LOST_REPORTS);
        return;
    }
    if (!rs_channel_is_there()) {
        say_to_files(found, sheet);
    }
    else if (!say_to_channel(found, sheet)) {
        rs_tally_missed_report();
        say_to_files(found, sheet);
    }
    put_sheet(sheet);
}
