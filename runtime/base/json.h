/* SPDX-License-Identifier: MIT */
/* json.h -- writes JSON into a struct rs_text, one member after the other.
 * Commas are added; bytes that are not UTF-8 become U+FFFD. `key` is NULL
 * inside an array. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct rs_json {
    struct rs_text *text;
    bool needs_comma;
};

struct rs_json rs_json_make(struct rs_text *text);

void rs_json_open(struct rs_json *json, const char *key, char bracket);
void rs_json_close(struct rs_json *json, char bracket);

void rs_json_string(struct rs_json *json, const char *key, const char *value);
/* null when the string is empty. */
void rs_json_word(struct rs_json *json, const char *key, const char *value);
void rs_json_int(struct rs_json *json, const char *key, int64_t value);
/* As a string, "0x…": JSON's numbers lose the low bits of an address. */
void rs_json_hex(struct rs_json *json, const char *key, uint64_t value);
void rs_json_bool(struct rs_json *json, const char *key, bool value);
/* A number, or null when it is 0: not known. */
void rs_json_known(struct rs_json *json, const char *key, unsigned number);
void rs_json_null(struct rs_json *json, const char *key);
/* A value that is JSON already. */
void rs_json_raw(struct rs_json *json, const char *key, const char *value,
                 size_t bytes);
