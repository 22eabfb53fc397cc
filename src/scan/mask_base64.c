/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scan/mask_rewrite.h"

#define RUN_MIN 24	/* characters: a name and a value hardly take less */
#define WRAPPED_MIN 40	/* of a line that goes on below */
#define HEAD 24

/* One more than what a letter stands for, in both alphabets; 0: none. */
static const signed char letter[256] = {
	['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6,
	['G'] = 7, ['H'] = 8, ['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12,
	['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17,
	['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22,
	['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27,
	['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
	['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37,
	['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42,
	['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47,
	['v'] = 48, ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52,
	['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56, ['4'] = 57,
	['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62,
	['+'] = 63, ['-'] = 63, ['/'] = 64, ['_'] = 64,
};

static int value_of(unsigned char c)
{
	return letter[c] - 1;
}

/* Past the letters at s. */
static const char *letters(const char *s, const char *end)
{
	while (s < end && letter[(unsigned char)*s])
		s++;
	return s;
}

/*
 * The end of the base64 at s, which may go on over lines that have nothing else
 * but blanks in front.
 */
static const char *run_end(const char *s, const char *end)
{
	const char *stop = letters(s, end), *line = s;

	while (stop - line >= WRAPPED_MIN && stop < end &&
	       (size_t)(stop - s) < REWRITE_BASE64_MAX) {
		const char *next = stop, *more;

		if (*next == '\r')
			next++;
		if (next == end || *next++ != '\n')
			break;
		while (next < end && (*next == ' ' || *next == '\t'))
			next++;
		more = letters(next, end);
		if (more == next || (more < end && !strchr("=\r\n", *more)))
			break;
		line = next;
		stop = more;
	}
	return stop;
}

/* Decodes what is not white space; the number of bytes. */
static size_t decode(const char *s, const char *end, char *out)
{
	unsigned bits = 0, n = 0;
	size_t len = 0;

	for (; s < end; s++) {
		int v = value_of((unsigned char)*s);

		if (v < 0)
			continue;
		bits = bits << 6 | (unsigned)v;
		n += 6;
		if (n >= 8) {
			n -= 8;
			out[len++] = (char)(bits >> n);
		}
	}
	return len;
}

static int is_text(unsigned char c)
{
	return c >= 0x20 ? c != 0x7f : c == '\n' || c == '\r' || c == '\t';
}

/* Text of UTF-16 (a command for PowerShell) is made narrow. 0: no text. */
static size_t as_text(char *s, size_t len)
{
	size_t n = 0, odd = 0, wide = len > 1 && !s[1];

	for (size_t i = 0; i < len; i++) {
		if (wide && i % 2) {
			odd += s[i] != 0;
			continue;
		}
		odd += !is_text((unsigned char)s[i]);
		s[n++] = s[i];
	}
	return odd > len / 32 ? 0 : n;
}

static int add_run(struct rewrite *rw, const char *start, const char *s,
		   const char *end)
{
	char head[HEAD], *text;
	size_t n = decode(s, s + HEAD, head);
	int r = 0;

	if (!as_text(head, n))
		return 0;
	text = malloc((size_t)(end - s));
	if (!text)
		return -ENOMEM;
	n = as_text(text, decode(s, end, text));
	if (n)
		r = rewrite_add(rw, "\n", 1, 0, 0);
	/* all of it, with its end */
	if (n && !r)
		r = rewrite_add(rw, text, n, (size_t)(s - start),
				(size_t)(end - s));
	if (n && !r)
		r = rewrite_add(rw, "\n", 1, 0, 0);
	explicit_bzero(text, (size_t)(end - s));
	free(text);
	return r ? r : n > 0;
}

/*
 * A run of RUN_MIN letters covers each window of as many bytes that begins in it:
 * looked at from its end, a window goes on behind the last byte that is none, so
 * most of a text is not looked at.
 */
int rewrite_base64(struct rewrite *rw, const char *s, size_t len)
{
	const char *end = s + len, *done = s;
	int any = 0, r = 0;

	for (const char *at = s; r >= 0 && end - at >= RUN_MIN;) {
		const char *from = at + RUN_MIN, *stop;

		while (from > at && letter[(unsigned char)from[-1]])
			from--;
		if (from > at) {
			at = from;
			continue;
		}
		while (from > done && letter[(unsigned char)from[-1]])
			from--;
		stop = run_end(from, end);
		r = add_run(rw, s, from, stop);
		any |= r > 0;
		done = at = stop;
	}
	return r < 0 ? r : any;
}
