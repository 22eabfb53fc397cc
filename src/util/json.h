/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UTIL_JSON_H
#define UTIL_JSON_H

#include <jansson.h>
#include <stdio.h>

/*
 * JSON as all commands print it, by jansson: ASCII only, so that it is safe on a
 * terminal too, one object or array with a newline after it.
 *
 * A path or name is bytes, JSON is characters. jout_bytes puts it under key as
 * text, and where the bytes are not valid UTF-8 (the text then has \xNN for the
 * odd bytes) puts them under "key_hex" too, so that nothing is lost. NULL puts
 * JSON's null. Object and array functions of jansson fail on a NULL object and
 * on a lack of memory; check once, by jout_print.
 */
void jout_bytes(json_t *object, const char *key, const char *s, size_t len);
void jout_name(json_t *object, const char *key, const char *s);
/* An array of objects with "path"; nothing where n is 0. */
void jout_names(json_t *object, const char *key, char *const *names, size_t n);

/* Prints it, indented. 0, or -ENOMEM where root is NULL or memory ran out. */
int jout_print(FILE *f, const json_t *root);

#endif
