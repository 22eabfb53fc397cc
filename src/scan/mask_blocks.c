/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "scan/mask_make.h"
#include "scan/name.h"
#include "scan/value.h"

#define WITHIN_MAX 65536	/* bytes of one list or text of any file */

struct blocks {
	struct place_list *out;
	const struct rule *rule;
	const char *start, *end;
	size_t most;		/* bytes of one list or text */
	int lenient;		/* templates are no values */
	int result;
};

struct name {
	const char *s;
	size_t len;
};

static int is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static int is_quote(char c)
{
	return c == '"' || c == '\'';
}

static const char *skip_blanks(const char *s, const char *end)
{
	while (s < end && is_blank(*s))
		s++;
	return s;
}

static const char *line_end(const struct blocks *b, const char *s)
{
	const char *nl = memchr(s, '\n', (size_t)(b->end - s));

	nl = nl ? nl : b->end;
	return nl > s && nl[-1] == '\r' ? nl - 1 : nl;
}

static const char *next_line(const struct blocks *b, const char *s)
{
	const char *nl = memchr(s, '\n', (size_t)(b->end - s));

	return nl ? nl + 1 : b->end;
}

static const char *stop_at(const struct blocks *b, const char *s)
{
	return (size_t)(b->end - s) > b->most ? s + b->most : b->end;
}

static int is_word(const char *s, size_t len)
{
	static const char *const plain[] = { "true", "false", "null", "none",
					     "yes", "no", "~" };

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (strlen(plain[i]) == len && !memcmp(plain[i], s, len))
			return 1;
	return 0;
}

/* A number is masked where digits can stand for it. */
static int is_odd_number(const char *s, size_t len)
{
	size_t digits = 0, n = 0;

	for (; n < len && strchr("0123456789.eE+-", s[n]); n++)
		digits += s[n] >= '0' && s[n] <= '9';
	return n == len && digits < len;
}

/* One value, without the white space and quotes around it. */
static void add(struct blocks *b, const char *s, const char *end)
{
	struct place p = { .width = 1, .rule = b->rule };

	s = skip_blanks(s, end);
	while (end > s && (is_blank(end[-1]) || end[-1] == '\r'))
		end--;
	if (end - s > 1 && is_quote(*s) && end[-1] == *s) {
		s++;
		end--;
	} else if (is_word(s, (size_t)(end - s)) ||
		   is_odd_number(s, (size_t)(end - s))) {
		return;
	}
	p.off = s - b->start;
	p.len = (size_t)(end - s);
	if (b->lenient && (value_is_reference(s, p.len) ||
			   value_is_placeholder(s, p.len)))
		return;
	if (!b->result)
		b->result = place_add(b->out, &p);
}

int mask_is_telling(const char *name, size_t len)
{
	if (len > 1 && name_classify(name, len) < NAME_SECRET &&
	    name[len - 1] == 's')
		len--;
	return len && name_classify(name, len) >= NAME_SECRET;
}

/* The name that ends before s; 1 where it tells of a secret. */
static int name_before(const struct blocks *b, const char *s, struct name *out)
{
	const char *end = s;

	while (end > b->start && is_blank(end[-1]))
		end--;
	if (end > b->start && is_quote(end[-1]))
		end--;
	out->s = end;
	while (out->s > b->start &&
	       ((out->s[-1] >= '0' && out->s[-1] <= '9') ||
		(out->s[-1] >= 'a' && out->s[-1] <= 'z') ||
		(out->s[-1] >= 'A' && out->s[-1] <= 'Z') ||
		strchr("_.-", out->s[-1])))
		out->s--;
	while (out->s < end && *out->s == '-')
		out->s++;
	out->len = (size_t)(end - out->s);
	return mask_is_telling(out->s, out->len);
}

/* Past a quoted text at s, its end in *close. */
static const char *quoted(const struct blocks *b, const char *s,
			  const char **close)
{
	char quote = *s++;

	for (; s < b->end && *s != quote && *s != '\n'; s++)
		if (*s == '\\' && s + 1 < b->end)
			s++;
	*close = s;
	return s < b->end ? s + 1 : s;
}

/* A word of a list or map, up to what ends it. */
static const char *bare(const struct blocks *b, const char *s)
{
	while (s < b->end && !strchr(",[]{}\n\"", *s) &&
	       !((*s == ':' || *s == '=') && s + 1 < b->end &&
		 (is_blank(s[1]) || is_quote(s[1]))))
		s++;
	return s;
}

static int is_key(const struct blocks *b, const char *end)
{
	end = skip_blanks(end, b->end);
	return end < b->end && (*end == ':' || *end == '=');
}

/* All values of the list or map that begins at s. Past it. */
static const char *within(struct blocks *b, const char *s)
{
	const char *stop = stop_at(b, s);
	const char *from, *end;
	int depth = 0;

	while (s < stop && !b->result) {
		from = s;
		if (strchr("[{", *s)) {
			depth++;
			s++;
		} else if (strchr("]}", *s)) {
			s++;
			if (!--depth)
				break;
		} else if (is_quote(*s)) {
			s = quoted(b, s, &end);
			if (!is_key(b, s))
				add(b, from, s);
		} else if (strchr(",:= \t\r\n", *s)) {
			s++;
		} else {
			s = bare(b, s);
			s += s == from;
			if (!is_key(b, s))
				add(b, from, s);
		}
	}
	return s;
}

/* Lines of a text in three quotes. */
static const char *tripled(struct blocks *b, const char *s)
{
	const char *close, *from = s + 3;
	size_t left = (size_t)(b->end - from);

	if (left > b->most)
		left = b->most;
	close = memmem(from, left, s, 3);
	if (!close)
		close = from + left;
	add(b, from, close);
	return close;
}

static size_t indent_at(const struct blocks *b, const char *s)
{
	const char *from = s;

	while (from > b->start && from[-1] != '\n')
		from--;
	return (size_t)(s - from);
}

/* Where the value of a line of YAML begins that has a name; or NULL. */
static const char *own_value(const char *s, const char *end)
{
	const char *close = NULL;

	if (s < end && is_quote(*s))
		close = memchr(s + 1, *s, (size_t)(end - s - 1));
	for (s = close ? close + 1 : s; s < end; s++)
		if (*s == ':' && (s + 1 == end || is_blank(s[1])))
			return skip_blanks(s + 1, end);
	return NULL;
}

/* One line below a telling name. Past what was read. */
static const char *below_line(struct blocks *b, const char *s, int literal)
{
	const char *end = line_end(b, s), *text = skip_blanks(s, end), *value;
	const char *note;

	if (literal || text == end || *text == '#') {
		if (literal)
			add(b, text, end);
		return next_line(b, s);
	}
	while (text + 1 < end && *text == '-' && is_blank(text[1]))
		text = skip_blanks(text + 1, end);
	value = own_value(text, end);
	value = value ? value : text;
	if (b->lenient && end - value > 1 && value[0] == '{' && value[1] == '{')
		return next_line(b, s);
	if (value < end && strchr("[{", *value))
		return next_line(b, within(b, value) - 1);
	note = memmem(value, (size_t)(end - value), " #", 2);
	if (value < end && is_quote(*value)) {
		const char *close, *more = quoted(b, value, &close);

		note = skip_blanks(more, end);
		if (close < end && (note == end || *note == '#'))
			end = more;
	}
	if (value < end && !strchr("|>&*", *value))
		add(b, value, note && !is_quote(*value) ? note : end);
	return next_line(b, s);
}

/* What is indented more than the name, or is a list at its indent. Past it. */
static const char *below(struct blocks *b, const struct name *name, const char *s,
		  int literal)
{
	const char *stop = stop_at(b, s);
	size_t indent = indent_at(b, name->s);

	if (name->s > b->start && is_quote(name->s[-1]))
		indent--;
	while (s < stop && !b->result) {
		const char *end = line_end(b, s), *text = skip_blanks(s, end);
		size_t in = (size_t)(text - s);

		if (text < end && in < indent + 1 &&
		    !(in == indent && *text == '-' && !literal))
			break;
		s = below_line(b, s, literal);
	}
	return s;
}

/*
 * The value behind a name, past an anchor or a tag. Returns where to go on: not
 * within what was masked as a whole, so that a file is gone through once.
 */
static const char *after_sign(struct blocks *b, const struct name *name,
			      const char *s, int yaml)
{
	const char *end = line_end(b, s), *value = skip_blanks(s, end);
	int signs = 0, literal;

	while (yaml && value < end && strchr("&!", *value)) {
		while (value < end && !is_blank(*value))
			value++;
		value = skip_blanks(value, end);
		signs = 1;
	}
	literal = yaml && value < end && strchr("|>", *value) != NULL;
	if (literal || value == end || *value == '#')
		return below(b, name, next_line(b, s), literal);
	if (strchr("[{", *value))
		return within(b, value);
	if (end - value > 2 && is_quote(*value) && value[1] == *value &&
	    value[2] == *value)
		return tripled(b, value);
	if (signs)
		add(b, value, end);
	return s;
}

/* "password hunter2": a name and a value, and nothing else in the line. */
static void two_words(struct blocks *b, const char *s)
{
	const char *end = line_end(b, s), *name = skip_blanks(s, end), *value;
	const char *gap = name;
	struct name n;

	while (gap < end && !is_blank(*gap) && !strchr(":=", *gap))
		gap++;
	value = skip_blanks(gap, end);
	while (end > value && is_blank(end[-1]))
		end--;
	if (gap == value || end - value < 4 || memchr("=:", *value, 2) ||
	    memchr(value, ' ', (size_t)(end - value)))
		return;
	if (name_before(b, gap, &n) && n.s == name)
		add(b, value, end);
}

int mask_blocks(struct place_list *out, const struct rule *rule,
		const char *s, size_t len)
{
	struct blocks b = { .out = out, .rule = rule, .start = s, .end = s + len,
			    .most = WITHIN_MAX };
	struct name name;

	for (const char *p = s, *next; p < b.end && !b.result; p = next) {
		next = p + 1;
		if (p == s || p[-1] == '\n')
			two_words(&b, p);
		if ((*p == ':' || *p == '=') && name_before(&b, p, &name))
			next = after_sign(&b, &name, next, *p == ':');
	}
	return b.result;
}

int mask_block_of(struct place_list *out, const struct rule *rule,
		  const char *s, size_t len, size_t name, size_t sign)
{
	struct blocks b = { .out = out, .rule = rule, .start = s, .end = s + len,
			    .most = len, .lenient = 1 };
	struct name n = { s + name, 0 };

	after_sign(&b, &n, s + sign + 1, 1);
	return b.result;
}
