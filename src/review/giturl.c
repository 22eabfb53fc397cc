/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/gitconf.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static int is_scheme_char(int c)
{
	return isalnum(c) || c == '+' || c == '-' || c == '.';
}

/* The scheme that ends at colon, as its beginning; colon where there is none. */
static const char *scheme_start(const char *text, const char *colon)
{
	const char *p = colon;

	while (p > text && is_scheme_char((unsigned char)p[-1]))
		p--;
	return p;
}

static int is_ssh(const char *scheme, const char *colon)
{
	size_t n = (size_t)(colon - scheme);

	return n >= 3 && !strncasecmp(colon - 3, "ssh", 3);
}

/* Up to what an authority may hold; text need not end in NUL. */
static size_t authority_len(const char *p, const char *end)
{
	const char *q = p;

	while (q < end && (unsigned char)*q > ' ' &&
	       !strchr("/?#\"'<>\\", *q))
		q++;
	return (size_t)(q - p);
}

/* The end of user and password, which is the last '@'; NULL where none. */
static const char *user_end(const char *p, const char *end)
{
	return memrchr(p, '@', authority_len(p, end));
}

void gitconf_add_url(struct buf *out, const char *url)
{
	const char *colon = strstr(url, "://"), *scheme, *at, *host, *user;
	int ssh;

	if (!colon) {
		buf_addstr(out, url);
		return;
	}
	scheme = scheme_start(url, colon);
	ssh = is_ssh(scheme, colon);
	host = user = colon + 3;
	at = user_end(user, user + strlen(user));
	if (at)
		host = at + 1;
	buf_add(out, url, (size_t)(user - url));
	if (at && ssh && !memchr(user, '%', (size_t)(at - user))) {
		buf_add(out, user, strcspn(user, ":@"));
		buf_addch(out, '@');
	}
	buf_add(out, host, ssh ? strlen(host) : strcspn(host, "?#"));
}

int gitconf_text_has_login(const char *text, size_t len)
{
	const char *end = text + len, *p = text, *colon, *at;

	while ((colon = memmem(p, (size_t)(end - p), "://", 3))) {
		const char *user = colon + 3;

		p = user;
		at = user_end(user, end);
		if (!at)
			continue;
		if (!is_ssh(scheme_start(text, colon), colon) ||
		    memchr(user, ':', (size_t)(at - user)))
			return 1;
	}
	return 0;
}

int gitconf_is_login(const char *section, const char *key, const char *value)
{
	static const char *const words[] = {
		"pass", "token", "secret", "apikey", "extraheader",
		"authorization", "cookie",
	};

	if (!value || !*value)
		return 0;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strstr(key, words[i]) || strstr(section, words[i]))
			return 1;
	if (strcmp(section, "credential"))
		return 0;
	return !strcmp(key, "helper") && (strchr(value, '!') ||
					  strstr(value, "store"));
}
