/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/text.h"

#include <string.h>

#define HEAD 8192
#define SHORT_HEAD 512
#define PAIRS_MIN 4

/* UTF-16 without a mark: at least nine tenths of the pairs hold one NUL. */
static int has_nul_pairs(const char *p, size_t len, int *big_endian)
{
	size_t nul[2] = { 0, 0 }, pairs = len / 2;

	for (size_t i = 0; i < pairs * 2; i++)
		nul[i & 1] += !p[i];
	*big_endian = nul[0] > nul[1];
	return pairs >= PAIRS_MIN && nul[!*big_endian] >= pairs - pairs / 10 &&
	       nul[*big_endian] <= pairs / 10;
}

int text_width(const char *p, size_t len, int *big_endian)
{
	if (len > HEAD)
		len = HEAD;
	if (len >= 4 && !memcmp(p, "\xff\xfe", 2)) {
		*big_endian = 0;
		return 2;
	}
	if (len >= 4 && !memcmp(p, "\xfe\xff", 2)) {
		*big_endian = 1;
		return 2;
	}
	if (!memchr(p, 0, len))
		return 1;
	return has_nul_pairs(p, len, big_endian) ? 2 : 1;
}

static int is_control(unsigned char c)
{
	return (c < 0x20 && !(c >= '\a' && c <= '\r') && c != 0x1b) ||
	       c == 0x7f;
}

int text_is_binary(const char *p, size_t len)
{
	size_t odd = 0, few;

	if (len > HEAD)
		len = HEAD;
	/* Most files hold no NUL: then a short look will do. */
	if (!memchr(p, 0, len) && len > SHORT_HEAD)
		len = SHORT_HEAD;
	for (size_t i = 0; i < len; i++)
		odd += is_control((unsigned char)p[i]);
	few = memchr(p, 0, len) ? len / 100 : len / 20;
	return odd > 2 && odd > few;
}

void text_narrow(char *out, const char *in, size_t n, int big_endian)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char high = (unsigned char)in[2 * i + !big_endian];
		unsigned char low = (unsigned char)in[2 * i + !!big_endian];

		out[i] = high || low >= 0x80 ? (char)0xff : (char)low;
	}
}
