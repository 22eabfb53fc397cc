/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "scan/assign_view.h"

/* 1 where what stands before the name's quote or blank is key=, name: ... */
static int is_named(const struct assign_view *v, size_t i)
{
	static const char *const labels[] = { "name", "key", "id", "property",
					      "variable", "field", "var", NULL };
	size_t p = i, end;

	while (p > v->from && (assign_is_quote(v->s[p - 1]) || v->s[p - 1] == '\\' ||
			       v->s[p - 1] == ' '))
		p--;
	if (p == v->from || !memchr(":=", v->s[p - 1], 2))
		return 0;
	p--;
	while (p > v->from && (assign_is_quote(v->s[p - 1]) || v->s[p - 1] == '\\' ||
			       v->s[p - 1] == ' '))
		p--;
	end = p;
	while (p > v->from && isalpha((unsigned char)v->s[p - 1]))
		p--;
	for (size_t k = 0; labels[k]; k++)
		if (strlen(labels[k]) == end - p &&
		    !strncasecmp(labels[k], v->s + p, end - p))
			return 1;
	return 0;
}

/* <x name="NAME" more="...">: what comes after it, or 0. */
static size_t past_attributes(const struct assign_view *v, size_t name,
			      size_t end)
{
	size_t stop = end + 64 < v->line ? end + 64 : v->line;
	size_t p = end + assign_quote_at(v, end);

	if (p == end || !is_named(v, name))
		return 0;
	while (p < stop && v->s[p] != '>' && v->s[p] != '<')
		p++;
	if (p >= stop || v->s[p] != '>' || v->s[p - 1] == '/')
		return 0;
	return p + 1;
}

/* <key>NAME</key> <string>value</string>, <NAME>value</NAME> */
int assign_markup(const struct assign_view *v, size_t end, struct assign *out)
{
	size_t p = end;
	const char *close;

	if (assign_looking_at(v, p, "</")) {
		close = memchr(v->s + p, '>', v->end - p);
		if (!close)
			return 0;
		p = assign_skip_space(v, (size_t)(close + 1 - v->s));
		if (p >= v->end || v->s[p] != '<' || assign_looking_at(v, p, "</"))
			return 0;
		close = memchr(v->s + p, '>', v->end - p);
		if (!close || close - (v->s + p) > 64)
			return 0;
		p = (size_t)(close + 1 - v->s);
	} else if (v->s[p] == '>' && out->name > v->from &&
		   memchr("<:", v->s[out->name - 1], 2)) {
		p++;
	} else {
		p = past_attributes(v, out->name, end);
		if (!p)
			return 0;
		if (assign_looking_at(v, assign_skip_space(v, p), "<value>"))
			p = assign_skip_space(v, p) + 7;
	}
	if (assign_looking_at(v, p, "<![CDATA["))
		p += 9;
	p = assign_skip_space(v, p);
	out->value = p;
	while (p < v->end && p - out->value < ASSIGN_VALUE_MAX &&
	       v->s[p] != '<' && v->s[p] != '\n' && v->s[p] != ']')
		p++;
	out->value_len = p - out->value;
	out->form = ASSIGN_MARKUP;
	out->quote = '<';
	return p > out->value && assign_looking_at(v, assign_skip_space(v, p), "<");
}

/* "name": "X", "value": "Y", also on the next line. */
int assign_pair(const struct assign_view *v, size_t i, struct assign *out)
{
	size_t stop = i + 160 < v->end ? i + 160 : v->end, p;
	enum assign_form form;
	const char *hit;

	if (!is_named(v, out->name))
		return 0;
	for (p = i; p + 5 < stop && strncasecmp(v->s + p, "value", 5); p++)
		if (v->s[p] == '}' || assign_looking_at(v, p, "name") ||
		    assign_looking_at(v, p, "key\"") || assign_looking_at(v, p, "/>"))
			return 0;
	if (p + 5 >= stop || assign_is_name(v->s[p + 5]) || assign_is_name(v->s[p - 1]))
		return 0;
	p += 5;
	p += assign_quote_at(v, p);
	hit = memchr(v->s + p, '\n', v->end - p);
	{
		struct assign_view next = { v->s, p, hit ? (size_t)(hit - v->s) :
				     v->end, v->end };

		p = assign_skip_blanks(&next, p);
		if (!assign_operator_at(&next, p, &form))
			return 0;
		p = assign_skip_blanks(&next, p + assign_operator_at(&next, p, &form));
		out->form = ASSIGN_PAIR;
		out->whole_line = 1;
		return p < next.line && assign_take_value(&next, p, out);
	}
}

/* Blanks before the line that holds i. */
static size_t indent_of(const struct assign_view *v, size_t i)
{
	size_t n = 0;

	while (i > v->from && v->s[i - 1] != '\n')
		i--;
	while (i + n < v->end && v->s[i + n] == ' ')
		n++;
	return n;
}

/* 1 where a line that begins at i is no more about the name at a. */
static int leaves(const struct assign_view *v, size_t i, size_t a)
{
	return i >= v->end || v->s[i] == '\n' ||
	       indent_of(v, i) <= indent_of(v, a);
}

int assign_default(const struct assign_view *v, size_t i, struct assign *out)
{
	size_t stop = i + 240 < v->end ? i + 240 : v->end;
	size_t p = assign_skip_blanks(v, i), n;
	struct assign_view rest = *v;
	enum assign_form form;
	const char *line;

	if (p < stop && v->s[p] == ':')
		p = assign_skip_blanks(v, p + 1);
	if (p >= stop || (v->s[p] != '{' && v->s[p] != '\n'))
		return 0;
	for (; p + 7 < stop && v->s[p] != '}'; p++) {
		if (v->s[p] == '\n' && leaves(v, p + 1, out->name))
			return 0;
		if (!strncasecmp(v->s + p, "default", 7) &&
		    !assign_is_name(v->s[p - 1]) && !assign_is_name(v->s[p + 7]))
			break;
	}
	if (p + 7 >= stop || v->s[p] == '}')
		return 0;
	p += 7;
	p += assign_quote_at(v, p);
	line = memchr(v->s + p, '\n', v->end - p);
	rest.line = line ? (size_t)(line - v->s) : v->end;
	p = assign_skip_blanks(&rest, p);
	n = p < rest.line ? assign_operator_at(&rest, p, &form) : 0;
	p = assign_skip_blanks(&rest, p + n);
	out->form = ASSIGN_PAIR;
	out->whole_line = 1;
	return n && p < rest.line && assign_take_value(&rest, p, out);
}

int assign_fallback(const struct assign_view *v, size_t i, struct assign *out)
{
	static const char *const marks[] = { "||", "??", "?:", "or " };
	size_t p = assign_skip_blanks(v, i), n;

	out->form = ASSIGN_EQUALS;
	if ((assign_looking_at(v, i, ":-") || assign_looking_at(v, i, ":=")) &&
	    out->name >= v->from + 2 && !memcmp(v->s + out->name - 2, "${", 2)) {
		const char *end = memchr(v->s + i, '}', v->line - i);

		if (!end)
			return 0;
		out->value = i + 2;
		out->value_len = (size_t)(end - v->s) - out->value;
		out->quote = '}';
		return out->value_len > 0;
	}
	for (size_t k = 0; k < sizeof(marks) / sizeof(marks[0]); k++) {
		if (!assign_looking_at(v, p, marks[k]))
			continue;
		p = assign_skip_blanks(v, p + strlen(marks[k]));
		n = p < v->line ? assign_quote_at(v, p) : 0;
		return n && assign_take_value(v, p, out);
	}
	return 0;
}

/* What begins a value that stands on the line below its name. */
static int opens_below(const struct assign_view *v, size_t i)
{
	if (i < v->line && memchr("(\\", v->s[i], 2))
		i++;
	i = assign_skip_blanks(v, i);
	return i >= v->line || v->s[i] == '\r' ? 1 : 0;
}

int assign_below(const struct assign_view *v, size_t i, struct assign *out)
{
	struct assign_view next = *v;
	const char *end;
	size_t p = v->line + 1, n;

	if (p >= v->end || !opens_below(v, i))
		return 0;
	end = memchr(v->s + p, '\n', v->end - p);
	next.line = end ? (size_t)(end - v->s) : v->end;
	p = assign_skip_blanks(&next, p);
	n = p < next.line ? assign_quote_at(&next, p) : 0;
	if (!n || !assign_take_value(&next, p, out))
		return 0;
	/* "name": value is another assignment. */
	p = assign_skip_blanks(&next, out->value + out->value_len + n);
	return p >= next.line || !memchr(":=", v->s[p], 2);
}

/* 1 where "String" and a comma stand before the quote of the name. */
static int after_string_type(const struct assign_view *v, size_t name)
{
	size_t p = name;

	if (p <= v->from + 10 || !assign_is_quote(v->s[p - 1]))
		return 0;
	for (p--; p > v->from && v->s[p - 1] == ' ';)
		p--;
	if (p < v->from + 9 || v->s[p - 1] != ',' || !assign_is_quote(v->s[p - 2]))
		return 0;
	return assign_is_quote(v->s[p - 9]) &&
	       !strncasecmp(v->s + p - 8, "string", 6);
}

int assign_typed_call(const struct assign_view *v, size_t i, struct assign *out)
{
	size_t p = assign_skip_blanks(v, i), n;

	if (p >= v->line || v->s[p] != ',' || !after_string_type(v, out->name))
		return 0;
	p = assign_skip_blanks(v, p + 1);
	n = p < v->line ? assign_quote_at(v, p) : 0;
	if (!n)
		return 0;
	/* The value is code itself: "\"value\"", '"value"'. */
	if (assign_quote_at(v, p + n))
		p += n;
	out->form = ASSIGN_PAIR;
	return assign_take_value(v, p, out);
}
