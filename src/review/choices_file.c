/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "review/choices.h"
#include "util/io.h"
#include "util/json.h"

#define SCHEMA "scrim.choices/1"
#define FILE_MAX (256u << 20)

/* By enum choice_state. */
static const char *const words[] = { "open", "take", "leave", "part" };

/* ========== Writing ========== */

static json_t *op_json(const struct choice_op *op)
{
	json_t *o = json_object();

	json_object_set_new(o, "hunk", json_integer((json_int_t)op->hunk));
	if (op->text)
		jout_name(o, "text", op->text);
	return o;
}

static json_t *comment_json(const struct choice_comment *m)
{
	char side[2] = { m->side, '\0' };
	json_t *o = json_object();

	json_object_set_new(o, "side", json_string(side));
	json_object_set_new(o, "line", json_integer(m->line));
	jout_name(o, "text", m->text);
	return o;
}

static json_t *choice_json(const struct choice *k)
{
	json_t *o = json_object(), *ops = json_array(), *said = json_array();

	jout_name(o, "path", k->path);
	json_object_set_new(o, "state", json_string(words[k->state]));
	json_object_set_new(o, "seen", json_boolean(k->seen));
	json_object_set_new(o, "seal", json_string(k->seal));
	if (k->marks) {
		json_object_set_new(o, "marks", json_string(k->marks));
		json_object_set_new(o, "result", json_string(k->result));
	}
	for (size_t i = 0; i < k->n_ops; i++)
		json_array_append_new(ops, op_json(&k->ops[i]));
	for (size_t i = 0; i < k->n_comments; i++)
		json_array_append_new(said, comment_json(&k->comments[i]));
	json_object_set_new(o, "ops", ops);
	json_object_set_new(o, "comments", said);
	return o;
}

static int is_empty(const struct choice *k)
{
	return k->state == CHOICE_NONE && !k->seen && !k->n_comments &&
	       !k->marks;
}

static int write_file(const struct choices *c, int session_fd, size_t *n)
{
	json_t *root = json_object(), *list = json_array();
	char *text = NULL;
	int r = 0;

	json_object_set_new(root, "schema", json_string(SCHEMA));
	for (size_t i = 0; i < c->n; i++)
		if (!is_empty(c->at[i]))
			json_array_append_new(list, choice_json(c->at[i]));
	*n = json_array_size(list);
	json_object_set_new(root, "choices", list);
	text = root && list ? json_dumps(root, JSON_INDENT(1) |
					 JSON_ENSURE_ASCII) : NULL;
	if (!text)
		r = -ENOMEM;
	else if (*n)
		r = io_replace(session_fd, CHOICES_FILE, text, strlen(text),
			       0600);
	free(text);
	json_decref(root);
	return r;
}

int choices_save(struct choices *c, int session_fd, struct err *err)
{
	size_t n = 0;
	int r = c->oom ? -ENOMEM : write_file(c, session_fd, &n);

	if (!r && !n && unlinkat(session_fd, CHOICES_FILE, 0) &&
	    errno != ENOENT)
		r = -errno;
	if (r)
		return err_errno(err, r, "the choices cannot be saved");
	c->dirty = 0;
	return 0;
}

/* ========== Reading ========== */

static int hex_value(char c)
{
	const char *digits = "0123456789abcdef", *at = strchr(digits, c);

	return c && at ? (int)(at - digits) : -1;
}

static char *from_hex(const char *hex)
{
	size_t n = strlen(hex);
	char *out = n % 2 ? NULL : malloc(n / 2 + 1);

	for (size_t i = 0; out && i < n; i += 2) {
		int hi = hex_value(hex[i]), lo = hex_value(hex[i + 1]);

		if (hi < 0 || lo < 0 || !(hi | lo)) {
			free(out);
			return NULL;
		}
		out[i / 2] = (char)(hi << 4 | lo);
	}
	if (out)
		out[n / 2] = '\0';
	return out;
}

/* The inverse of jout_name; NULL where it is not there or odd. */
static char *get_bytes(const json_t *o, const char *key)
{
	char hex_key[32];
	const char *s;

	snprintf(hex_key, sizeof(hex_key), "%s_hex", key);
	s = json_string_value(json_object_get(o, hex_key));
	if (s)
		return from_hex(s);
	s = json_string_value(json_object_get(o, key));
	return s ? strdup(s) : NULL;
}

static int get_digest(const json_t *o, const char *key, char out[DIGEST_HEX])
{
	const char *s = json_string_value(json_object_get(o, key));

	if (!s || !*s)
		return s || !json_object_get(o, key) ? 0 : -EBADMSG;
	if (strlen(s) != DIGEST_HEX - 1 ||
	    strspn(s, "0123456789abcdef") != DIGEST_HEX - 1)
		return -EBADMSG;
	memcpy(out, s, DIGEST_HEX);
	return 0;
}

static int get_ops(const json_t *o, struct choice *k)
{
	const json_t *list = json_object_get(o, "ops");
	int r = json_is_array(list) ? 0 : -EBADMSG;

	for (size_t i = 0; !r && i < json_array_size(list); i++) {
		const json_t *op = json_array_get(list, i);
		json_int_t hunk = json_integer_value(json_object_get(op,
								     "hunk"));
		char *text = get_bytes(op, "text");

		r = hunk < 0 || (!text && json_object_get(op, "text")) ?
		    -EBADMSG : choice_add_op(k, (size_t)hunk, text);
		free(text);
	}
	return r;
}

static int get_comments(const json_t *o, struct choice *k)
{
	const json_t *list = json_object_get(o, "comments");
	int r = json_is_array(list) ? 0 : -EBADMSG;

	for (size_t i = 0; !r && i < json_array_size(list); i++) {
		const json_t *m = json_array_get(list, i);
		const char *side = json_string_value(json_object_get(m,
								     "side"));
		json_int_t line = json_integer_value(json_object_get(m,
								     "line"));
		char *text = get_bytes(m, "text");

		r = !text || !side || !strchr("-+", *side) || line < 0 ||
		    line > 0x7fffffff ? -EBADMSG :
		    choice_comment(k, *side, (unsigned)line, text);
		free(text);
	}
	return r;
}

static int get_state(const json_t *o, enum choice_state *out)
{
	const char *word = json_string_value(json_object_get(o, "state"));

	for (size_t i = 0; word && i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i], word)) {
			*out = (enum choice_state)i;
			return 0;
		}
	return -EBADMSG;
}

static int get_choice(const json_t *o, struct choice *k)
{
	const char *marks = json_string_value(json_object_get(o, "marks"));
	int r = get_state(o, &k->state);

	k->path = get_bytes(o, "path");
	k->seen = json_is_true(json_object_get(o, "seen"));
	if (marks)
		k->marks = strdup(marks);
	if (!k->path || !*k->path || (k->state == CHOICE_PART && !marks))
		r = -EBADMSG;
	if (!r)
		r = get_digest(o, "seal", k->seal);
	if (!r && k->state != CHOICE_NONE && !*k->seal)
		r = -EBADMSG;
	if (!r)
		r = get_digest(o, "result", k->result);
	if (!r)
		r = get_ops(o, k);
	return r ? r : get_comments(o, k);
}

static int read_all(struct choices *c, const json_t *root)
{
	const char *schema = json_string_value(json_object_get(root, "schema"));
	const json_t *list = json_object_get(root, "choices");

	if (!schema || strcmp(schema, SCHEMA) || !json_is_array(list))
		return -EBADMSG;
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct choice *k = calloc(1, sizeof(*k));
		int r = k ? get_choice(json_array_get(list, i), k) : -ENOMEM;

		if (!r && choices_get(c, k->path))
			r = -EBADMSG;
		if (r) {
			choice_free(k);
			return r;
		}
		if (choices_put(c, k))
			return -ENOMEM;
	}
	return 0;
}

int choices_load(struct choices *c, int session_fd, struct err *err)
{
	struct buf text = BUF_INIT;
	json_t *root = NULL;
	int r;

	*c = (struct choices)CHOICES_INIT;
	r = io_read_file(session_fd, CHOICES_FILE, FILE_MAX, &text);
	if (r == -ENOENT)
		return 0;
	if (!r) {
		root = json_loadb(text.ptr, text.len, 0, NULL);
		r = root ? read_all(c, root) : -EBADMSG;
	}
	if (r) {
		choices_release(c);
		err_set(err, r, "the file %s in the session's directory cannot"
			" be read (%s); remove it to begin the review anew",
			CHOICES_FILE, strerror(-r));
	}
	json_decref(root);
	buf_release(&text);
	return r;
}
