/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/assign.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define NAME_REACH 96
#define GAP 48		/* blanks between the parts */
#define VALUE_MAX 1536

/* The text at hand: s[i] for i below line, and end for forms of more lines. */
struct view {
	const char *s;
	size_t from, line, end;
};

static int is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '$';
}

static int is_quote(char c)
{
	return c == '"' || c == '\'' || c == '`';
}

static size_t skip_blanks(const struct view *v, size_t i)
{
	size_t stop = i + GAP < v->line ? i + GAP : v->line;

	while (i < stop && (v->s[i] == ' ' || v->s[i] == '\t'))
		i++;
	return i;
}

static size_t skip_space(const struct view *v, size_t i)
{
	size_t stop = i + 2 * GAP < v->end ? i + 2 * GAP : v->end;

	while (i < stop && isspace((unsigned char)v->s[i]))
		i++;
	return i;
}

static int looking_at(const struct view *v, size_t i, const char *what)
{
	size_t n = strlen(what);

	return i + n <= v->end && !strncasecmp(v->s + i, what, n);
}

/* The identifier that holds at; dots within it belong to it. */
static void find_name(const struct view *v, size_t at, struct assign *out)
{
	size_t a = at, b = at;
	size_t low = at > v->from + NAME_REACH ? at - NAME_REACH : v->from;
	size_t high = at + NAME_REACH < v->line ? at + NAME_REACH : v->line;

	while (a > low && (is_name(v->s[a - 1]) ||
			   (v->s[a - 1] == '.' && is_name(v->s[a]))))
		a--;
	while (b < high && (is_name(v->s[b]) ||
			    (v->s[b] == '.' && b + 1 < high &&
			     is_name(v->s[b + 1]))))
		b++;
	while (a < b && (v->s[a] == '-' || v->s[a] == '.'))
		a++;
	while (b > a && v->s[b - 1] == '-')
		b--;
	out->name = a;
	out->name_len = b - a;
}

/*
 * A quote, or a backslash and a quote as in a string within a string; its
 * length, or 0.
 */
static size_t quote_at(const struct view *v, size_t i)
{
	size_t n = 0;

	while (n < 3 && i + n < v->end && v->s[i + n] == '\\')
		n++;
	return i + n < v->end && is_quote(v->s[i + n]) ? n + 1 : 0;
}

/* The value in quotes whose opening mark of n bytes is at i. */
static int quoted(const struct view *v, size_t i, size_t n, struct assign *out)
{
	const char *mark = v->s + i;
	char quote = mark[n - 1];
	size_t p = i + n, stop = p + VALUE_MAX < v->end ? p + VALUE_MAX : v->end;

	/* Three quotes open a block of text. */
	if (n == 1 && p + 1 < stop && v->s[p] == quote && v->s[p + 1] == quote)
		p += 2;
	out->value = p;
	out->quote = quote;
	while (p < stop && v->s[p] != '\n') {
		if (n > 1 && p + n <= stop && !memcmp(v->s + p, mark, n))
			break;
		if (n == 1 && v->s[p] == quote)
			break;
		p += n == 1 && v->s[p] == '\\' && p + 1 < stop ? 2 : 1;
	}
	if (p > stop)
		p = stop;
	out->value_len = p - out->value;
	/* A line end that belongs to a message. */
	while (out->value_len > 1 && v->s[out->value + out->value_len - 2] == '\\' &&
	       strchr("nrt", v->s[out->value + out->value_len - 1]))
		out->value_len -= 2;
	return p < stop && v->s[p] != '\n' && out->value_len;
}

/* A bare word, up to what ends one in the middle of a line. */
static int bare_word(const struct view *v, size_t i, struct assign *out)
{
	size_t p = i;

	/* '=' ends base64; before more it begins another assignment. */
	while (p < v->line && p - i < VALUE_MAX &&
	       !isspace((unsigned char)v->s[p]) &&
	       !(v->s[p] == '=' && p > i && p + 1 < v->line &&
		 isalnum((unsigned char)v->s[p + 1])) &&
	       !memchr(",;&\"'`()}]|<>\\", v->s[p], 14))
		p++;
	out->value = i;
	out->value_len = p - i;
	return p > i;
}

/* A bare value that takes the rest of its line, but for a comment. */
static int bare_line(const struct view *v, size_t i, struct assign *out)
{
	size_t p = v->line;

	for (size_t c = i + 1; c < p; c++)
		if ((v->s[c] == '#' || (v->s[c] == '/' && c + 1 < p &&
					v->s[c + 1] == '/')) &&
		    (v->s[c - 1] == ' ' || v->s[c - 1] == '\t'))
			p = c;
	while (p > i && (isspace((unsigned char)v->s[p - 1]) ||
			 v->s[p - 1] == '\\'))
		p--;
	if (p > i + 1 && (v->s[p - 1] == ',' || v->s[p - 1] == ';'))
		p--;
	out->value = i;
	out->value_len = p - i;
	return p > i;
}

/* b"...", @"...", new X("..."), f("..."): to the quote; 0 where there is none. */
static size_t to_quote(const struct view *v, size_t i, struct assign *out)
{
	size_t p = i, words = 0;

	while (p < v->line && p - i < 48 && !quote_at(v, p)) {
		char c = v->s[p];

		if (c == '(')
			out->wrapped = 1;
		else if (!isalnum((unsigned char)c) && !strchr("_.:@$ &", c))
			return 0;
		words += c == ' ';
		if (words > 2)
			return 0;
		p++;
	}
	if (p >= v->line || !quote_at(v, p))
		return 0;
	/* Letters right before the quote, or an open bracket. */
	if (p > i && p - i > 3 && !out->wrapped)
		return 0;
	return p;
}

static int take_value(const struct view *v, size_t i, struct assign *out)
{
	size_t n = quote_at(v, i), p;

	if (n)
		return quoted(v, i, n, out);
	p = to_quote(v, i, out);
	if (p)
		return quoted(v, p, quote_at(v, p), out);
	out->wrapped = 0;
	if (out->whole_line)
		return bare_line(v, i, out);
	return bare_word(v, i, out);
}

/*
 * The operator at i: its length, or 0. All of =, :, =>, ==, !=, <-, and = with
 * up to three marks before it (:=, ?=, ||=, +=, .=, ::=...).
 */
static size_t operator_at(const struct view *v, size_t i,
			  enum assign_form *form)
{
	size_t n = 0;

	*form = ASSIGN_EQUALS;
	if (looking_at(v, i, "<-") || looking_at(v, i, "=>"))
		return 2;
	if (looking_at(v, i, "%3D"))
		return 3;
	while (n < 3 && i + n < v->line && memchr(":.?|+!", v->s[i + n], 6))
		n++;
	if (i + n < v->line && v->s[i + n] == '=') {
		if (v->s[i] == '!' || looking_at(v, i + n, "=="))
			*form = ASSIGN_COMPARE;
		while (i + n < v->line && v->s[i + n] == '=')
			n++;
		return n;
	}
	*form = ASSIGN_COLON;
	return i < v->line && v->s[i] == ':' && !looking_at(v, i, "::");
}

/* name: Type = "value": where the '=' is, or 0. */
static size_t past_type(const struct view *v, size_t i)
{
	size_t p = skip_blanks(v, i), start = p;

	while (p < v->line && p - start < 40 &&
	       (isalnum((unsigned char)v->s[p]) ||
		memchr("_<>&.?[] ", v->s[p], 9)))
		p++;
	if (p == start || p + 1 >= v->line || v->s[p] != '=' ||
	    v->s[p + 1] == '=' || v->s[p + 1] == '>')
		return 0;
	p = skip_blanks(v, p + 1);
	return p < v->line && (quote_at(v, p) || quote_at(v, p + 1)) ? p : 0;
}

/* 1 where the line up to i holds but what may lead a name. */
static int begins_line(const struct view *v, size_t i)
{
	size_t p = i;

	if (i > v->from && v->s[i - 1] == '-')
		return 0;
	while (p > v->from && v->s[p - 1] != '\n') {
		char c = v->s[--p];

		if (!isspace((unsigned char)c) && !memchr("-#;/*!$>\"'", c, 10))
			break;
		if (p == v->from || v->s[p - 1] == '\n')
			return 1;
	}
	if (p == i)
		return p == v->from || v->s[p - 1] == '\n';
	/* export NAME, set NAME, ENV NAME, ARG NAME, - NAME ... */
	return 0;
}

static int after_word(const struct view *v, size_t i, const char *const *words)
{
	size_t p = i, end;

	while (p > v->from && (v->s[p - 1] == ' ' || v->s[p - 1] == '\t'))
		p--;
	if (p == i)
		return 0;
	end = p;
	while (p > v->from && isalpha((unsigned char)v->s[p - 1]))
		p--;
	for (; *words; words++)
		if (strlen(*words) == end - p &&
		    !strncasecmp(*words, v->s + p, end - p))
			return 1;
	return 0;
}

static const char *const setters[] = { "export", "set", "setx", "env", "arg",
				       "declare", "local", "setenv", "default",
				       NULL };

/* Go: var NAME type = value */
static const char *const declarers[] = { "var", "const", "let", "val", NULL };

/* <key>NAME</key> <string>value</string>, <NAME>value</NAME> */
static int markup(const struct view *v, size_t end, struct assign *out)
{
	size_t p = end;
	const char *close;

	if (looking_at(v, p, "</")) {
		close = memchr(v->s + p, '>', v->end - p);
		if (!close)
			return 0;
		p = skip_space(v, (size_t)(close + 1 - v->s));
		if (p >= v->end || v->s[p] != '<' || looking_at(v, p, "</"))
			return 0;
		close = memchr(v->s + p, '>', v->end - p);
		if (!close || close - (v->s + p) > 64)
			return 0;
		p = (size_t)(close + 1 - v->s);
	} else if (v->s[p] == '>' && out->name > v->from &&
		   memchr("<:", v->s[out->name - 1], 2)) {
		p++;
	} else {
		return 0;
	}
	if (looking_at(v, p, "<![CDATA["))
		p += 9;
	p = skip_space(v, p);
	out->value = p;
	while (p < v->end && p - out->value < VALUE_MAX &&
	       v->s[p] != '<' && v->s[p] != '\n' && v->s[p] != ']')
		p++;
	out->value_len = p - out->value;
	out->form = ASSIGN_MARKUP;
	out->quote = '<';
	return p > out->value && looking_at(v, skip_space(v, p), "<");
}

/* 1 where what stands before the name's quote or blank is key=, name: ... */
static int is_named(const struct view *v, size_t i)
{
	static const char *const labels[] = { "name", "key", "id", "property",
					      "variable", "field", "var", NULL };
	size_t p = i, end;

	while (p > v->from && (is_quote(v->s[p - 1]) || v->s[p - 1] == '\\' ||
			       v->s[p - 1] == ' '))
		p--;
	if (p == v->from || !memchr(":=", v->s[p - 1], 2))
		return 0;
	p--;
	while (p > v->from && (is_quote(v->s[p - 1]) || v->s[p - 1] == '\\' ||
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

/* "name": "X", "value": "Y", also on the next line. */
static int pair(const struct view *v, size_t i, struct assign *out)
{
	size_t stop = i + 160 < v->end ? i + 160 : v->end, p;
	enum assign_form form;
	const char *hit;

	if (!is_named(v, out->name))
		return 0;
	for (p = i; p + 5 < stop && strncasecmp(v->s + p, "value", 5); p++)
		if (v->s[p] == '}' || looking_at(v, p, "name") ||
		    looking_at(v, p, "key\"") || looking_at(v, p, "/>"))
			return 0;
	if (p + 5 >= stop || is_name(v->s[p + 5]) || is_name(v->s[p - 1]))
		return 0;
	p += 5;
	p += quote_at(v, p);
	hit = memchr(v->s + p, '\n', v->end - p);
	{
		struct view next = { v->s, p, hit ? (size_t)(hit - v->s) :
				     v->end, v->end };

		p = skip_blanks(&next, p);
		if (!operator_at(&next, p, &form))
			return 0;
		p = skip_blanks(&next, p + operator_at(&next, p, &form));
		out->form = ASSIGN_PAIR;
		out->whole_line = 1;
		return p < next.line && take_value(&next, p, out);
	}
}

/* name("value"), or after a quoted name: , "value" */
static int call(const struct view *v, size_t i, int name_quoted,
		struct assign *out)
{
	size_t p = skip_blanks(v, i);

	if (p >= v->line || v->s[p] != (name_quoted ? ',' : '('))
		return 0;
	/* f("NAME", "value"), not a list of strings. */
	if (name_quoted && (out->name < v->from + 2 ||
			    !is_quote(v->s[out->name - 1]) ||
			    v->s[out->name - 2] != '('))
		return 0;
	p = skip_blanks(v, p + 1);
	out->form = ASSIGN_CALL;
	if (p >= v->line || !quote_at(v, p))
		return 0;
	return quoted(v, p, quote_at(v, p), out);
}

static int words(const struct view *v, size_t i, struct assign *out)
{
	size_t p = skip_blanks(v, i);

	if (p == i || p >= v->line)
		return 0;
	if (out->name >= v->from + 2 && v->s[out->name - 1] == '-') {
		out->form = ASSIGN_OPTION;
		return take_value(v, p, out);
	}
	out->form = ASSIGN_WORD;
	if (after_word(v, out->name, setters))
		return take_value(v, p, out);
	/* SQL: PASSWORD 'value' */
	return i >= 4 && !strncasecmp(v->s + i - 4, "word", 4) &&
	       v->s[p] == '\'' && quoted(v, p, 1, out);
}

int assign_find(const char *text, size_t from, size_t to, size_t line_end,
		size_t at, struct assign *out)
{
	struct view v = { text, from, line_end, to };
	size_t i, n, p, quote;

	memset(out, 0, sizeof(*out));
	find_name(&v, at, out);
	i = out->name + out->name_len;
	if (!out->name_len || i >= to)
		return 0;
	out->whole_line = begins_line(&v, out->name) ||
			  after_word(&v, out->name, setters);
	if (markup(&v, i, out))
		return 1;
	quote = quote_at(&v, i);
	if (quote && pair(&v, i + quote, out))
		return 1;
	if (!quote && pair(&v, i, out))
		return 1;
	if (call(&v, i + quote, quote > 0, out))
		return 1;
	p = i + quote;
	if (p < line_end && (text[p] == ']' || text[p] == '}'))
		p++;
	p += p > i + quote ? quote_at(&v, p) : 0;
	p = skip_blanks(&v, p);
	n = p < line_end ? operator_at(&v, p, &out->form) : 0;
	if (!n && !quote && p > i && after_word(&v, out->name, declarers) &&
	    past_type(&v, p)) {
		out->form = ASSIGN_EQUALS;
		return take_value(&v, past_type(&v, p), out);
	}
	if (!n)
		return words(&v, i, out);
	if (out->form == ASSIGN_COLON && past_type(&v, p + n))
		p = past_type(&v, p + n);
	else
		p = skip_blanks(&v, p + n);
	return p < line_end && take_value(&v, p, out);
}
