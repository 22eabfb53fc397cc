/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "scan/mask_make.h"
#include "scan/mask_rewrite.h"

#define DEPTH_MAX 64
#define COLUMN_MAX 64

static const char *const keys[] = { "data", "stringData" };
#define KEYS (sizeof(keys) / sizeof(keys[0]))

struct kube {
	struct place_list *out;
	const struct rule *rule;
	const char *s, *end;
	int result;
};

static void mask_key(struct kube *k, const char *name, const char *sign)
{
	if (!k->result)
		k->result = mask_block_of(k->out, k->rule, k->s,
					  (size_t)(k->end - k->s),
					  (size_t)(name - k->s),
					  (size_t)(sign - k->s));
}

/* ========== YAML ========== */

/* A line, and the column of what it says, past the dashes of lists. */
struct line {
	const char *text, *end;
	size_t column, dash;	/* of the first dash; or column */
	int empty;		/* or a comment */
};

static const char *line_at(const struct kube *k, const char *s, struct line *l)
{
	const char *nl = memchr(s, '\n', (size_t)(k->end - s)), *p = s;

	l->end = nl ? nl : k->end;
	while (l->end > s && (l->end[-1] == '\r' || l->end[-1] == ' '))
		l->end--;
	while (p < l->end && *p == ' ')
		p++;
	l->dash = (size_t)(p - s);
	while (p + 1 < l->end && *p == '-' && p[1] == ' ')
		for (p++; p < l->end && *p == ' ';)
			p++;
	l->text = p;
	l->column = (size_t)(p - s);
	l->empty = p == l->end || *p == '#';
	return nl ? nl + 1 : k->end;
}

static const char *line_before(const struct kube *k, const char *s)
{
	if (s == k->s)
		return NULL;
	for (s--; s > k->s && s[-1] != '\n';)
		s--;
	return s;
}

/* The colon behind the key of that name, or NULL. */
static const char *key_is(const struct line *l, const char *name)
{
	const char *s = l->text;
	size_t n = strlen(name), quote = s < l->end && strchr("\"'", *s) != NULL;

	if ((size_t)(l->end - s) < n + 1 + 2 * quote ||
	    memcmp(s + quote, name, n))
		return NULL;
	for (s += n + 2 * quote; s < l->end && *s == ' ';)
		s++;
	return s < l->end && *s == ':' ? s : NULL;
}

static int is_secret(const struct line *l)
{
	const char *s = key_is(l, "kind"), *end;

	if (!s)
		return 0;
	for (s++; s < l->end && strchr(" \t\"'", *s);)
		s++;
	for (end = s; end < l->end && !strchr(" \t\"'#", *end);)
		end++;
	return end - s == 6 && !memcmp(s, "Secret", 6);
}

static int ends_document(const struct line *l)
{
	return l->column == 0 && l->end - l->text >= 3 &&
	       (!memcmp(l->text, "---", 3) || !memcmp(l->text, "...", 3));
}

/* The first line of the mapping whose keys are at that column. */
static const char *mapping_start(const struct kube *k, const char *s,
				 size_t column)
{
	const char *before;
	struct line l;

	line_at(k, s, &l);
	while (l.dash == column && (before = line_before(k, s))) {
		struct line prev;

		line_at(k, before, &prev);
		if (ends_document(&prev) ||
		    (!prev.empty && prev.column < column))
			break;
		s = before;
		/* within what is deeper, or empty, nothing begins */
		while (prev.empty || prev.dash > column) {
			before = line_before(k, s);
			if (!before)
				return s;
			line_at(k, before, &prev);
			if (ends_document(&prev) ||
			    (!prev.empty && prev.column < column))
				return s;
			s = before;
		}
		l = prev;
	}
	return s;
}

/* The data of the mapping that s, a line with "kind: Secret", is of. Its end. */
static const char *mask_mapping(struct kube *k, const char *s, size_t column)
{
	const char *next, *at = mapping_start(k, s, column);
	struct line l;
	int first = 1;

	for (; at < k->end; at = next, first = 0) {
		next = line_at(k, at, &l);
		if (l.empty)
			continue;
		if (ends_document(&l) || l.column < column ||
		    (l.column == column && l.dash < column && !first))
			break;
		for (size_t i = 0; l.column == column && i < KEYS; i++) {
			const char *sign = key_is(&l, keys[i]);

			if (sign)
				mask_key(k, l.text, sign);
		}
	}
	return at;
}

static void yaml(struct kube *k)
{
	/* each mapping once: where the last one with that column ended */
	const char *done[COLUMN_MAX], *next;
	struct line l;

	for (size_t i = 0; i < COLUMN_MAX; i++)
		done[i] = k->s;
	for (const char *s = k->s; s < k->end && !k->result; s = next) {
		next = line_at(k, s, &l);
		if (is_secret(&l) && l.column < COLUMN_MAX &&
		    s >= done[l.column])
			done[l.column] = mask_mapping(k, s, l.column);
	}
}

/* ========== JSON ========== */

struct object {
	int secret;
	const char *name[KEYS], *sign[KEYS];
};

/* A string at s: its end, behind the quote; or NULL. */
static const char *string_end(const struct kube *k, const char *s)
{
	for (s++; s < k->end && *s != '\n'; s++) {
		if (*s == '"')
			return s + 1;
		if (*s == '\\')
			s++;
	}
	return NULL;
}

static const char *skip_space(const struct kube *k, const char *s)
{
	while (s < k->end && strchr(" \t\r\n", *s))
		s++;
	return s;
}

/* Notes the key at s, if it is one that matters. */
static void take_key(const struct kube *k, struct object *o, const char *s,
		     const char *end)
{
	const char *sign = skip_space(k, end), *value;
	size_t len = (size_t)(end - s) - 2;

	if (sign >= k->end || *sign != ':')
		return;
	for (size_t i = 0; i < KEYS; i++)
		if (len == strlen(keys[i]) && !memcmp(s + 1, keys[i], len)) {
			o->name[i] = s + 1;
			o->sign[i] = sign;
		}
	value = skip_space(k, sign + 1);
	if (len == 4 && !memcmp(s + 1, "kind", 4) && k->end - value >= 8)
		o->secret = !memcmp(value, "\"Secret\"", 8);
}

static void leave(struct kube *k, const struct object *o)
{
	for (size_t i = 0; o->secret && i < KEYS; i++)
		if (o->name[i])
			mask_key(k, o->name[i], o->sign[i]);
}

/* All objects, whatever stands between them. */
static void json(struct kube *k)
{
	struct object stack[DEPTH_MAX];
	size_t depth = 0;

	for (const char *s = k->s, *end; s < k->end && !k->result; s++) {
		if (*s == '{') {
			if (depth < DEPTH_MAX)
				memset(&stack[depth], 0, sizeof(*stack));
			depth++;
		} else if (*s == '}' && depth) {
			depth--;
			if (depth < DEPTH_MAX)
				leave(k, &stack[depth]);
		} else if (*s == '"' && depth) {
			end = string_end(k, s);
			if (!end) {
				depth = 0;	/* no JSON */
				continue;
			}
			if (depth <= DEPTH_MAX)
				take_key(k, &stack[depth - 1], s, end);
			s = end - 1;
		}
	}
}

/* ========== in strings ========== */

/* What a Secret was made of is kept in an annotation, as a string. */
static int quoted(struct place_list *out, const struct rule *rule,
		  const char *s, size_t len)
{
	struct place_list found = { NULL, 0, 0 };
	struct rewrite rw = REWRITE_INIT;
	int r = rewrite_strings(&rw, s, len);

	if (!r) {
		struct kube k = { &found, rule, rw.text.ptr,
				  rw.text.ptr + rw.text.len, 0 };

		json(&k);
		r = k.result;
	}
	for (size_t i = 0; !r && i < found.n; i++) {
		struct place p = { .width = 1, .rule = rule };
		size_t from, to;

		if (!rewrite_span(&rw, (size_t)found.at[i].off, found.at[i].len,
				  &from, &to))
			continue;
		p.off = (off_t)from;
		p.len = to - from;
		r = place_add(out, &p);
	}
	place_list_release(&found);
	rewrite_release(&rw);
	return r;
}

int mask_kubernetes(struct place_list *out, const struct rule *rule,
		    const char *s, size_t len)
{
	struct kube k = { out, rule, s, s + len, 0 };

	yaml(&k);
	json(&k);
	if (!k.result && memmem(s, len, "\\\"Secret\\\"", 10))
		k.result = quoted(out, rule, s, len);
	return k.result;
}
