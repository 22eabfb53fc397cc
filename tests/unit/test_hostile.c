/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <dirent.h>
#include <strings.h>
#include <time.h>

#include "scan/example.h"
#include "scan/scan.h"
#include "scan/validate.h"
#include "scan/value.h"

/*
 * The engine with the shipped rules against plain searches of their patterns
 * over the whole text, and against input that is made to stall a pattern.
 */
static struct ruleset *set;
static struct scanner *sc;
static struct scan *s;
static struct pattern_scratch *scratch;

struct hit {
	const struct rule *rule;
	size_t off, len, match, match_len;
};

static struct {
	struct hit at[20000];
	size_t n;
} found;

static int start(void **state)
{
	const char *srcdir = getenv("srcdir");
	struct err err = ERR_INIT;

	if (ruleset_new(&set) ||
	    ruleset_read_dir(set, scratch_fmt("%s/rules", srcdir ? srcdir : "."),
			     ORIGIN_SHIPPED, &err) ||
	    scanner_new(&sc, set, &err) || pattern_scratch_new(&scratch)) {
		fprintf(stderr, "%s\n", err.msg);
		return -1;
	}
	s = scan_begin(sc);
	return s ? 0 : -1;
}

static int stop(void **state)
{
	pattern_scratch_free(scratch);
	scan_end(sc, s);
	scanner_free(sc);
	ruleset_free(set);
	return 0;
}

static int note(void *payload, const struct finding *f)
{
	if (found.n < sizeof(found.at) / sizeof(found.at[0]))
		found.at[found.n++] = (struct hit){
			f->rule, (size_t)f->off, f->len, (size_t)f->match_off,
			f->match_len };
	return 0;
}

static void scan_text(const struct buf *b, enum scan_state want)
{
	struct scan_what what = { .path = "some/file", .fn = note, .all = 1 };
	struct scan_result res;

	found.n = 0;
	assert_int_equal(scan_mem(s, &what, b->ptr, b->len, &res), 0);
	assert_int_equal(res.state, want);
	assert_int_equal(res.binary, 0);
}

static int holds_word(const char *p, size_t len, const struct strlist *words)
{
	for (size_t i = 0; i < words->n; i++) {
		size_t n = strlen(words->at[i]);

		for (size_t k = 0; k + n <= len; k++)
			if (!strncasecmp(p + k, words->at[i], n))
				return 1;
	}
	return 0;
}

static int passes(const struct rule *r, const char *p, size_t len)
{
	struct err err = ERR_INIT;
	struct pattern_span at;
	struct pattern *allow;
	int bad;

	if (!len || (r->entropy > 0 && value_entropy(p, len) < r->entropy) ||
	    holds_word(p, len, &r->stopwords))
		return 0;
	for (size_t i = 0; i < r->validate.n; i++)
		if (!validator_find(r->validate.at[i])->ok(p, len))
			return 0;
	for (size_t i = 0; i < r->allow.n; i++) {
		assert_ok(pattern_new(&allow, r->allow.at[i], 0, &err), err);
		bad = pattern_find(allow, scratch, p, len, 0, &at, 1) == 1;
		pattern_free(allow);
		if (bad)
			return 0;
	}
	return 1;
}

static int was_found(const struct rule *r, size_t off, size_t len)
{
	for (size_t i = 0; i < found.n; i++)
		if (found.at[i].rule == r && found.at[i].off == off &&
		    found.at[i].len == len)
			return 1;
	return 0;
}

static void group_of(const struct rule *r, const struct pattern_span *m,
		     struct pattern_span *g)
{
	*g = m[0];
	if (r->group && m[r->group].start != PATTERN_UNSET)
		*g = m[r->group];
	for (int i = 1; r->group && m[r->group].start == PATTERN_UNSET &&
	     i < PATTERN_GROUPS; i++)
		if (m[i].start != PATTERN_UNSET) {
			*g = m[i];
			break;
		}
}

/* Each match on one line that holds a keyword is a finding of the engine. */
static void check_rule(const struct rule *r, const struct buf *b)
{
	struct pattern_span m[PATTERN_GROUPS], g;
	size_t at = 0;

	while (at <= b->len &&
	       pattern_find(r->re, scratch, b->ptr, b->len, at, m,
			    PATTERN_GROUPS) == 1) {
		size_t len = m[0].end - m[0].start;

		group_of(r, m, &g);
		if (!memchr(b->ptr + m[0].start, '\n', len) &&
		    holds_word(b->ptr + m[0].start, len, &r->keywords) &&
		    passes(r, b->ptr + g.start, g.end - g.start) &&
		    !was_found(r, g.start, g.end - g.start))
			fail_msg("%s: match at %zu is not found", r->id,
				 m[0].start);
		at = m[0].end > m[0].start ? m[0].end : m[0].end + 1;
	}
}

/* And each finding of the engine is a match of its pattern, at that place. */
static void check_found(const struct buf *b)
{
	struct pattern_span m[PATTERN_GROUPS];

	for (size_t i = 0; i < found.n; i++) {
		const struct hit *h = &found.at[i];

		assert_true(h->match + h->match_len <= b->len);
		if (h->rule->detector)
			continue;
		assert_int_equal(pattern_find(h->rule->re, scratch, b->ptr,
					      b->len, h->match, m,
					      PATTERN_GROUPS), 1);
		if (m[0].start != h->match)
			fail_msg("%s: nothing matches at %zu", h->rule->id,
				 h->match);
		assert_true(passes(h->rule, b->ptr + h->off, h->len));
	}
}

static size_t check_text(const struct buf *b)
{
	scan_text(b, SCAN_COMPLETE);
	for (size_t i = 0; i < ruleset_count(set); i++) {
		const struct rule *r = ruleset_get(set, i);

		if (r->kind == RULE_CONTENT && r->re && !r->detector &&
		    r->keywords.n && !r->paths.n && r->lines <= 1)
			check_rule(r, b);
	}
	check_found(b);
	return found.n;
}

static const struct rule *any_rule(void)
{
	const struct rule *r;

	do
		r = ruleset_get(set, (size_t)rand() % ruleset_count(set));
	while (r->kind != RULE_CONTENT);
	return r;
}

/* Pieces of examples, whole and cut, among noise. */
static void make_text(struct buf *b)
{
	static const char noise[] = " \n\t=:\"'{};,.abcXYZ019_-/@#";
	struct buf piece = BUF_INIT;

	while (b->len < 20000) {
		const struct rule *r = any_rule();

		buf_clear(&piece);
		example_expand(&piece,
			       r->examples.at[(size_t)rand() % r->examples.n]);
		if (rand() % 3 == 0)
			buf_cut(&piece, (size_t)rand() % (piece.len + 1));
		if (!memchr(piece.ptr, 0, piece.len))
			buf_add(b, piece.ptr, piece.len);
		for (int i = rand() % 4; i >= 0; i--)
			buf_addch(b, noise[(size_t)rand() % (sizeof(noise) - 1)]);
	}
	buf_release(&piece);
}

static void test_hostile_agrees_on_random_text(void **state)
{
	size_t n = 0;

	srand(11);
	for (int i = 0; i < 25; i++) {
		struct buf b = BUF_INIT;

		make_text(&b);
		n += check_text(&b);
		buf_release(&b);
	}
	assert_true(n > 1000);
}

/* Real text: the rules and sources of this tree. */
static void test_hostile_agrees_on_real_text(void **state)
{
	static const char *const dirs[] = { "rules", "src/scan", "src/util",
					    "man" };
	const char *srcdir = getenv("srcdir");

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		const char *dir = scratch_fmt("%s/%s", srcdir ? srcdir : ".",
					      dirs[i]);
		DIR *d = opendir(dir);
		struct dirent *e;

		assert_non_null(d);
		while ((e = readdir(d))) {
			struct buf b = BUF_INIT;

			if (e->d_type == DT_REG &&
			    !io_read_file(dirfd(d), e->d_name, 1 << 20, &b))
				check_text(&b);
			buf_release(&b);
		}
		closedir(d);
	}
}

/* ========== input that is made to stall ========== */

/* Enough for a search that is not linear to show; 1 MiB for figures. */
static size_t size_of_input(void)
{
	return getenv("SCRIM_BENCH") ? 1u << 20 : 48u << 10;
}

static void repeat(struct buf *b, const char *head, const char *piece)
{
	size_t n = strlen(piece);

	buf_clear(b);
	while (b->len + n + 1 < size_of_input()) {
		if (b->len % 65536 < n + 1)
			buf_addstr(b, head);
		buf_addstr(b, piece);
	}
}

/* Milliseconds of processor time for a scan with all rules. */
static double cost(const struct buf *b)
{
	struct scan_what what = { .path = "x", .fn = note, .all = 1 };
	struct timespec a, z;
	struct scan_result res;

	found.n = 0;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
	assert_int_equal(scan_mem(s, &what, b->ptr, b->len, &res), 0);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &z);
	return (double)(z.tv_sec - a.tv_sec) * 1e3 +
	       (double)(z.tv_nsec - a.tv_nsec) / 1e6;
}

/*
 * With SCRIM_BENCH set, what is slow is printed. The bound is looser by far than
 * what is aimed at (100 ms for 1 MiB): sanitizers and busy machines run this too.
 */
#define BOUND_MS 4000

static void try(const struct rule *r, struct buf *b, const char *what)
{
	double ms = cost(b);

	if (getenv("SCRIM_BENCH") && ms > 100)
		printf("%s: %s: %.0f ms\n", r->id, what, ms);
	if (ms > BOUND_MS)
		fail_msg("%s: %s: %.0f ms", r->id, what, ms);
}

static void test_hostile_no_rule_stalls(void **state)
{
	struct buf b = BUF_INIT, e = BUF_INIT;

	for (size_t i = 0; i < ruleset_count(set); i++) {
		const struct rule *r = ruleset_get(set, i);
		const char *word;

		if (r->kind != RULE_CONTENT || (r->detector && r->re &&
						!getenv("SCRIM_BENCH")))
			continue;
		word = r->keywords.n ? r->keywords.at[0] : "x";
		repeat(&b, "", word);
		try(r, &b, "keyword over and over");
		repeat(&b, word, "a");
		try(r, &b, "keyword, then a run of a");
		repeat(&b, word, "\t ");
		try(r, &b, "keyword, then blanks");
		buf_clear(&e);
		example_expand(&e, r->examples.at[0]);
		if (e.len > 1 && !memchr(e.ptr, 0, e.len)) {
			buf_cut(&e, e.len - 1);
			repeat(&b, "", e.ptr);
			try(r, &b, "an example cut off, over and over");
		}
	}
	buf_release(&b);
	buf_release(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hostile_agrees_on_random_text),
		cmocka_unit_test(test_hostile_agrees_on_real_text),
		cmocka_unit_test(test_hostile_no_rule_stalls),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
