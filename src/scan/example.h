/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_EXAMPLE_H
#define SCAN_EXAMPLE_H

#include "util/buf.h"

/*
 * Examples of rules, as rule files write them: with what would look like a real
 * secret made at run time, so that no scanner takes the rule file for a leak.
 *
 *	{{36a}}		36 random characters of the class a, always the same ones
 *	{{crc ghp_ 30}}	"ghp_", 30 random characters and their checksum
 *	{{basic}}	base64 of a user and a random password
 *	{{jwt}} {{jwt64}}	a JSON web token, and one in base64 again
 *	{{pem}}		a made-up private key in PEM
 *	{{pkcs12}}	bytes of a PKCS #12 file with a key
 *	{{n}}		a line break
 *
 * Classes: a letters and digits, l lower case, L letters, u upper case, d
 * digits, h and H hexadecimal, b base64, x lower case and digits, K upper case
 * and digits, i base32 in lower case, J bech32 in upper case, B base58.
 *
 * All else stays as it is. Appends to out.
 */
void example_expand(struct buf *out, const char *text);

#endif
