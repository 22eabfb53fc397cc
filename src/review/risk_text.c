/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/risk.h"

#include <stddef.h>
#include <string.h>

#include "util/esc.h"

/* What a text has that an honest one hardly needs. */
struct odd {
	size_t bidi;		/* directional controls */
	size_t invisible;	/* zero width, tags, fillers between letters */
	size_t escapes;		/* ESC, C1, backspace, lone CR */
	size_t mixed;		/* words of Latin and look-alike letters */
};

static int is_bidi(unsigned cp)
{
	return cp == 0x61c || cp == 0x200e || cp == 0x200f ||
	       (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069);
}

/*
 * Joiners and variation selectors belong into emoji and into many scripts, so
 * they count after ASCII only; a mark of byte order at the start is none.
 */
static int is_invisible(unsigned cp, unsigned before, size_t at)
{
	if (cp <= 0x9f || !esc_is_hidden_char(cp))
		return 0;
	if (cp == 0xfeff)
		return at != 0;
	if (cp == 0x200c || cp == 0x200d || (cp >= 0xfe00 && cp <= 0xfe0f))
		return before < 0x80 && before != '#' && before != '*' &&
		       !(before >= '0' && before <= '9');
	return 1;
}

static int is_escape(unsigned cp, unsigned next)
{
	if (cp == '\r')
		return next != '\n';
	return (cp < 0x20 && cp != '\t' && cp != '\n' && cp != '\f') ||
	       (cp >= 0x7f && cp <= 0x9f);
}

/* 1 Latin, 2 an alphabet with letters that look like Latin ones, 0 else. */
static int alphabet(unsigned cp)
{
	if ((cp | 0x20) >= 'a' && (cp | 0x20) <= 'z')
		return 1;
	if ((cp >= 0x400 && cp <= 0x52f) ||	/* Cyrillic */
	    (cp >= 0x531 && cp <= 0x586) ||	/* Armenian */
	    (cp >= 0x13a0 && cp <= 0x13ff) ||	/* Cherokee */
	    (cp >= 0xff21 && cp <= 0xff5a) ||	/* full width */
	    (cp >= 0x1d400 && cp <= 0x1d7ff))	/* mathematical */
		return 2;
	return 0;
}

static int is_word_char(unsigned cp)
{
	return alphabet(cp) || cp == '_' || (cp >= '0' && cp <= '9');
}

static void count_odd(const struct buf *text, struct odd *o)
{
	unsigned cp = 0, before = ' ';
	int seen = 0;
	size_t n;

	memset(o, 0, sizeof(*o));
	for (size_t i = 0; i < text->len; i += n) {
		n = esc_utf8(text->ptr + i, text->len - i, &cp);
		if (!n) {
			n = 1;
			cp = 0xfffd;
		}
		o->bidi += (size_t)is_bidi(cp);
		o->invisible += !is_bidi(cp) && is_invisible(cp, before, i);
		o->escapes += (size_t)is_escape(cp, i + n < text->len ?
				(unsigned char)text->ptr[i + n] : 0);
		seen |= alphabet(cp);
		if (!is_word_char(cp) || i + n >= text->len) {
			o->mixed += seen == 3;
			seen = 0;
		}
		before = cp;
	}
}

/* The worst first: one is told. */
static const struct {
	size_t where;
	const char *one, *more;
} oddities[] = {
	{ offsetof(struct odd, bidi),
	  "character that turns the reading order round",
	  "characters that turn the reading order round" },
	{ offsetof(struct odd, escapes), "escape or control character",
	  "escape or control characters" },
	{ offsetof(struct odd, invisible), "invisible character",
	  "invisible characters" },
	{ offsetof(struct odd, mixed), "word of mixed alphabets",
	  "words of mixed alphabets" },
};

#define N_ODDITIES (sizeof(oddities) / sizeof(oddities[0]))

static size_t count_of(const struct odd *o, size_t i)
{
	return *(const size_t *)((const char *)o + oddities[i].where);
}

int risk_of_text(const struct buf *old, const struct buf *new, struct risk *out)
{
	struct odd was, is;

	count_odd(new, &is);
	if (!is.bidi && !is.invisible && !is.escapes && !is.mixed)
		return 0;
	count_odd(old, &was);
	for (size_t i = 0; i < N_ODDITIES; i++) {
		size_t n = count_of(&is, i), before = count_of(&was, i);

		if (n > before)
			return risk_add(out, RISK_TEXT, "%zu %s", n - before,
					n - before == 1 ? oddities[i].one :
					oddities[i].more);
	}
	return 0;
}
