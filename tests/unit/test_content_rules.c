/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rule_path.h"
#include "scratch.h"

#include <time.h>

#include "scan/example.h"
#include "scan/scan.h"

/* The shipped content rules: each compiles, and its examples hold. */

static struct ruleset *set;
static struct scanner *sc;
static struct scan *s;
static int failures;

static const char *rules_dir(void)
{
	static char path[4096];
	const char *srcdir = getenv("srcdir");

	if (getenv("SCRIM_RULES"))
		return getenv("SCRIM_RULES");
	snprintf(path, sizeof(path), "%s/rules", srcdir ? srcdir : ".");
	return path;
}

static int start(void **state)
{
	struct err err = ERR_INIT;

	if (ruleset_new(&set) ||
	    ruleset_read_dir(set, rules_dir(), ORIGIN_SHIPPED, &err) ||
	    scanner_new(&sc, set, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		return -1;
	}
	s = scan_begin(sc);
	return s ? 0 : -1;
}

static int stop(void **state)
{
	scan_end(sc, s);
	scanner_free(sc);
	ruleset_free(set);
	return 0;
}

static int note(void *payload, const struct finding *f)
{
	const struct rule **want = payload;

	if (f->rule == *want)
		*want = NULL;
	return 0;
}

static int finds(const struct rule *r, const char *text)
{
	const struct rule *want = r;
	struct buf b = BUF_INIT;
	struct scan_what what = { .fn = note, .payload = &want, .all = 1 };
	struct scan_result res;
	char path[256];

	rule_path(r, path, sizeof(path));
	what.path = path;
	example_expand(&b, text);
	if (scan_mem(s, &what, b.ptr, b.len, &res)) {
		fprintf(stderr, "%s: the scan failed\n", r->id);
		failures++;
	}
	buf_release(&b);
	return !want;
}

static void test_content_rules_examples(void **state)
{
	size_t n = 0;

	failures = 0;
	for (size_t i = 0; i < ruleset_count(set); i++) {
		const struct rule *r = ruleset_get(set, i);

		if (r->kind != RULE_CONTENT)
			continue;
		n++;
		for (size_t k = 0; k < r->examples.n; k++)
			if (!finds(r, r->examples.at[k])) {
				fprintf(stderr, "%s: does not find: %s\n",
					r->id, r->examples.at[k]);
				failures++;
			}
		for (size_t k = 0; k < r->counter_examples.n; k++)
			if (finds(r, r->counter_examples.at[k])) {
				fprintf(stderr, "%s: finds: %s\n", r->id,
					r->counter_examples.at[k]);
				failures++;
			}
	}
	assert_true(n >= 250);
	assert_int_equal(failures, 0);
}

static void test_content_rules_compile(void **state)
{
	struct err err = ERR_INIT;

	for (size_t i = 0; i < ruleset_count(set); i++) {
		const struct rule *r = ruleset_get(set, i);

		if (r->re && pattern_ready(r->re, &err)) {
			fprintf(stderr, "%s: %s\n", r->id, err.msg);
			failures++;
		} else if (r->re && pattern_group_count(r->re) < r->group) {
			fprintf(stderr, "%s: no group %d\n", r->id, r->group);
			failures++;
		}
	}
	assert_int_equal(failures, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_content_rules_compile),
		cmocka_unit_test(test_content_rules_examples),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
