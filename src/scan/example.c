/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/example.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scan/token.h"

#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGIT "0123456789"
#define COUNT_MAX 2000

static const struct {
	char name;
	const char *chars;
} classes[] = {
	{ 'a', UPPER LOWER DIGIT }, { 'l', LOWER }, { 'L', UPPER LOWER },
	{ 'u', UPPER }, { 'd', DIGIT }, { 'h', DIGIT "abcdef" },
	{ 'H', DIGIT "ABCDEF" }, { 'b', UPPER LOWER DIGIT "+/" },
	{ 'x', LOWER DIGIT }, { 'K', UPPER DIGIT },
	{ 'i', LOWER "234567" }, { 'J', "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L" },
	{ 'B', "123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
	       "abcdefghijkmnopqrstuvwxyz" },
};

/* A sequence of its own for each place, the same at every run. */
static unsigned next(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 16;
}

static void add_random(struct buf *out, size_t n, const char *chars,
		       uint32_t *state)
{
	size_t len = strlen(chars);

	while (n--)
		buf_addch(out, chars[next(state) % len]);
}

static void add_base64(struct buf *out, const char *s, size_t len)
{
	static const char digits[] = UPPER LOWER DIGIT "+/";

	for (size_t i = 0; i < len; i += 3) {
		uint32_t v = (uint32_t)(unsigned char)s[i] << 16;

		v |= i + 1 < len ? (uint32_t)(unsigned char)s[i + 1] << 8 : 0;
		v |= i + 2 < len ? (uint32_t)(unsigned char)s[i + 2] : 0;
		for (size_t k = 0; k < 4; k++)
			buf_addch(out, k > len - i ? '=' :
				  digits[v >> (18 - 6 * k) & 63]);
	}
}

static void add_checksummed(struct buf *out, const char *prefix, size_t n,
			    uint32_t *state)
{
	size_t from;
	char sum[6];

	buf_addstr(out, prefix);
	from = out->len;
	add_random(out, n, classes[0].chars, state);
	token_base62(token_crc32(out->ptr + from, out->len - from), sum);
	buf_add(out, sum, sizeof(sum));
}

static void add_basic(struct buf *out, uint32_t *state)
{
	struct buf b = BUF_INIT;

	buf_addstr(&b, "bot:");
	add_random(&b, 20, classes[0].chars, state);
	add_base64(out, b.ptr, b.len);
	buf_release(&b);
}

static void add_jwt(struct buf *out, uint32_t *state)
{
	static const char head[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
	static const char body[] = "{\"sub\":\"12345\",\"name\":\"somebody\"}";

	add_base64(out, head, sizeof(head) - 1);
	while (out->len && out->ptr[out->len - 1] == '=')
		buf_cut(out, out->len - 1);
	buf_addch(out, '.');
	add_base64(out, body, sizeof(body) - 1);
	while (out->len && out->ptr[out->len - 1] == '=')
		buf_cut(out, out->len - 1);
	buf_addch(out, '.');
	add_random(out, 43, classes[0].chars, state);
}

static void add_jwt64(struct buf *out, uint32_t *state)
{
	struct buf b = BUF_INIT;

	add_jwt(&b, state);
	add_base64(out, b.ptr, b.len);
	buf_release(&b);
}

static void add_pem(struct buf *out, uint32_t *state)
{
	/* SEQUENCE of 600 bytes, INTEGER 0: how a key begins. */
	static const char head[] = "\x30\x82\x02\x58\x02\x01\x00\x02\x41";
	struct buf b = BUF_INIT, text = BUF_INIT;

	buf_add(&b, head, sizeof(head) - 1);
	for (int i = 0; i < 300; i++)
		buf_addch(&b, (char)next(state));
	add_base64(&text, b.ptr, b.len);
	buf_addf(out, "-----BEGIN RSA %s KEY-----", "PRIVATE");
	for (size_t i = 0; i < text.len; i += 64) {
		buf_addch(out, '\n');
		buf_add(out, text.ptr + i,
			text.len - i < 64 ? text.len - i : 64);
	}
	buf_addf(out, "\n-----END RSA %s KEY-----\n", "PRIVATE");
	buf_release(&b);
	buf_release(&text);
}

static void add_pkcs12(struct buf *out, uint32_t *state)
{
	buf_add(out, "\x30\x82\x09\x41\x02\x01\x03\x30", 8);
	add_random(out, 40, classes[0].chars, state);
	buf_add(out, "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x02",
		13);
}

static int add_class(struct buf *out, const char *word, uint32_t *state)
{
	char *end;
	unsigned long n = strtoul(word, &end, 10);

	if (end == word || !*end || end[1] || n > COUNT_MAX)
		return 0;
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (classes[i].name == *end) {
			add_random(out, n, classes[i].chars, state);
			return 1;
		}
	return 0;
}

static int add_directive(struct buf *out, const char *word, uint32_t *state)
{
	static const struct {
		const char *name;
		void (*fn)(struct buf *out, uint32_t *state);
	} makers[] = {
		{ "basic", add_basic }, { "jwt", add_jwt },
		{ "jwt64", add_jwt64 }, { "pem", add_pem },
		{ "pkcs12", add_pkcs12 },
	};
	char prefix[32];
	unsigned n;

	if (!strcmp(word, "n")) {
		buf_addch(out, '\n');
		return 1;
	}
	if (sscanf(word, "crc %31s %u", prefix, &n) == 2 && n <= COUNT_MAX) {
		add_checksummed(out, prefix, n, state);
		return 1;
	}
	for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++)
		if (!strcmp(word, makers[i].name)) {
			makers[i].fn(out, state);
			return 1;
		}
	return add_class(out, word, state);
}

void example_expand(struct buf *out, const char *text)
{
	uint32_t state = 20011;
	const char *open, *close;
	char word[64];

	while ((open = strstr(text, "{{"))) {
		close = strstr(open, "}}");
		if (!close || (size_t)(close - open) - 2 >= sizeof(word))
			break;
		memcpy(word, open + 2, (size_t)(close - open) - 2);
		word[close - open - 2] = '\0';
		buf_add(out, text, (size_t)(open - text));
		if (!add_directive(out, word, &state))
			buf_add(out, open, (size_t)(close + 2 - open));
		text = close + 2;
	}
	buf_addstr(out, text);
}
