/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "scan/byproduct.h"
#include "scan/glob.h"
#include "scan/rule_index.h"
#include "util/buf.h"

/* The index against asking every glob, and what a deep path costs. */

static const char *const names[] = {
	"a", "b", "ab", ".env", ".env~", ".ENV.bak", ".ssh", ".ssh.old", "x.pem",
	"x.pem.gz", "id_rsa", "id_rsa.1", "src", "Test", "k\xc3\xa9y", "#b#",
	"key (copy)", "key (1).env", "a_copy.env", "a.", "...", "b::$DATA", ".#.env", "z-old-bak",
};

static const char *const globs[] = {
	".env", "*.pem", ".ssh/", "**/.ssh/**", "/a/b", "a/**/x.pem", "*env*",
	"id_*", "a/", "b/*.pem", "**/a/b/", "?", "[ab]", "src/", "/src/",
	"a/**/b/**", "key", "src/**/a", "z", "/*", "*/", "k\xc3\x89y/*",
	"**/test/**/a/",
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define RULES 12
#define DEEP 40

static const char *pick(const char *const *from, size_t n)
{
	return from[(size_t)rand() % n];
}

static struct ruleset *parse(struct buf *b)
{
	struct ruleset *set;
	struct err err = ERR_INIT;

	assert_int_equal(ruleset_new(&set), 0);
	if (ruleset_parse(set, "r", b->ptr, b->len, ORIGIN_USER, &err))
		fail_msg("%s", err.msg);
	buf_release(b);
	return set;
}

static struct ruleset *random_rules(void)
{
	struct buf b = BUF_INIT;

	for (int i = 0; i < RULES; i++) {
		buf_addf(&b, "[r-%d]\nkind = path\naction = %s\npaths = %s\n", i,
			 rand() % 3 ? "hide" : "mask",
			 pick(globs, COUNT(globs)));
		for (int n = rand() % 3; n; n--)
			buf_addf(&b, "\t%s\n", pick(globs, COUNT(globs)));
		for (int n = rand() % 3, first = 1; n; n--, first = 0)
			buf_addf(&b, "%s%s\n", first ? "except = " : "\t",
				 pick(globs, COUNT(globs)));
	}
	return parse(&b);
}

static struct ruleset *each_glob(void)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < COUNT(globs); i++)
		buf_addf(&b, "[r-%zu]\nkind = path\npaths = %s\n"
			 "except = none/\n\tnone/**/a/\n", i, globs[i]);
	return parse(&b);
}

static void random_path(struct buf *b, size_t depth)
{
	buf_clear(b);
	for (size_t i = 0; i < depth; i++)
		buf_addf(b, "%s%s", i ? "/" : "", pick(names, COUNT(names)));
}

/* By depth and rule: matches, and matches that are not excepted. */
struct answer {
	char any[DEEP + 1][RULES], sure[DEEP + 1][RULES];
	char taken[DEEP + 1][RULES];
};

static void note(void *payload, const struct rule_match *m)
{
	struct answer *a = payload;

	if (m->taken_for) {
		a->taken[m->depth][m->number] |= m->except ? 1 : 2;
		return;
	}
	a->any[m->depth][m->number] = 1;
	a->sure[m->depth][m->number] |= !m->except;
}

static int any_of(const struct strlist *l, const struct folded *f, size_t n,
		  int whole)
{
	struct glob *g;
	int yes = 0;

	for (size_t i = 0; i < l->n && !yes; i++) {
		assert_int_equal(glob_new(&g, l->at[i], NULL), 0);
		yes = whole ? glob_match_whole(g, f, n) : glob_match(g, f, n);
		glob_free(g);
	}
	return yes;
}

struct copies {
	const struct ruleset *set;
	const struct folded *f;
	size_t n;
	struct answer *a;
};

static int copy_of(void *payload, const struct byproduct *b)
{
	struct copies *c = payload;
	struct buf path = BUF_INIT;
	struct folded f;

	buf_add(&path, c->f->s, (size_t)(c->f->part[c->n - 1].s - c->f->s));
	buf_add(&path, b->name, b->len);
	assert_int_equal(fold_path(&f, path.ptr, path.len), 0);
	for (size_t i = 0; i < RULES; i++) {
		const struct rule *r = ruleset_get(c->set, i);

		if (any_of(&r->paths, &f, c->n, 1))
			c->a->taken[c->n][i] |= any_of(&r->except, &f, c->n, 0)
						? 1 : 2;
	}
	fold_release(&f);
	buf_release(&path);
	return 0;
}

static void ask_all(const struct ruleset *set, const struct folded *f,
		    struct answer *a)
{
	for (size_t n = 1; n <= f->n; n++) {
		const struct fold_part *p = &f->part[n - 1];
		struct copies c = { set, f, n, a };

		for (size_t i = 0; i < RULES; i++) {
			const struct rule *r = ruleset_get(set, i);

			a->any[n][i] = (char)any_of(&r->paths, f, n, 0);
			a->sure[n][i] = a->any[n][i] &&
					!any_of(&r->except, f, n, 0);
		}
		byproduct_each(p->s, p->len, copy_of, &c);
	}
}

static void test_rule_index_is_every_glob_asked(void **state)
{
	struct buf path = BUF_INIT;

	srand(5);
	for (int round = 0; round < 60; round++) {
		struct ruleset *set = random_rules();
		struct rule_index *ix;

		assert_int_equal(rule_index_new(&ix, set, RULE_PATH, NULL), 0);
		for (int i = 0; i < 40; i++) {
			struct answer want = { 0 }, walk = { 0 }, one = { 0 };
			struct folded f;

			random_path(&path, 1 + (size_t)(rand() % (i ? 7 : DEEP)));
			assert_int_equal(fold_path(&f, path.ptr, path.len), 0);
			ask_all(set, &f, &want);
			assert_int_equal(rule_index_walk(ix, &f, note, &walk),
					 0);
			for (size_t n = 1; n <= f.n; n++)
				assert_int_equal(rule_index_find(ix, &f, n, note,
								 &one), 0);
			fold_release(&f);
			if (memcmp(&want, &walk, sizeof(want)) ||
			    memcmp(&want, &one, sizeof(want)))
				fail_msg("round %d, %s", round, path.ptr);
		}
		rule_index_free(ix);
		ruleset_free(set);
	}
	buf_release(&path);
}

static void count(void *payload, const struct rule_match *m)
{
	++*(size_t *)payload;
}

/* Processor time of one walk, the least of some, in nanoseconds. */
static double cost(const struct rule_index *ix, const char *name, size_t depth)
{
	struct buf path = BUF_INIT;
	struct folded f;
	double least = 0;

	for (size_t i = 0; i < depth; i++)
		buf_addf(&path, "%s%s", i ? "/" : "", name);
	assert_int_equal(fold_path(&f, path.ptr, path.len), 0);
	for (int i = 0; i < 12; i++) {
		struct timespec a, b;
		size_t seen = 0;
		double ns;

		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
		assert_int_equal(rule_index_walk(ix, &f, count, &seen), 0);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
		ns = (double)(b.tv_sec - a.tv_sec) * 1e9 +
		     (double)(b.tv_nsec - a.tv_nsec);
		if (!i || ns < least)
			least = ns;
	}
	fold_release(&f);
	buf_release(&path);
	return least;
}

/* Sixteen times as deep costs sixteen times as much, not 256 times. */
static void test_rule_index_deep_paths_cost_their_length(void **state)
{
	static const char *const deep[] = { "d", "a", ".ssh", ".env~", "x.pem",
					    "src", "...", "b" };
	struct ruleset *set;
	struct rule_index *ix;

	set = each_glob();
	assert_int_equal(rule_index_new(&ix, set, RULE_PATH, NULL), 0);
	for (size_t i = 0; i < COUNT(deep); i++) {
		double few = cost(ix, deep[i], 50);
		double many = cost(ix, deep[i], 800);

		if (many > 64 * (few + 2000))
			fail_msg("%s: %.0f ns at 50 levels, %.0f at 800",
				 deep[i], few, many);
	}
	rule_index_free(ix);
	ruleset_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rule_index_is_every_glob_asked),
		cmocka_unit_test(test_rule_index_deep_paths_cost_their_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
