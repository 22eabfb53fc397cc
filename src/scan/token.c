/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/token.h"

#include <ctype.h>
#include <string.h>

#include "scan/value.h"

#define CHECKSUM 6

uint32_t token_crc32(const char *s, size_t len)
{
	uint32_t crc = 0xffffffffu;

	for (size_t i = 0; i < len; i++) {
		crc ^= (unsigned char)s[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (0xedb88320u & (0u - (crc & 1)));
	}
	return ~crc;
}

void token_base62(uint32_t n, char out[6])
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz";

	for (int i = CHECKSUM - 1; i >= 0; i--) {
		out[i] = digits[n % 62];
		n /= 62;
	}
}

int token_checksum(const char *s, size_t len)
{
	const char *body = memchr(s, '_', len);
	char sum[CHECKSUM];
	size_t n;

	if (!body)
		return 0;
	body++;
	n = len - (size_t)(body - s);
	if (n <= CHECKSUM)
		return 0;
	n -= CHECKSUM;
	token_base62(token_crc32(body, n), sum);
	return !memcmp(body + n, sum, CHECKSUM);
}

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

size_t token_base64(const char *s, size_t len, unsigned char *out, size_t size)
{
	uint32_t bits = 0;
	size_t n = 0;
	int have = 0;

	for (size_t i = 0; i < len && n < size; i++) {
		int d = base64_digit(s[i]);

		if (d < 0)
			break;
		bits = bits << 6 | (uint32_t)d;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[n++] = (unsigned char)(bits >> have);
		}
	}
	return n;
}

int token_is_jwt(const char *s, size_t len)
{
	const char *dot = memchr(s, '.', len);
	unsigned char head[256], body[4];
	size_t n, first;

	if (!dot)
		return 0;
	first = (size_t)(dot - s);
	n = token_base64(s, first, head, sizeof(head));
	if (n < 8 || head[0] != '{' || !memmem(head, n, "\":", 2))
		return 0;
	n = token_base64(dot + 1, len - first - 1, body, sizeof(body));
	return n == sizeof(body) && body[0] == '{';
}

int token_luhn(const char *s, size_t len)
{
	int sum = 0, twice = 0, digits = 0;

	for (size_t i = len; i; i--) {
		int d = s[i - 1] - '0';

		if (!isdigit((unsigned char)s[i - 1]))
			continue;
		if (twice)
			d = d * 2 > 9 ? d * 2 - 9 : d * 2;
		sum += d;
		twice = !twice;
		digits++;
	}
	return digits > 1 && sum % 10 == 0;
}

int token_is_basic_auth(const char *s, size_t len)
{
	unsigned char text[512];
	size_t n = token_base64(s, len, text, sizeof(text));
	const unsigned char *colon = memchr(text, ':', n);
	size_t pass;

	if (!colon || colon == text)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (text[i] < 0x20 || text[i] == 0x7f)
			return 0;
	pass = n - (size_t)(colon + 1 - text);
	return pass >= 3 && !value_is_dummy((const char *)colon + 1, pass) &&
	       !value_is_reference((const char *)colon + 1, pass);
}
