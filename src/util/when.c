/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util/when.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static long unit_of(char c)
{
	static const struct {
		char letter;
		long seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 },
		      { 'd', 86400 }, { 'w', 604800 } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (units[i].letter == c)
			return units[i].seconds;
	return 0;
}

/* 1 where text is a duration. */
static int parse_duration(const char *text, long unit, long *seconds)
{
	char *end;
	long n;

	if (*text < '0' || *text > '9')
		return 0;
	errno = 0;
	n = strtol(text, &end, 10);
	if (*end && !end[1])
		unit = unit_of(*end);
	else if (*end)
		unit = 0;
	if (errno || !unit || n > LONG_MAX / 2 / unit)
		return 0;
	*seconds = n * unit;
	return 1;
}

int when_duration(const char *text, long unit, long *seconds, struct err *err)
{
	if (parse_duration(text, unit, seconds))
		return 0;
	return err_set(err, -EINVAL, "'%s' is no duration; say 90s, 15m, 12h, "
		       "7d or 2w", text);
}

/* The local time of now, with what text says put in. 1 where text says it. */
static int parse_clock(const char *text, time_t now, struct tm *tm)
{
	static const char *const forms[] = {
		"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M",
		"%Y-%m-%dT%H:%M", "%Y-%m-%d",
	};
	const char *end;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		memset(tm, 0, sizeof(*tm));
		end = strptime(text, forms[i], tm);
		if (end && !*end) {
			tm->tm_isdst = -1;
			return 1;
		}
	}
	if (!localtime_r(&now, tm))
		return 0;
	tm->tm_sec = 0;
	end = strptime(text, "%H:%M:%S", tm);
	if (!end || *end)
		end = strptime(text, "%H:%M", tm);
	tm->tm_isdst = -1;
	return end && !*end;
}

int when_parse(const char *text, time_t now, time_t *out, struct err *err)
{
	struct tm tm;
	char *end;
	long back;

	if (*text == '@' && text[1]) {
		errno = 0;
		*out = (time_t)strtoll(text + 1, &end, 10);
		if (!errno && !*end)
			return 0;
	} else if (parse_duration(text, 0, &back)) {
		*out = now - back;
		return 0;
	} else if (parse_clock(text, now, &tm)) {
		*out = mktime(&tm);
		if (*out > now && !strchr(text, '-'))
			*out -= 86400;
		return 0;
	}
	return err_set(err, -EINVAL, "'%s' is no time; say 2026-01-31 23:59, "
		       "23:59, or 15m for 15 minutes ago", text);
}
