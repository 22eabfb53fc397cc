/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_TEXT_H
#define SCAN_TEXT_H

#include <stddef.h>

/*
 * What kind of bytes these are. Looks at the first ones only.
 */

/*
 * Bytes per character: 2 for UTF-16, by its byte order mark or because in most
 * pairs the same byte is NUL; else 1. *big_endian is set for 2.
 */
int text_width(const char *p, size_t len, int *big_endian);

/*
 * 1 for bytes that no text editor would call text: with more than a few control
 * characters. One NUL in a text does not make it binary.
 */
int text_is_binary(const char *p, size_t len);

/*
 * Makes n characters of UTF-16 narrow, one byte each: ASCII as it is, all else
 * as 0xff. in has 2 * n bytes.
 */
void text_narrow(char *out, const char *in, size_t n, int big_endian);

#endif
