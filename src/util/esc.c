/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util/esc.h"

#include <string.h>

struct range {
	unsigned first, last;
};

/*
 * Unicode 15: category Cf, the line and paragraph separators, fillers that
 * take no ink, variation selectors, non-characters.
 */
static const struct range hidden[] = {
	{ 0x80, 0x9f },	      { 0xad, 0xad },	    { 0x34f, 0x34f },
	{ 0x600, 0x605 },     { 0x61c, 0x61c },	    { 0x6dd, 0x6dd },
	{ 0x70f, 0x70f },     { 0x890, 0x891 },	    { 0x8e2, 0x8e2 },
	{ 0x115f, 0x1160 },   { 0x17b4, 0x17b5 },   { 0x180b, 0x180f },
	{ 0x200b, 0x200f },   { 0x2028, 0x202e },   { 0x2060, 0x206f },
	{ 0x3164, 0x3164 },   { 0xfe00, 0xfe0f },   { 0xfeff, 0xfeff },
	{ 0xffa0, 0xffa0 },   { 0xfff0, 0xfffb },   { 0xfffe, 0xffff },
	{ 0x110bd, 0x110bd }, { 0x110cd, 0x110cd }, { 0x13430, 0x1343f },
	{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
};

int esc_is_hidden_char(unsigned cp)
{
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (cp >= hidden[i].first && cp <= hidden[i].last)
			return 1;
	return 0;
}

size_t esc_utf8(const char *s, size_t len, unsigned *cp)
{
	const unsigned char *p = (const unsigned char *)s;
	static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned c = p[0];
	size_t n;

	if (c < 0x80) {
		*cp = c;
		return 1;
	}
	n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
	if (c < 0xc2 || c > 0xf4 || n > len)
		return 0;
	c &= 0x7fu >> n;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*cp = c;
	return n;
}

static void add_ascii_escape(struct buf *out, unsigned c)
{
	if (c == '\n')
		buf_addstr(out, "\\n");
	else if (c == '\t')
		buf_addstr(out, "\\t");
	else
		buf_addf(out, "\\x%02x", c);
}

size_t esc_add(struct buf *out, const char *s, size_t len, int flags)
{
	size_t count = 0, n;
	unsigned cp = 0;

	for (size_t i = 0; i < len; i += n) {
		unsigned char c = (unsigned char)s[i];
		int plain;

		n = esc_utf8(s + i, len - i, &cp);
		if (!n) {
			n = 1;
			cp = c;
			plain = 0;
		} else if (n == 1) {
			plain = (c >= 0x20 && c != 0x7f) ||
				((flags & ESC_TEXT) && (c == '\n' || c == '\t'));
		} else {
			plain = !esc_is_hidden_char(cp);
		}
		count += !plain;
		if (flags & ESC_COUNT_ONLY)
			continue;
		if (plain)
			buf_add(out, s + i, n);
		else if (n == 1)
			add_ascii_escape(out, cp);
		else
			buf_addf(out, "<U+%04X>", cp);
	}
	return count;
}

void esc_puts(FILE *f, const char *name)
{
	struct buf b = BUF_INIT;

	esc_add(&b, name, strlen(name), ESC_NAME);
	fwrite(b.ptr, 1, b.len, f);
	buf_release(&b);
}
