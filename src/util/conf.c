/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "util/io.h"

struct parse {
	conf_fn fn;
	void *payload;
	struct err *err;
	int result;
	const char *at, *end;	/* the rest of the text */
	int line;		/* of the line handed to inih last */
	int indented;		/* that line goes on with a value */
	/* the key that is being gathered */
	char section[64], key[64];
	struct buf value;
	int key_line, have_key;
};

static char *next_line(char *str, int num, void *stream)
{
	struct parse *p = stream;
	const char *nl;
	size_t len;

	if (p->at >= p->end)
		return NULL;
	nl = memchr(p->at, '\n', (size_t)(p->end - p->at));
	len = (size_t)((nl ? nl + 1 : p->end) - p->at);
	if (len >= (size_t)num)
		len = (size_t)num - 1;
	memcpy(str, p->at, len);
	str[len] = '\0';
	p->indented = *str == ' ' || *str == '\t';
	p->at += len;
	p->line++;
	return str;
}

static int deliver(struct parse *p)
{
	struct err inner = ERR_INIT;

	if (!p->have_key || p->result)
		return p->result;
	p->have_key = 0;
	if (buf_oom(&p->value)) {
		p->result = err_set(&inner, -ENOMEM, "out of memory");
	} else {
		p->result = p->fn(p->payload, p->section, p->key, p->value.ptr,
				  p->key_line, &inner);
	}
	if (p->result) {
		if (p->err)
			*p->err = inner;
		err_wrap(p->err, "%d", p->key_line);
	}
	buf_clear(&p->value);
	return p->result;
}

static void continue_value(struct parse *p, const char *value)
{
	if (p->value.len && p->value.ptr[p->value.len - 1] == '\\')
		buf_cut(&p->value, p->value.len - 1);
	else
		buf_addch(&p->value, '\n');
	buf_addstr(&p->value, value);
}

static int on_value(void *user, const char *section, const char *key,
		    const char *value)
{
	struct parse *p = user;

	if (p->indented && p->have_key && !strcmp(key, p->key)) {
		continue_value(p, value);
		return 1;
	}
	if (deliver(p))
		return 0;
	if (strlen(section) >= sizeof(p->section) ||
	    strlen(key) >= sizeof(p->key)) {
		p->result = err_set(p->err, -EINVAL,
				    "%d: section or key name too long", p->line);
		return 0;
	}
	memcpy(p->section, section, strlen(section) + 1);
	memcpy(p->key, key, strlen(key) + 1);
	buf_addstr(&p->value, value);
	p->key_line = p->line;
	p->have_key = 1;
	return 1;
}

/* What inih would cut or misread without saying so. */
static int check_lines(const char *text, size_t len, struct err *err)
{
	const char *p = text, *end = text + len;
	int line = 1;

	if (memchr(text, '\0', len))
		return err_set(err, -EINVAL, "1: NUL byte in a text file");
	for (; p < end; line++) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((nl ? nl : end) - p);

		if (n > CONF_LINE_MAX)
			return err_set(err, -EINVAL,
				       "%d: line of %zu bytes; at most %d: end "
				       "it with a backslash and go on in an "
				       "indented line", line, n, CONF_LINE_MAX);
		p = nl ? nl + 1 : end;
	}
	return 0;
}

int conf_parse(const char *name, const char *text, size_t len, conf_fn fn,
	       void *payload, struct err *err)
{
	struct parse p = { .fn = fn, .payload = payload, .err = err,
			   .at = text, .end = text + len, .value = BUF_INIT };
	int bad, r;

	r = check_lines(text, len, err);
	if (!r) {
		bad = ini_parse_stream(next_line, &p, on_value, &p);
		r = deliver(&p);
		if (!r && bad)
			r = err_set(err, -EINVAL, "%d: neither a [section], a "
				    "key = value nor a comment", bad);
	}
	if (r && err) {
		char msg[sizeof(err->msg)];

		memcpy(msg, err->msg, sizeof(msg));
		err_set(err, r, "%s:%s", name, msg);
	}
	buf_release(&p.value);
	return r;
}

int conf_text(const char *path, struct buf *out, struct err *err)
{
	int r = io_read_file(AT_FDCWD, path, CONF_MAX, out);

	if (r == -EINVAL)
		return err_set(err, r, "%s: not a plain file", path);
	if (r == -EFBIG)
		return err_set(err, r, "%s: larger than %u MiB", path,
			       CONF_MAX >> 20);
	return r ? err_errno(err, r, "%s", path) : 0;
}

int conf_read(const char *path, conf_fn fn, void *payload, struct err *err)
{
	struct buf text = BUF_INIT;
	int r = conf_text(path, &text, err);

	if (!r)
		r = conf_parse(path, text.ptr, text.len, fn, payload, err);
	buf_release(&text);
	return r;
}

int conf_bool(const char *value, int *out, struct err *err)
{
	static const char *const words[] = { "no",  "yes", "false", "true",
					     "off", "on",  "0",	    "1" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcmp(value, words[i])) {
			*out = i & 1;
			return 0;
		}
	}
	return err_set(err, -EINVAL, "'%.40s' is neither yes nor no", value);
}

int conf_size(const char *value, unsigned long long *out, struct err *err)
{
	static const char units[] = "kMGT";
	unsigned long long v;
	const char *u;
	char *end;

	errno = 0;
	v = strtoull(value, &end, 10);
	if (errno || end == value || *value == '-')
		goto bad;
	if (*end) {
		u = strchr(units, *end);
		if (!u || end[1])
			goto bad;
		for (; u >= units; u--)
			if (__builtin_mul_overflow(v, 1024ULL, &v))
				goto bad;
	}
	*out = v;
	return 0;
bad:
	return err_set(err, -EINVAL, "'%.40s' is not a size such as 512k, 20M "
		       "or 4G", value);
}
