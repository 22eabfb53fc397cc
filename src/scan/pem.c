/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/pem.h"

#include <ctype.h>
#include <string.h>

#include "scan/token.h"

#define KEY_MAX 16384
#define KEY_MIN 24
#define OPENSSH "openssh-key-v1"

/* SEQUENCE { INTEGER 0 or 1 (the version)... }, or an encrypted PKCS #8. */
int der_is_private_key(const unsigned char *p, size_t len)
{
	size_t head;

	if (len < 8 || p[0] != 0x30)
		return 0;
	head = p[1] < 0x80 ? 2 : 2 + (size_t)(p[1] & 0x7f);
	if (head > 6 || head + 3 > len)
		return 0;
	if (p[head] == 0x02 && p[head + 1] == 1)
		return p[head + 2] <= 1;
	/* PBES: SEQUENCE { OID 1.2.840.113549.1.5 or .12 ... */
	return p[head] == 0x30 && memmem(p, len < 32 ? len : 32,
					 "\x2a\x86\x48\x86\xf7\x0d\x01", 7);
}

/*
 * The base64 digits of a block, without what may stand between them: white
 * space, \n and \r as two characters, quotes, plus between strings, and lines
 * of "Key: value".
 */
static size_t gather(const char *s, size_t len, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < size; i++) {
		const char *nl;
		size_t line;

		if (s[i] == '\\') {
			while (i + 1 < len && s[i + 1] == '\\')
				i++;
			i++;
			continue;
		}
		nl = memchr(s + i, '\n', len - i);
		line = nl ? (size_t)(nl - s) - i : len - i;
		if ((!i || s[i - 1] == '\n') && memchr(s + i, ':', line)) {
			i += line;
			continue;
		}
		if (s[i] == '+' && i && i + 1 < len &&
		    (isspace((unsigned char)s[i - 1]) || s[i - 1] == '"' ||
		     isspace((unsigned char)s[i + 1])))
			continue;
		if (isalnum((unsigned char)s[i]) || s[i] == '+' || s[i] == '/')
			out[n++] = s[i];
	}
	return n;
}

int pem_is_private_key(const char *s, size_t len)
{
	const char *begin = memmem(s, len, "PRIVATE KEY-----", 16), *end;
	unsigned char der[64];
	char text[KEY_MAX] = "";
	size_t n, digits;

	if (!begin)
		return 0;
	begin += 16;
	end = memmem(begin, len - (size_t)(begin - s), "-----END", 8);
	if (!end)
		return 0;
	digits = gather(begin, (size_t)(end - begin), text, sizeof(text));
	if (memmem(begin, (size_t)(end - begin), "ENCRYPTED", 9))
		return digits >= 2 * KEY_MIN;
	n = token_base64(text, digits, der, sizeof(der));
	if (digits < 2 * KEY_MIN || n < KEY_MIN)
		return 0;
	return der_is_private_key(der, n) ||
	       !memcmp(der, OPENSSH, sizeof(OPENSSH) - 1);
}
