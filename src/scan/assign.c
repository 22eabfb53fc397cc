/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/assign.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "scan/assign_view.h"

#define NAME_REACH 96
#define GAP 48		/* blanks between the parts */

int assign_is_quote(char c)
{
	return c == '"' || c == '\'' || c == '`';
}

size_t assign_skip_blanks(const struct assign_view *v, size_t i)
{
	size_t stop = i + GAP < v->line ? i + GAP : v->line;

	while (i < stop && (v->s[i] == ' ' || v->s[i] == '\t'))
		i++;
	return i;
}

size_t assign_skip_space(const struct assign_view *v, size_t i)
{
	size_t stop = i + 2 * GAP < v->end ? i + 2 * GAP : v->end;

	while (i < stop && isspace((unsigned char)v->s[i]))
		i++;
	return i;
}

int assign_looking_at(const struct assign_view *v, size_t i, const char *what)
{
	size_t n;

	if (i >= v->end || tolower((unsigned char)v->s[i]) !=
			   tolower((unsigned char)what[0]))
		return 0;
	n = strlen(what);
	return i + n <= v->end && !strncasecmp(v->s + i, what, n);
}

/* The identifier that holds at; dots within it belong to it. */
static void find_name(const struct assign_view *v, size_t at, struct assign *out)
{
	size_t a = at, b = at;
	size_t low = at > v->from + NAME_REACH ? at - NAME_REACH : v->from;
	size_t high = at + NAME_REACH < v->line ? at + NAME_REACH : v->line;

	while (a > low && (assign_is_name(v->s[a - 1]) ||
			   (v->s[a - 1] == '.' && assign_is_name(v->s[a]))))
		a--;
	while (b < high && (assign_is_name(v->s[b]) ||
			    (v->s[b] == '.' && b + 1 < high &&
			     assign_is_name(v->s[b + 1]))))
		b++;
	while (a < b && (v->s[a] == '-' || v->s[a] == '.'))
		a++;
	while (b > a && v->s[b - 1] == '-')
		b--;
	out->name = a;
	out->name_len = b - a;
}

size_t assign_quote_at(const struct assign_view *v, size_t i)
{
	size_t n = 0;

	while (n < 3 && i + n < v->end && v->s[i + n] == '\\')
		n++;
	return i + n < v->end && assign_is_quote(v->s[i + n]) ? n + 1 : 0;
}

/* The value in quotes whose opening mark of n bytes is at i. */
static int quoted(const struct assign_view *v, size_t i, size_t n, struct assign *out)
{
	const char *mark = v->s + i;
	char quote = mark[n - 1];
	size_t p = i + n, stop = p + ASSIGN_VALUE_MAX < v->end ? p + ASSIGN_VALUE_MAX : v->end;

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
static int bare_word(const struct assign_view *v, size_t i, struct assign *out)
{
	size_t p = i;

	/* '=' ends base64; before more it begins another assignment. */
	while (p < v->line && p - i < ASSIGN_VALUE_MAX &&
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
static int bare_line(const struct assign_view *v, size_t i, struct assign *out)
{
	size_t p = v->line;

	for (size_t c = i + 1; c < p; c++)
		/* The end of a line in a string, as notebooks have it. */
		if (v->s[c] == '\\' && c + 2 < p && v->s[c + 1] == 'n' &&
		    v->s[c + 2] == '"')
			p = c;
		else if ((v->s[c] == '#' || (v->s[c] == '/' && c + 1 < p &&
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

/*
 * 1 where the function whose name ends at end takes no secret but asks for one,
 * or makes something of it: ini_get("..."), password.encode("utf-8").
 */
static int is_lookup(const struct assign_view *v, size_t from, size_t end)
{
	static const char *const verbs[] = {
		"get", "getenv", "env", "config", "encode", "decode", "read",
		"load", "find", "fetch", "lookup", "require", "gettext", "format",
		"replace", "split", "strip", "join", "urandom", "prompt", "input",
		"query", "translate", "resolve", "param", "header", "option",
	};
	size_t a = end;

	while (a > from && isalpha((unsigned char)v->s[a - 1]))
		a--;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strlen(verbs[i]) == end - a &&
		    !strncasecmp(v->s + a, verbs[i], end - a))
			return 1;
	return 0;
}

/* b"...", @"...", new X("..."), f("..."): to the quote; 0 where there is none. */
static size_t to_quote(const struct assign_view *v, size_t i, struct assign *out)
{
	size_t p = i, words = 0;

	while (p < v->line && p - i < 48 && !assign_quote_at(v, p)) {
		char c = v->s[p];

		if (c == '(') {
			out->wrapped = 1;
			if (is_lookup(v, i, p))
				return 0;
		}
		else if (!isalnum((unsigned char)c) && !strchr("_.:@$ &", c))
			return 0;
		words += c == ' ';
		if (words > 2)
			return 0;
		p++;
	}
	if (p >= v->line || !assign_quote_at(v, p))
		return 0;
	/* Letters right before the quote, or an open bracket. */
	if (p > i && p - i > 3 && !out->wrapped)
		return 0;
	return p;
}

/* Lua: [[value]] */
static int long_string(const struct assign_view *v, size_t i, struct assign *out)
{
	const char *end = memmem(v->s + i, v->line - i, "]]", 2);

	if (!end || assign_skip_blanks(v, i) != i)
		return 0;
	out->value = i;
	out->value_len = (size_t)(end - v->s) - i;
	out->quote = '[';
	return out->value_len > 0;
}

int assign_take_value(const struct assign_view *v, size_t i, struct assign *out)
{
	size_t n = assign_quote_at(v, i), p;

	if (n)
		return quoted(v, i, n, out);
	p = to_quote(v, i, out);
	if (p)
		return quoted(v, p, assign_quote_at(v, p), out);
	out->wrapped = 0;
	if (assign_looking_at(v, i, "[["))
		return long_string(v, i + 2, out);
	if (out->whole_line)
		return bare_line(v, i, out);
	return bare_word(v, i, out);
}

/*
 * The operator at i: its length, or 0. All of =, :, =>, ==, !=, <-, and = with
 * up to three marks before it (:=, ?=, ||=, +=, .=, ::=...).
 */
size_t assign_operator_at(const struct assign_view *v, size_t i,
			  enum assign_form *form)
{
	size_t n = 0;

	*form = ASSIGN_EQUALS;
	if (assign_looking_at(v, i, "<-") || assign_looking_at(v, i, "=>"))
		return 2;
	if (assign_looking_at(v, i, "%3D"))
		return 3;
	/* Scala: "name" -> "value"; but never a member of something. */
	if (assign_looking_at(v, i, "->") &&
	    assign_quote_at(v, assign_skip_blanks(v, i + 2)))
		return 2;
	/* The colon of full width. */
	if (assign_looking_at(v, i, "：")) {
		*form = ASSIGN_COLON;
		return 3;
	}
	while (n < 3 && i + n < v->line && memchr(":.?|+!", v->s[i + n], 6))
		n++;
	if (i + n < v->line && v->s[i + n] == '=') {
		if (v->s[i] == '!' || assign_looking_at(v, i + n, "=="))
			*form = ASSIGN_COMPARE;
		while (i + n < v->line && v->s[i + n] == '=')
			n++;
		return n;
	}
	*form = ASSIGN_COLON;
	return i < v->line && v->s[i] == ':' && !assign_looking_at(v, i, "::");
}

/* name: Type = "value": where the '=' is, or 0. */
static size_t past_type(const struct assign_view *v, size_t i)
{
	size_t p = assign_skip_blanks(v, i), start = p;

	if (assign_looking_at(v, p, "&'"))
		p += 2;
	while (p < v->line && p - start < 40 &&
	       (isalnum((unsigned char)v->s[p]) ||
		memchr("_<>&.?[] ", v->s[p], 9)))
		p++;
	if (p == start || p + 1 >= v->line || v->s[p] != '=' ||
	    v->s[p + 1] == '=' || v->s[p + 1] == '>')
		return 0;
	p = assign_skip_blanks(v, p + 1);
	return p < v->line && (assign_quote_at(v, p) || assign_quote_at(v, p + 1)) ? p : 0;
}

/* 1 where the line up to i holds but what may lead a name. */
static int begins_line(const struct assign_view *v, size_t i)
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

static size_t back_blanks(const struct assign_view *v, size_t p)
{
	while (p > v->from && (v->s[p - 1] == ' ' || v->s[p - 1] == '\t'))
		p--;
	return p;
}

/* Back over an option of one's own: the -gx of "set -gx NAME". */
static size_t back_flags(const struct assign_view *v, size_t i)
{
	size_t p = i;

	while (p > v->from && i - p < 8 && isalpha((unsigned char)v->s[p - 1]))
		p--;
	if (p == i || p <= v->from + 1 || !memchr("-/", v->s[p - 1], 2) ||
	    !isblank((unsigned char)v->s[p - 2]))
		return i;
	return back_blanks(v, p - 1);
}

static int after_word(const struct assign_view *v, size_t i, const char *const *words)
{
	size_t p = back_blanks(v, i), end;

	if (p > v->from && v->s[p - 1] == '(')
		p--;
	if (p == i)
		return 0;
	p = back_flags(v, p);
	end = p;
	while (p > v->from && isalpha((unsigned char)v->s[p - 1]))
		p--;
	for (; *words && end > p; words++)
		if ((**words ^ v->s[p]) % 32 == 0 &&
		    strlen(*words) == end - p &&
		    !strncasecmp(*words, v->s + p, end - p))
			return 1;
	return 0;
}

static const char *const setters[] = { "export", "set", "setx", "env", "arg",
				       "declare", "local", "setenv", "default",
				       "define", "readonly", NULL };

/* Go: var NAME type = value */
static const char *const declarers[] = { "var", "const", "let", "val", "param",
					 NULL };

/* name("value"), or after a quoted name: , "value" */
static int call(const struct assign_view *v, size_t i, int name_quoted,
		struct assign *out)
{
	size_t p = assign_skip_blanks(v, i);

	/* std::string name{"value"}; */
	if (!name_quoted && p == i && p < v->line && v->s[p] == '{' &&
	    assign_quote_at(v, p + 1)) {
		out->form = ASSIGN_CALL;
		return quoted(v, p + 1, assign_quote_at(v, p + 1), out);
	}
	if (p >= v->line || v->s[p] != (name_quoted ? ',' : '('))
		return 0;
	/* f("NAME", "value"), not a list of strings. */
	if (name_quoted && (out->name < v->from + 2 ||
			    !assign_is_quote(v->s[out->name - 1]) ||
			    v->s[out->name - 2] != '('))
		return 0;
	p = assign_skip_blanks(v, p + 1);
	out->form = ASSIGN_CALL;
	if (p >= v->line || !assign_quote_at(v, p))
		return 0;
	return quoted(v, p, assign_quote_at(v, p), out);
}

/* :name, the colon after white space or a bracket. */
static int is_keyword(const struct assign_view *v, size_t name)
{
	return name > v->from + 1 && v->s[name - 1] == ':' &&
	       memchr(" \t{(,", v->s[name - 2], 5);
}

static int words(const struct assign_view *v, size_t i, struct assign *out)
{
	size_t p = assign_skip_blanks(v, i);

	/* -define(NAME, "value") */
	if (p < v->line && v->s[p] == ',' && out->name > v->from &&
	    v->s[out->name - 1] == '(' && after_word(v, out->name, setters))
		p = assign_skip_blanks(v, p + 1);
	if (p == i || p >= v->line)
		return 0;
	if (out->name >= v->from + 2 && v->s[out->name - 1] == '-') {
		out->form = ASSIGN_OPTION;
		return assign_take_value(v, p, out);
	}
	out->form = ASSIGN_WORD;
	if (after_word(v, out->name, setters))
		return assign_take_value(v, p, out);
	/* Clojure: {:name "value"}; nginx: fastcgi_param NAME "value" */
	if (assign_quote_at(v, p) && (after_word(v, out->name, declarers) ||
				      is_keyword(v, out->name)))
		return assign_take_value(v, p, out);
	/* SQL: PASSWORD 'value' */
	return i >= 4 && !strncasecmp(v->s + i - 4, "word", 4) &&
	       v->s[p] == '\'' && quoted(v, p, 1, out);
}

/* NAME[] or NAME[64], an array: where it ends. */
static size_t past_brackets(const struct assign_view *v, size_t i)
{
	size_t p = i + 1;

	if (i >= v->line || v->s[i] != '[')
		return i;
	while (p < v->line && isdigit((unsigned char)v->s[p]))
		p++;
	return p < v->line && v->s[p] == ']' ? p + 1 : i;
}

/* NAME As String = "value": where the quote is, or 0. */
static size_t past_as(const struct assign_view *v, size_t i)
{
	return assign_looking_at(v, i, "as ") ? past_type(v, i + 3) : 0;
}

/* NAME=value and NAME=value command: a shell ends it at the first blank. */
static void cut_at_blank(const struct assign_view *v, struct assign *a)
{
	const char *blank = memchr(v->s + a->value, ' ', a->value_len);

	if (a->form != ASSIGN_EQUALS || a->quote || !blank ||
	    a->value != a->name + a->name_len + 1)
		return;
	for (size_t i = 0; i < a->name_len; i++)
		if (islower((unsigned char)v->s[a->name + i]))
			return;
	a->value_len = (size_t)(blank - v->s) - a->value;
}

int assign_find(const char *text, size_t from, size_t to, size_t line_end,
		size_t at, struct assign *out)
{
	struct assign_view v = { text, from, line_end, to };
	size_t i, n, p, quote, typed;

	memset(out, 0, sizeof(*out));
	find_name(&v, at, out);
	i = out->name + out->name_len;
	if (!out->name_len || i >= to)
		return 0;
	out->whole_line = begins_line(&v, out->name) ||
			  after_word(&v, out->name, setters);
	if (assign_markup(&v, i, out))
		return 1;
	quote = assign_quote_at(&v, i);
	if (quote && assign_pair(&v, i + quote, out))
		return 1;
	if (!quote && assign_pair(&v, i, out))
		return 1;
	if (call(&v, i + quote, quote > 0, out) ||
	    (quote && assign_typed_call(&v, i + quote, out)))
		return 1;
	if (assign_default(&v, i + quote, out))
		return 1;
	p = past_brackets(&v, i + quote);
	if (p < line_end && memchr(quote ? "])}" : "]}", text[p], quote ? 3 : 2))
		p++;
	p += p > i + quote ? assign_quote_at(&v, p) : 0;
	if (assign_fallback(&v, p, out))
		return 1;
	p = assign_skip_blanks(&v, p);
	n = p < line_end ? assign_operator_at(&v, p, &out->form) : 0;
	typed = !n && !quote && p > i ? past_as(&v, p) : 0;
	if (!n && !quote && p > i && after_word(&v, out->name, declarers))
		typed = past_type(&v, p);
	if (typed) {
		out->form = ASSIGN_EQUALS;
		return assign_take_value(&v, typed, out);
	}
	if (!n)
		return words(&v, i, out);
	if (out->form == ASSIGN_COLON && past_type(&v, p + n))
		p = past_type(&v, p + n);
	else
		p = assign_skip_blanks(&v, p + n);
	if (assign_below(&v, p, out))
		return 1;
	if (p >= line_end || !assign_take_value(&v, p, out))
		return 0;
	cut_at_blank(&v, out);
	return 1;
}
