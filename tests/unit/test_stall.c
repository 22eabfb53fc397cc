/* SPDX-License-Identifier: GPL-2.0-or-later */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "rule_path.h"
#include "scratch.h"

#include <time.h>

#include "scan/example.h"
#include "scan/scan.h"
#include "util/sanitizer.h"

/*
 * No rule can be made to stall: for each rule there are texts that nearly match
 * it as often and for as long as can be, and the work for each is counted. Not
 * time, which depends on the machine: the patterns are compiled with a callout
 * before each of their items, and what counts is callouts and the characters
 * passed over between them, forwards and back. Compiled to machine code, one of
 * these is about a nanosecond; BUDGET of them for each byte is a tenth of a second
 * for a megabyte.
 *
 * For that, scan/pattern.c is compiled into this test with other eyes.
 */
#define BUDGET 100
#define INPUT (12u << 10)	/* more than the engine looks at at a time */

static unsigned long long work;
static size_t position;

static int note_step(pcre2_callout_block *b, void *unused)
{
	size_t at = b->current_position;

	work += 1 + (at > position ? at - position : position - at);
	position = at;
	return 0;
}

static pcre2_code *compile_counted(PCRE2_SPTR regex, PCRE2_SIZE len,
				   uint32_t options, int *code,
				   PCRE2_SIZE *where,
				   pcre2_compile_context *context)
{
	return pcre2_compile(regex, len, options | PCRE2_AUTO_CALLOUT, code,
			     where, context);
}

static int match_counted(const pcre2_code *code, PCRE2_SPTR s, PCRE2_SIZE len,
			 PCRE2_SIZE from, uint32_t options,
			 pcre2_match_data *data, pcre2_match_context *context)
{
	position = from;
	pcre2_set_callout(context, note_step, NULL);
	/* Callouts are no steps for the bound of the engine. */
	pcre2_set_match_limit(context, 10000000);
	return pcre2_match(code, s, len, from, options | PCRE2_NO_JIT, data,
			   context);
}

#undef pcre2_compile
#undef pcre2_match
#undef pcre2_jit_compile
#define pcre2_compile compile_counted
#define pcre2_match match_counted
#define pcre2_jit_compile(code, options) ((void)(code))
#include "scan/pattern.c"

static struct ruleset *set;
static int failures;

static int start(void **state)
{
	const char *srcdir = getenv("srcdir");
	struct err err = ERR_INIT;

	if (ruleset_new(&set) ||
	    ruleset_read_dir(set, scratch_fmt("%s/rules", srcdir ? srcdir : "."),
			     ORIGIN_SHIPPED, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		return -1;
	}
	return 0;
}

static int stop(void **state)
{
	ruleset_free(set);
	return 0;
}

/* Only this rule is on. */
static void alone(const struct rule *one)
{
	for (size_t i = 0; i < ruleset_count(set); i++) {
		struct rule *r = (struct rule *)ruleset_get(set, i);

		r->disabled = r != one;
	}
}

static int ignore(void *payload, const struct finding *f)
{
	return 0;
}

/* The most work for a byte that a text has made, and for which text. */
struct worst {
	double work;
	char text[64];
};

static void measure(struct scan *s, const struct rule *r, const struct buf *b,
		    struct worst *w)
{
	char path[256];
	struct scan_what what = { .path = path, .fn = ignore, .all = 1,
				  .ms = 600000 };
	struct scan_result res;
	double per_byte;

	if (!b->len)
		return;
	rule_path(r, path, sizeof(path));
	work = 0;
	if (scan_mem(s, &what, b->ptr, b->len, &res))
		fail_msg("%s: the scan failed", r->id);
	per_byte = (double)work / (double)b->len;
	if (per_byte <= w->work)
		return;
	w->work = per_byte;
	snprintf(w->text, sizeof(w->text), "%.60s", b->ptr);
}

/* head once for each 4,000 bytes, pieces between. */
static void repeat(struct buf *b, const char *head, const char *piece)
{
	size_t n = strlen(piece);

	buf_clear(b);
	while (n && b->len + n + 1 < INPUT) {
		if (b->len % 4000 < n)
			buf_addstr(b, head);
		buf_addstr(b, piece);
	}
}

static const char *const runs[] = {
	"a", "A", "0", " ", "\t", "-", "_", "=", "\"", "/", "+", ".", ":", "\\",
	"aA0", "a ", "a-", "a.", "a=", "a:", "a/", "\\n", "a\n", "\n ", "', '",
	"a,", "=\"", "a;", "<a", "(",
};
#define RUNS (sizeof(runs) / sizeof(runs[0]))

/*
 * All of them take a minute: without SCRIM_BENCH each rule gets a third, and a
 * sixth of that under sanitizers and valgrind.
 */
#define SLOW SANITIZED

static int is_left_out(const struct rule *r, size_t run)
{
	int of = SLOW || getenv("SCRIM_NO_JIT") ? 18 : 3;

	return !getenv("SCRIM_BENCH") && (run + (size_t)r->line) % (size_t)of;
}

/* Each text that begins as a match does, and goes on as none. */
static void try_head(struct scan *s, const struct rule *r, const char *head,
		     struct worst *w)
{
	struct buf b = BUF_INIT, piece = BUF_INIT;

	repeat(&b, "", head);
	measure(s, r, &b, w);
	for (size_t i = 0; i < RUNS; i++) {
		if (is_left_out(r, i))
			continue;
		repeat(&b, head, runs[i]);
		measure(s, r, &b, w);
		buf_clear(&piece);
		buf_addf(&piece, "%s%s%s", head, runs[i], runs[i]);
		repeat(&b, "", piece.ptr);
		measure(s, r, &b, w);
	}
	buf_release(&b);
	buf_release(&piece);
}

static void try_rule(const struct rule *r, struct worst *w)
{
	struct err err = ERR_INIT;
	struct buf e = BUF_INIT;
	struct scanner *sc;
	struct scan *s;

	alone(r);
	assert_ok(scanner_new(&sc, set, &err), err);
	s = scan_begin(sc);
	for (size_t i = 0; i < r->keywords.n && i < 3; i++)
		try_head(s, r, r->keywords.at[i], w);
	example_expand(&e, r->examples.at[0]);
	/* A whole one, and then what is left of it: near-misses. */
	for (int i = 4; i > 0 && !memchr(e.ptr, 0, e.len); i--) {
		if (i < 4)
			buf_cut(&e, e.len * (size_t)i / (size_t)(i + 1));
		if (e.len)
			try_head(s, r, e.ptr, w);
	}
	scan_end(sc, s);
	scanner_free(sc);
	buf_release(&e);
}

static const char *shown(char *text)
{
	for (char *c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return text;
}

static void test_stall_no_pattern(void **state)
{
	size_t n = 0;

	for (size_t i = 0; i < ruleset_count(set); i++) {
		const struct rule *r = ruleset_get(set, i);
		struct worst w = { 0, "" };

		if (r->kind != RULE_CONTENT || !r->re)
			continue;
		try_rule(r, &w);
		n++;
		if (w.work > BUDGET || getenv("SCRIM_BENCH"))
			fprintf(stderr, "%s: %.0f steps a byte: %s\n", r->id,
				w.work, shown(w.text));
		failures += w.work > BUDGET;
	}
	assert_true(n >= 250);
	assert_int_equal(failures, 0);
}

/* That the count sees what it is there for. */
static void test_stall_counts(void **state)
{
	struct pattern_scratch *m;
	struct pattern_span at[1];
	struct err err = ERR_INIT;
	struct pattern *p;
	char text[400];

	memset(text, 'a', sizeof(text));
	assert_int_equal(pattern_scratch_new(&m), 0);
	assert_ok(pattern_new(&p, "ab", 0, &err), err);
	work = 0;
	assert_int_equal(pattern_find(p, m, text, sizeof(text), 0, at, 1), 0);
	assert_true(work < 3 * sizeof(text));
	pattern_free(p);
	assert_ok(pattern_new(&p, "a*a*[bc]", 0, &err), err);
	work = 0;
	assert_int_equal(pattern_find(p, m, text, sizeof(text), 0, at, 1), 0);
	assert_true(work > 100 * sizeof(text));
	pattern_free(p);
	pattern_scratch_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stall_counts),
		cmocka_unit_test(test_stall_no_pattern),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
