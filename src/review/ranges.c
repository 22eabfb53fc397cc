/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/ranges.h"

#include <errno.h>
#include <string.h>

#define DIGITS_MAX 9

/* A number of at most so many digits, so that it cannot overflow. */
static int number(const char **p, size_t *out)
{
	size_t n = strspn(*p, "0123456789");

	if (!n || n > DIGITS_MAX)
		return -EINVAL;
	*out = 0;
	for (; n; n--)
		*out = *out * 10 + (size_t)(*(*p)++ - '0');
	return *out ? 0 : -EINVAL;
}

/* "3", "3-5" or "3-", with *p at the ',' or the end behind it. */
static int one(const char **p, size_t *from, size_t *to)
{
	int r = number(p, from);

	*to = *from;
	if (r || **p != '-')
		return r;
	(*p)++;
	if (!**p || **p == ',')
		*to = 0;		/* to the last */
	else
		r = number(p, to);
	return r || (*to && *to < *from) ? -EINVAL : 0;
}

static int each(const char *text, size_t max, char *in, size_t *over)
{
	size_t from, to;

	for (const char *p = text;; p++) {
		if (one(&p, &from, &to) || (*p && *p != ','))
			return -EINVAL;
		if (max && (from > max || to > max))
			*over = to > max ? to : from;
		if (!to)
			to = max;
		for (size_t i = from; in && i <= to && i <= max; i++)
			in[i - 1] = 1;
		if (!*p)
			return 0;
	}
}

int ranges_is_one(const char *text)
{
	size_t over = 0;

	return !each(text, 0, NULL, &over);
}

int ranges_parse(const char *text, size_t max, char *in, struct err *err)
{
	size_t over = 0;

	if (each(text, max, in, &over))
		return err_set(err, -EINVAL, "'%s' is no list of numbers as"
			       " 1,3-5", text);
	if (over || !max)
		return err_set(err, -ERANGE, "there is no number %zu, the last"
			       " is %zu", over ? over : 1, max);
	return 0;
}
