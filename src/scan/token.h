/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_TOKEN_H
#define SCAN_TOKEN_H

#include <stddef.h>
#include <stdint.h>

/*
 * The inner structure of tokens: checksums and encodings.
 */

/* CRC-32 as in zlib. */
uint32_t token_crc32(const char *s, size_t len);

/* Six digits in base 62 (0-9, A-Z, a-z) of a number; out is not NUL-ended. */
void token_base62(uint32_t n, char out[6]);

/*
 * 1 where the token ends in the checksum of what comes before it, after its
 * prefix and '_': as GitHub's and npm's tokens do.
 */
int token_checksum(const char *s, size_t len);

/*
 * Decodes base64 of either alphabet, with or without '='; stops at what is no
 * digit of it. Returns how many bytes were written, at most size.
 */
size_t token_base64(const char *s, size_t len, unsigned char *out, size_t size);

/* 1 for a JSON web token: header and body are JSON in base64. */
int token_is_jwt(const char *s, size_t len);

/* 1 where the digits of s pass the check of Luhn. */
int token_luhn(const char *s, size_t len);

/*
 * 1 where s is base64 of "user:password" with a password that is neither a
 * reference nor a placeholder.
 */
int token_is_basic_auth(const char *s, size_t len);

#endif
