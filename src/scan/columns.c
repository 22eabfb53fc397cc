/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/columns.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define LIST_MAX 1024

static int is_space(char c)
{
	return isspace((unsigned char)c);
}

static size_t skip_space(const char *text, size_t p, size_t to)
{
	while (p < to && is_space(text[p]))
		p++;
	return p;
}

/* Without blanks and quotes around it. */
static void add_name(struct columns *c, const char *text, size_t a, size_t b)
{
	while (a < b && (is_space(text[a]) || strchr("\"'`[", text[a])))
		a++;
	while (b > a && (is_space(text[b - 1]) || strchr("\"'`]", text[b - 1])))
		b--;
	if (c->n == COLUMNS_MAX)
		return;
	c->name[c->n].at = a;
	c->name[c->n++].len = b - a;
}

/* The one of , ; tab | that parts the line into most cells; 0 for none. */
static char separator_of(const char *text, size_t from, size_t to)
{
	static const char seps[] = ",;\t|";
	size_t most = 0;
	char best = 0;

	for (const char *s = seps; *s; s++) {
		size_t n = 0;

		for (size_t i = from; i < to; i++)
			n += text[i] == *s;
		if (n > most) {
			most = n;
			best = *s;
		}
	}
	return best;
}

static void read_head(struct columns *c, const char *text, size_t from,
		      size_t to)
{
	size_t cell = from;

	for (size_t i = from; i < to; i++) {
		if (text[i] != c->sep)
			continue;
		add_name(c, text, cell, i);
		cell = i + 1;
	}
	add_name(c, text, cell, to);
	c->at = to < from ? to : to + 1;
}

int columns_csv(const char *text, size_t from, size_t to, struct columns *c)
{
	memset(c, 0, sizeof(*c));
	c->from = from;
	c->sep = separator_of(text, from, to);
	if (!c->sep)
		return 0;
	read_head(c, text, from, to);
	return 1;
}

/* Only blanks stand between the begin of the line at p and a bar. */
static int is_row(const char *text, size_t p, size_t to)
{
	while (p < to && (text[p] == ' ' || text[p] == '\t'))
		p++;
	return p < to && text[p] == '|';
}

int columns_bars(const char *text, size_t from, size_t to, size_t end,
		 struct columns *c)
{
	size_t p = to + 1, dashes = 0;

	if (!is_row(text, from, to) || p >= end || !is_row(text, p, end))
		return 0;
	for (; p < end && strchr("|-:+ \t\r", text[p]) && text[p]; p++)
		dashes += text[p] == '-';
	if (p >= end || text[p] != '\n' || !dashes)
		return 0;
	memset(c, 0, sizeof(*c));
	c->from = from;
	c->sep = '|';
	c->bars = 1;
	read_head(c, text, from, to);
	c->at = p + 1;
	return 1;
}

/* 1 where what ends before p is INTO and the name of a table. */
static int after_into(const char *text, size_t from, size_t p)
{
	size_t end;

	while (p > from && is_space(text[p - 1]))
		p--;
	while (p > from && !is_space(text[p - 1]))
		p--;
	while (p > from && is_space(text[p - 1]))
		p--;
	end = p;
	while (p > from && isalpha((unsigned char)text[p - 1]))
		p--;
	return end - p == 4 && !strncasecmp(text + p, "into", 4);
}

static int is_list_char(char c)
{
	return isalnum((unsigned char)c) || is_space(c) || c & 0x80 ||
	       strchr("_,.`\"[]$-\\", c);
}

/* Where the list that holds at begins: after a bracket, or what else it is. */
static size_t open_of(const char *text, size_t from, size_t at)
{
	size_t low = at > from + LIST_MAX ? at - LIST_MAX : from;

	while (at > low && is_list_char(text[at - 1]))
		at--;
	return at;
}

static size_t past_list(const char *text, size_t at, size_t to)
{
	size_t high = to - at > LIST_MAX / 2 ? at + LIST_MAX / 2 : to;

	while (at < high && is_list_char(text[at]))
		at++;
	return at;
}

int columns_sql(const char *text, size_t from, size_t to, size_t at,
		struct columns *c)
{
	size_t p = open_of(text, from, at), cell = p;

	memset(c, 0, sizeof(*c));
	c->from = p;
	if (!p || text[p - 1] != '(' || !after_into(text, from, p - 1)) {
		c->at = past_list(text, at, to);
		return 0;
	}
	c->at = at + 1;
	for (; p < to && is_list_char(text[p]); p++) {
		if (text[p] != ',')
			continue;
		add_name(c, text, cell, p);
		cell = p + 1;
	}
	if (p >= to || text[p] != ')')
		return 0;
	add_name(c, text, cell, p);
	p = skip_space(text, p + 1, to);
	if (p + 6 > to || strncasecmp(text + p, "values", 6))
		return 0;
	c->at = skip_space(text, p + 6, to);
	return 1;
}

/* To the byte after the string that begins at p; quotes are doubled in it. */
static size_t past_string(const char *text, size_t p, size_t to, char sep)
{
	char quote = text[p++];

	for (; p < to; p++) {
		if (text[p] == '\\' && !sep) {
			p++;
		} else if (text[p] == quote) {
			if (p + 1 >= to || text[p + 1] != quote)
				return p + 1;
			p++;
		}
	}
	return to;
}

static void take(struct cell *out, const char *text, size_t a, size_t b)
{
	while (a < b && is_space(text[a]))
		a++;
	while (b > a && is_space(text[b - 1]))
		b--;
	out->quoted = b > a + 1 && strchr("\"'`", text[a]) &&
		      text[b - 1] == text[a];
	out->at = a + (size_t)out->quoted;
	out->len = b - (size_t)out->quoted - out->at;
}

static int next_csv(struct columns *c, const char *text, size_t to,
		    struct cell *out)
{
	size_t p = c->at, a = p;

	if (p >= to || (c->bars && !c->index && !is_row(text, p, to)))
		return 0;
	while (p < to && text[p] != c->sep && text[p] != '\n')
		p = text[p] == '"' && p == a ?
			past_string(text, p, to, c->sep) : p + 1;
	take(out, text, a, p);
	out->column = c->index++;
	if (p < to && text[p] == '\n')
		c->index = 0;
	c->at = p + 1;
	return 1;
}

/* From one row to the next: "), ("; 0 at the end of the statement. */
static int open_row(struct columns *c, const char *text, size_t to)
{
	size_t p = skip_space(text, c->at, to);

	if (p < to && text[p] == ',')
		p = skip_space(text, p + 1, to);
	c->at = p;
	if (p >= to || text[p] != '(')
		return 0;
	c->at = p + 1;
	return 1;
}

static int next_sql(struct columns *c, const char *text, size_t to,
		    struct cell *out)
{
	size_t p, a, depth = 0;

	if (!c->index && !open_row(c, text, to))
		return 0;
	for (a = p = c->at; p < to; p++) {
		if (text[p] == '\'' || text[p] == '"')
			p = past_string(text, p, to, 0) - 1;
		else if (text[p] == '(')
			depth++;
		else if (text[p] == ')' && depth)
			depth--;
		else if (text[p] == ')' || (text[p] == ',' && !depth))
			break;
	}
	c->at = p;
	if (p >= to)
		return 0;
	take(out, text, a, p);
	out->column = c->index++;
	if (text[p] == ')')
		c->index = 0;
	c->at = p + 1;
	return 1;
}

int columns_next(struct columns *c, const char *text, size_t to,
		 struct cell *out)
{
	int r;

	do
		r = c->sep ? next_csv(c, text, to, out) :
			     next_sql(c, text, to, out);
	while (r && out->column >= c->n);
	return r;
}
