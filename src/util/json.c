/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "util/esc.h"

/* s with each byte that is no part of valid UTF-8 as \xNN; 1 where one was. */
static int to_utf8(struct buf *out, const char *s, size_t len)
{
	int odd = 0;

	while (len) {
		unsigned cp;
		size_t n = esc_utf8(s, len, &cp);

		if (n && cp) {
			buf_add(out, s, n);
		} else {
			n = 1;
			odd = 1;
			buf_addf(out, "\\x%02x", (unsigned char)*s);
		}
		s += n;
		len -= n;
	}
	return odd;
}

void jout_bytes(json_t *object, const char *key, const char *s, size_t len)
{
	struct buf text = BUF_INIT;

	if (to_utf8(&text, s, len)) {
		struct buf hex_key = BUF_INIT, hex = BUF_INIT;

		buf_addf(&hex_key, "%s_hex", key);
		for (size_t i = 0; i < len; i++)
			buf_addf(&hex, "%02x", (unsigned char)s[i]);
		json_object_set_new(object, hex_key.ptr, json_string(hex.ptr));
		buf_release(&hex_key);
		buf_release(&hex);
	}
	json_object_set_new(object, key, json_string(text.ptr));
	buf_release(&text);
}

void jout_name(json_t *object, const char *key, const char *s)
{
	if (s)
		jout_bytes(object, key, s, strlen(s));
	else
		json_object_set_new(object, key, json_null());
}

void jout_names(json_t *object, const char *key, char *const *names, size_t n)
{
	json_t *list = n ? json_array() : NULL;

	for (size_t i = 0; i < n; i++) {
		json_t *o = json_object();

		jout_name(o, "path", names[i]);
		json_array_append_new(list, o);
	}
	if (n)
		json_object_set_new(object, key, list);
}

int jout_print(FILE *f, const json_t *root)
{
	char *text = root ? json_dumps(root, JSON_INDENT(2) | JSON_ENSURE_ASCII |
				       JSON_ENCODE_ANY) : NULL;

	if (!text)
		return -ENOMEM;
	/* DEL is the one control character that jansson leaves as it is */
	for (const char *p = text; *p; p++)
		if (*p == 0x7f)
			fputs("\\u007f", f);
		else
			putc(*p, f);
	putc('\n', f);
	free(text);
	return 0;
}
