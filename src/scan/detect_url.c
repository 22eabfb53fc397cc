/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <string.h>

#include "scan/detect.h"
#include "scan/scanner.h"
#include "scan/value.h"

static int is_url_char(char c)
{
	return (unsigned char)c > ' ' && !memchr("\"'`<>\\", c, 6);
}

/*
 * scheme://user:password@host: at is the colon of "://". The '@' that ends it is
 * the last before the end of the authority.
 */
int detect_url(struct scan *s, const struct slot *slot, size_t at,
		      size_t len)
{
	size_t p = at + 3, end = at + 3 + 512 < s->len ? at + 3 + 512 : s->len;
	size_t from = at, sign = 0, colon = 0;
	enum value_kind value;
	enum confidence confidence = CONFIDENCE_HIGH;

	for (; p < end && is_url_char(s->text[p]); p++) {
		if (s->text[p] == '@')
			sign = p;
		if (s->text[p] == ':' && !colon && !sign)
			colon = p;
		if (memchr("/?#", s->text[p], 3) &&
		    (sign || !memchr(s->text + p, '@', end - p < 64 ? end - p : 64)))
			break;
		if (memchr("/?#, ", s->text[p], 5) && !colon)
			break;
	}
	if (!sign || !colon || sign < colon + 2 || scan_out_of_time(s))
		return 0;
	while (from && at - from < 32 &&
	       (isalnum((unsigned char)s->text[from - 1]) ||
		memchr("+.-", s->text[from - 1], 3)))
		from--;
	value = value_judge(s->text + colon + 1, sign - colon - 1);
	if (value == VALUE_NONE || value == VALUE_DUMMY || value == VALUE_PUBLIC ||
	    from == at || memchr(s->text + colon, '/', sign - colon))
		return 0;
	if (sign - colon == colon - at - 2 &&
	    !memcmp(s->text + at + 3, s->text + colon + 1, sign - colon - 1))
		return 0;
	if (value == VALUE_WORDS)
		confidence = detect_digits(s->text + colon + 1, sign - colon - 1,
					2) && sign - colon > 6 ?
			CONFIDENCE_MEDIUM : CONFIDENCE_LOW;
	else if (value == VALUE_SHORT || sign - colon < 8)
		confidence = CONFIDENCE_MEDIUM;
	return scan_found(s, slot, colon + 1, sign - colon - 1, from,
			  sign + 1 - from, confidence);
}
