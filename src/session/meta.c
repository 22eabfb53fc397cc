/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/meta.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/session.h"
#include "util/conf.h"
#include "util/io.h"

/* Bytes of a value on one line; the rest follows in indented lines. */
#define WRAP 100

struct reading {
	struct session *s;
	unsigned seen;		/* bit i: key i of the table */
	int unknown_line;
	char unknown[64];
};

struct key {
	const char *name;
	int needed;
	int (*read)(struct session *s, const char *text, size_t len);
	/* 0 where there is nothing to write */
	int (*write)(const struct session *s, struct buf *out);
	size_t offset;		/* of a string */
};

/* ========== values ========== */

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = c ? strchr(digits, c) : NULL;

	return p ? (int)(p - digits) : -1;
}

static void encode(struct buf *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c <= ' ' || c >= 0x7f || strchr("%;#=\\\"", c))
			buf_addf(out, "%%%02x", c);
		else
			buf_addch(out, (char)c);
	}
}

static int decode(struct buf *out, const char *s)
{
	for (; *s; s++) {
		int hi, lo;

		if (*s != '%') {
			buf_addch(out, *s);
			continue;
		}
		hi = hex_digit(s[1]);
		lo = hi < 0 ? -1 : hex_digit(s[2]);
		if (lo < 0 || !(hi | lo))
			return -EINVAL;
		buf_addch(out, (char)(hi << 4 | lo));
		s += 2;
	}
	return buf_oom(out) ? -ENOMEM : 0;
}

static int read_number(const char *text, long long *out)
{
	char *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	return errno || end == text || *end || *out < 0 ? -EINVAL : 0;
}

/* ========== keys ========== */

static int read_format(struct session *s, const char *text, size_t len)
{
	long long n;

	if (read_number(text, &n) || n < 1 || n > 1000000)
		return -EINVAL;
	s->format = (int)n;
	return 0;
}

static int write_format(const struct session *s, struct buf *out)
{
	buf_addf(out, "%d", s->format);
	return 1;
}

static int read_created(struct session *s, const char *text, size_t len)
{
	const char *dot = strchr(text, '.');
	char seconds[24];
	long long sec, nsec;

	if (!dot || dot - text >= (ptrdiff_t)sizeof(seconds) ||
	    strlen(dot + 1) != 9)
		return -EINVAL;
	memcpy(seconds, text, (size_t)(dot - text));
	seconds[dot - text] = '\0';
	if (read_number(seconds, &sec) || read_number(dot + 1, &nsec))
		return -EINVAL;
	s->created = (time_t)sec;
	s->created_nsec = (long)nsec;
	return 0;
}

static int write_created(const struct session *s, struct buf *out)
{
	buf_addf(out, "%lld.%09ld", (long long)s->created, s->created_nsec);
	return 1;
}

static int read_key(struct session *s, const char *text, size_t len)
{
	if (len != 2 * sizeof(s->key))
		return -EINVAL;
	for (size_t i = 0; i < sizeof(s->key); i++) {
		int hi = hex_digit(text[2 * i]), lo = hex_digit(text[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return -EINVAL;
		s->key[i] = (uint8_t)(hi << 4 | lo);
	}
	return 0;
}

static int write_key(const struct session *s, struct buf *out)
{
	for (size_t i = 0; i < sizeof(s->key); i++)
		buf_addf(out, "%02x", s->key[i]);
	return 1;
}

#define STRING(name, needed) \
	{ #name, needed, NULL, NULL, offsetof(struct session, name) }

static const struct key keys[] = {
	{ "format", 1, read_format, write_format, 0 },
	STRING(name, 0),
	STRING(workspace, 1),
	{ "created", 1, read_created, write_created, 0 },
	STRING(rules, 0),
	STRING(group, 0),
	STRING(access, 0),
	STRING(git, 0),
	{ "git_seen", 0, NULL, NULL, offsetof(struct session, gitguard.seen) },
	{ "git_hidden", 0, NULL, NULL,
	  offsetof(struct session, gitguard.hidden) },
	{ "git_made", 0, NULL, NULL, offsetof(struct session, gitguard.made) },
	STRING(options, 0),
	{ "key", 1, read_key, write_key, 0 },
};
#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

static int read_string(struct session *s, const struct key *k,
		       const struct buf *text)
{
	char **to = (char **)((char *)s + k->offset);

	*to = strdup(text->ptr);
	return *to ? 0 : -ENOMEM;
}

static int read_known(struct reading *r, size_t i, const char *value)
{
	const struct key *k = &keys[i];
	struct buf text = BUF_INIT;
	int ret;

	if (r->seen & 1u << i)
		return -EEXIST;
	r->seen |= 1u << i;
	ret = decode(&text, value);
	if (!ret)
		ret = k->read ? k->read(r->s, text.ptr, text.len) :
				read_string(r->s, k, &text);
	buf_wipe(&text);
	return ret;
}

static int on_key(void *payload, const char *section, const char *key,
		  const char *value, int line, struct err *err)
{
	struct reading *r = payload;
	int ret;

	for (size_t i = 0; i < N_KEYS; i++) {
		if (strcmp(section, "session") || strcmp(key, keys[i].name))
			continue;
		ret = read_known(r, i, value);
		/* the value may be the masks' key: not in a message */
		return ret ? err_set(err, ret, "%s of key '%s'",
				     ret == -EEXIST ? "second value" :
				     "unusable value", key) : 0;
	}
	if (!r->unknown_line) {
		r->unknown_line = line;
		snprintf(r->unknown, sizeof(r->unknown), "%s", key);
	}
	return 0;
}

static int check_complete(const struct reading *r, struct err *err)
{
	if (!r->s->format)
		return err_set(err, -EINVAL, META_FILE ": no format");
	if (r->s->format > SESSION_FORMAT)
		return 0;
	if (r->unknown_line)
		return err_set(err, -EINVAL, META_FILE ":%d: unknown key '%s'",
			       r->unknown_line, r->unknown);
	for (size_t i = 0; i < N_KEYS; i++)
		if (keys[i].needed && !(r->seen & 1u << i))
			return err_set(err, -EINVAL, META_FILE ": no %s",
				       keys[i].name);
	if (r->s->workspace[0] != '/')
		return err_set(err, -EINVAL, META_FILE
			       ": workspace is no absolute path");
	return 0;
}

int meta_read(struct session *s, struct err *err)
{
	struct reading r = { .s = s };
	struct buf text = BUF_INIT;
	int ret;

	ret = io_read_file(s->fd, META_FILE, META_MAX, &text);
	if (ret)
		err_errno(err, ret, META_FILE);
	else
		ret = conf_parse(META_FILE, text.ptr, text.len, on_key, &r, err);
	if (!ret)
		ret = check_complete(&r, err);
	buf_wipe(&text);
	return ret;
}

/* key = value, cut into lines that conf_parse joins again. */
static void add_line(struct buf *out, const char *name, const struct buf *value)
{
	size_t at = 0;

	buf_addf(out, "%s = ", name);
	do {
		size_t n = value->len - at;

		n = n > WRAP ? WRAP : n;
		buf_addf(out, "%s%.*s%s\n", at ? "\t" : "", (int)n,
			 value->ptr + at, at + n < value->len ? "\\" : "");
		at += n;
	} while (at < value->len);
}

static void add_key(struct buf *out, const struct session *s,
		    const struct key *k)
{
	struct buf value = BUF_INIT;
	int there = 1;

	if (k->write) {
		there = k->write(s, &value);
	} else {
		const char *v = *(char *const *)((const char *)s + k->offset);

		there = v != NULL;
		if (v)
			encode(&value, v, strlen(v));
	}
	if (there)
		add_line(out, k->name, &value);
	out->oom |= buf_oom(&value);
	buf_wipe(&value);
}

int meta_write(const struct session *s, struct err *err)
{
	struct buf out = BUF_INIT;
	int ret;

	buf_addstr(&out, "[session]\n");
	for (size_t i = 0; i < N_KEYS; i++)
		add_key(&out, s, &keys[i]);
	ret = buf_oom(&out) ? -ENOMEM :
	      out.len > META_MAX ? -EFBIG :
	      io_replace(s->fd, META_FILE, out.ptr, out.len, 0600);
	if (ret)
		err_errno(err, ret, "session %s: " META_FILE, s->id);
	buf_wipe(&out);
	return ret;
}
