/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "scan/mask_make.h"

#define TAG_MAX 4096

struct text {
	const char *s;
	size_t len;
};

/* A tag: <NAME key="password" value="..."> */
struct tag {
	struct text value;	/* of the attribute called so */
	int telling;
	const char *content;	/* NULL of one that has none */
};

static int is_one_of(const struct text *t, const char *const *words)
{
	for (; *words; words++)
		if (strlen(*words) == t->len &&
		    !strncasecmp(*words, t->s, t->len))
			return 1;
	return 0;
}

static const char *word_end(const char *s, const char *end)
{
	while (s < end && !isspace((unsigned char)*s) && !strchr("=>/\"'", *s))
		s++;
	return s;
}

static const char *skip_space(const char *s, const char *end)
{
	while (s < end && isspace((unsigned char)*s))
		s++;
	return s;
}

/* One attribute at s. Past it; NULL where none is. */
static const char *attribute(struct tag *t, const char *s, const char *end)
{
	static const char *const naming[] = { "key", "name", "id", "property",
					      "field", NULL };
	static const char *const valued[] = { "value", "val", NULL };
	struct text name = { s, (size_t)(word_end(s, end) - s) }, value;
	const char *close;

	s = skip_space(s + name.len, end);
	if (!name.len || s == end || *s != '=')
		return name.len ? s : NULL;
	s = skip_space(s + 1, end);
	if (s == end || (*s != '"' && *s != '\''))
		return NULL;
	close = memchr(s + 1, *s, (size_t)(end - s - 1));
	if (!close)
		return NULL;
	value = (struct text){ s + 1, (size_t)(close - s - 1) };
	if (is_one_of(&name, naming))
		t->telling |= mask_is_telling(value.s, value.len);
	else if (is_one_of(&name, valued))
		t->value = value;
	return close + 1;
}

/* The tag at s, which is '<'. Where it ends, or NULL. */
static const char *read_tag(struct tag *t, const char *s, const char *end)
{
	const char *stop = end - s > TAG_MAX ? s + TAG_MAX : end, *name, *at;
	const char *colon;

	memset(t, 0, sizeof(*t));
	name = ++s;
	s = word_end(s, stop);
	colon = memchr(name, ':', (size_t)(s - name));
	name = colon ? colon + 1 : name;
	if (s == name)
		return NULL;
	t->telling = mask_is_telling(name, (size_t)(s - name));
	while ((at = attribute(t, skip_space(s, stop), stop)))
		s = at;
	s = skip_space(s, stop);
	if (s < stop && *s == '>')
		t->content = s + 1;
	return s < stop && (*s == '>' || *s == '/') ? s + 1 : NULL;
}

/* The text in a tag, also in <value> and in CDATA. */
static struct text content(const char *s, const char *end)
{
	static const char cdata[] = "<![CDATA[", value[] = "<value>";
	const char *close;

	s = skip_space(s, end);
	if (end - s > (ptrdiff_t)sizeof(value) &&
	    !strncasecmp(s, value, sizeof(value) - 1))
		s = skip_space(s + sizeof(value) - 1, end);
	if (end - s > (ptrdiff_t)sizeof(cdata) &&
	    !memcmp(s, cdata, sizeof(cdata) - 1)) {
		s += sizeof(cdata) - 1;
		close = memmem(s, (size_t)(end - s), "]]>", 3);
	} else {
		close = memchr(s, '<', (size_t)(end - s));
	}
	close = close ? close : s;
	while (close > s && isspace((unsigned char)close[-1]))
		close--;
	return (struct text){ s, (size_t)(close - s) };
}

static int put(struct place_list *out, const struct rule *rule,
	       const char *start, struct text t)
{
	struct place p = { .off = t.s - start, .len = t.len, .width = 1,
			   .rule = rule };

	return t.len ? place_add(out, &p) : 0;
}

int mask_markup(struct place_list *out, const struct rule *rule,
		const char *s, size_t len)
{
	const char *end = s + len, *p = s, *past;
	struct tag t;
	int r = 0;

	while (!r && (p = memchr(p, '<', (size_t)(end - p)))) {
		past = read_tag(&t, p, end);
		if (past && t.telling)
			r = put(out, rule, s, t.value);
		if (!r && past && t.telling && t.content)
			r = put(out, rule, s, content(t.content, end));
		p = past ? past : p + 1;
	}
	return r;
}
