/* SPDX-License-Identifier: MIT */
/* json_fuzz.c -- a string in an object: one line of ASCII and whole UTF-8, whose
 * only bare quotes are its own. The first byte is the room for a cut one. */
#include "fuzz.h"

#include "base/foreign.h"
#include "base/json.h"

static void
write_object(struct rs_text *text, const char *value)
{
    struct rs_json json = rs_json_make(text);

    rs_json_open(&json, NULL, '{');
    rs_json_string(&json, "a", value);
    rs_json_int(&json, "b", 1);
    rs_json_close(&json, '}');
}

/* Returns how many characters the string has; sets *at behind its end. */
static size_t
read_string(const char **at)
{
    size_t count = 0;

    FUZZ_CHECK(*(*at)++ == '"');
    for (; **at != '"'; count++) {
        size_t length = rs_utf8_length(*at);

        FUZZ_CHECK(length > 0 && (unsigned char)**at >= ' ' && **at != 0x7f);
        if (**at == '\\') {
            FUZZ_CHECK((*at)[1] != '\0' &&
                       strchr("\"\\ntu", (*at)[1]) != NULL);
            length = (*at)[1] == 'u' ? 6 : 2;
            FUZZ_CHECK(strspn(*at + 2, "0123456789abcdef") >= length - 2);
        }
        *at += length;
    }
    ++*at;
    return count;
}

static size_t
characters(const char *value)
{
    size_t count = 0;

    for (; *value != '\0'; count++) {
        size_t length = rs_utf8_length(value);

        value += length > 0 ? length : 1;
    }
    return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t small = size > 0 && data[0] > 0 ? data[0] : 1;
    char *value = fuzz_string(data + (size > 0), size - (size > 0));
    char *bytes = malloc(6 * size + 32), *cut = malloc(small);
    struct rs_text text = rs_text_make(bytes, 6 * size + 32);
    const char *at = bytes + strlen("{\"a\":");

    write_object(&text, value);
    FUZZ_CHECK(!text.is_cut && strncmp(bytes, "{\"a\":", 5) == 0);
    FUZZ_CHECK(read_string(&at) == characters(value));
    FUZZ_CHECK(strcmp(at, ",\"b\":1}") == 0);
    text = rs_text_make(cut, small);
    write_object(&text, value);
    FUZZ_CHECK(strlen(cut) == text.used);
    free(value);
    free(bytes);
    free(cut);
    return 0;
}
