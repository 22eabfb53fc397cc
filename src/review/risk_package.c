/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/risk.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "util/strlist.h"

/* ========== Scripts of a manifest ========== */

/* Objects of a manifest whose values are command lines. */
static const char *const script_keys[] = { "scripts", "tasks", "gypfile",
					   "bin", "packageManager" };

static void name_script(struct buf *out, const char *group, const char *name,
			const char *what)
{
	buf_addf(out, "%s%s%s%s %s", out->len ? ", " : "", group,
		 *name ? "." : "", name, what);
}

static void compare_members(const char *group, json_t *old, json_t *new,
			    struct buf *out)
{
	const char *name;
	json_t *value;

	json_object_foreach(new, name, value) {
		json_t *was = json_object_get(old, name);

		if (!was)
			name_script(out, group, name, "is new");
		else if (!json_equal(was, value))
			name_script(out, group, name, "changed");
	}
}

static void compare_key(const char *key, json_t *old, json_t *new,
			struct buf *out)
{
	json_t *a = json_object_get(old, key), *b = json_object_get(new, key);

	if (!b || (a && json_equal(a, b)))
		return;
	if (json_is_object(b))
		compare_members(key, json_is_object(a) ? a : NULL, b, out);
	else
		name_script(out, key, "", a ? "changed" : "is new");
}

int risk_of_manifest(const struct buf *old, const struct buf *new,
		     struct risk *out)
{
	json_t *a = json_loadb(old->ptr, old->len, 0, NULL);
	json_t *b = json_loadb(new->ptr, new->len, 0, NULL);
	struct buf what = BUF_INIT;
	int r = 0;

	if (!b) {
		r = risk_add(out, RISK_SCRIPTS, "cannot be read as JSON");
		goto out;
	}
	for (size_t i = 0; i < sizeof(script_keys) / sizeof(*script_keys); i++)
		compare_key(script_keys[i], a, b, &what);
	if (buf_oom(&what))
		r = -ENOMEM;
	else if (what.len)
		r = risk_add(out, RISK_SCRIPTS, "%.200s", what.ptr);
out:
	buf_release(&what);
	json_decref(a);
	json_decref(b);
	return r;
}

/* ========== Lock files ========== */

struct lock {
	struct strlist hosts;	/* sorted, once each */
	struct strlist sums;	/* "URL checksum", sorted */
	size_t urls;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int is_url_end(char c)
{
	return isspace((unsigned char)c) || strchr("\"'<>,;()[]{}#", c);
}

static size_t url_len(const char *p, const char *end)
{
	size_t n = 0;

	while (p + n < end && p[n] && !is_url_end(p[n]))
		n++;
	return n;
}

/* user@host:port of a URL: the host, where names could mislead in lower case. */
static int add_host(struct strlist *hosts, const char *url, size_t len)
{
	const char *end = memchr(url, '/', len), *at;
	char host[256];
	size_t n;

	end = end ? end : url + len;
	at = memrchr(url, '@', (size_t)(end - url));
	url = at ? at + 1 : url;
	n = (size_t)(end - url);
	if (n >= sizeof(host))
		n = sizeof(host) - 1;
	for (size_t i = 0; i < n; i++)
		host[i] = (char)tolower((unsigned char)url[i]);
	host[n] = '\0';
	return !n || strlist_has(hosts, host) ? 0 : strlist_add(hosts, host);
}

/* A checksum in the line after a URL: sha512-..., sha256:..., 64 hex digits. */
static size_t find_sum(const char *p, const char *end, const char **sum)
{
	static const char *const marks[] = { "sha512-", "sha384-", "sha256-",
					     "sha1-", "sha256:", "sha512:",
					     "h1:", "checksum = \"" };

	for (; p < end; p++)
		for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
			size_t n = strlen(marks[i]);

			if ((size_t)(end - p) > n && !memcmp(p, marks[i], n)) {
				*sum = p;
				return url_len(p, end);
			}
		}
	return 0;
}

static int add_sum(struct lock *l, const char *url, size_t url_n,
		   const char *from, const char *end)
{
	const char *next = memmem(from, (size_t)(end - from), "://", 3), *sum;
	struct buf pair = BUF_INIT;
	size_t n;
	int r = 0;

	n = find_sum(from, next ? next : end, &sum);
	if (!n)
		return 0;
	buf_add(&pair, url, url_n);
	buf_addch(&pair, ' ');
	buf_add(&pair, sum, n);
	r = buf_oom(&pair) ? -ENOMEM : strlist_add(&l->sums, pair.ptr);
	buf_release(&pair);
	return r;
}

static int read_lock(const struct buf *text, struct lock *l)
{
	const char *p = text->ptr, *end = text->ptr + text->len;
	int r = 0;

	memset(l, 0, sizeof(*l));
	while (!r && (p = memmem(p, (size_t)(end - p), "://", 3))) {
		size_t n;

		p += 3;
		n = url_len(p, end);
		l->urls++;
		r = add_host(&l->hosts, p, n);
		if (!r)
			r = add_sum(l, p, n, p + n, end);
		p += n;
	}
	if (l->sums.n)
		qsort(l->sums.at, l->sums.n, sizeof(char *), by_text);
	return r;
}

static void release_lock(struct lock *l)
{
	strlist_release(&l->hosts);
	strlist_release(&l->sums);
}

static void new_hosts(const struct lock *old, const struct lock *new,
		      struct buf *out)
{
	for (size_t i = 0; i < new->hosts.n; i++)
		if (!strlist_has(&old->hosts, new->hosts.at[i]))
			buf_addf(out, "%s%.60s", out->len ? ", " : "",
				 new->hosts.at[i]);
}

/* URLs of both that have another checksum now. Both lists are sorted. */
static size_t changed_sums(const struct lock *old, const struct lock *new)
{
	size_t i = 0, j = 0, n = 0;

	while (i < old->sums.n && j < new->sums.n) {
		const char *a = old->sums.at[i], *b = new->sums.at[j];
		size_t alen = strcspn(a, " "), blen = strcspn(b, " ");
		int c = strncmp(a, b, alen < blen ? alen : blen);

		if (!c)
			c = alen < blen ? -1 : alen > blen;
		n += !c && strcmp(a, b);
		i += c <= 0;
		j += c >= 0;
	}
	return n;
}

int risk_of_lock(const struct buf *old, const struct buf *new,
		 struct risk *out)
{
	struct lock a = { .urls = 0 }, b = { .urls = 0 };
	struct buf hosts = BUF_INIT;
	size_t bare_a, bare_b;
	int r;

	r = read_lock(old, &a);
	if (!r)
		r = read_lock(new, &b);
	if (r)
		goto out;
	new_hosts(&a, &b, &hosts);
	bare_a = a.urls - a.sums.n;
	bare_b = b.urls - b.sums.n;
	if (buf_oom(&hosts))
		r = -ENOMEM;
	else if (changed_sums(&a, &b))
		r = risk_add(out, RISK_REGISTRY, "%zu packages have another"
			     " checksum at the same address",
			     changed_sums(&a, &b));
	else if (hosts.len)
		r = risk_add(out, RISK_REGISTRY, "fetches from %.200s",
			     hosts.ptr);
	else if (a.sums.n && bare_b > bare_a)
		r = risk_add(out, RISK_REGISTRY, "%zu more packages have no"
			     " checksum", bare_b - bare_a);
out:
	buf_release(&hosts);
	release_lock(&a);
	release_lock(&b);
	return r;
}
