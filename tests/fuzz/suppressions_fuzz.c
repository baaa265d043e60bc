/* SPDX-License-Identifier: MIT */
/* suppressions_fuzz.c -- a file of suppressions: every line is a rule, nothing,
 * or one sentence; and a finding without stacks is asked about. */
#include "fuzz.h"

#include "report/suppress.c" /* whose rules are read once in a process */

static unsigned mistakes;

static void
note_sentence(const char *sentence)
{
    FUZZ_CHECK(strncmp(sentence, "suppressions: a:", 16) == 0);
    mistakes++;
}

static unsigned
count_lines(const char *text, size_t size)
{
    unsigned lines = 0;

    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    return lines;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char printed[1 << 16];
    static struct rs_finding finding;
    char *text = malloc(size + (size == 0)); /* no zero at its end */
    unsigned rules;

    memcpy(text, data, size);
    mistakes = 0;
    state.count = 0;
    read_rules(text, size, "a", size % 2 == 0, note_sentence);
    strcpy(finding.object.type, "list");
    (void)rs_suppress_matches(&finding);
    rules = count_lines(printed, rs_suppress_print(printed, sizeof(printed)));
    FUZZ_CHECK(rules + mistakes <= count_lines(text, size) + 1);
    free(text);
    return 0;
}
