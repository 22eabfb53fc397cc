/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shipped.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "scan/confirm.h"
#include "scan/rule_index.h"
#include "util/sanitizer.h"

/* The shipped rules: each one's own examples, and the tables of known names. */

struct hit {
	const char *id;
	int seen;
};

static void look(void *payload, const struct rule_match *m)
{
	struct hit *h = payload;

	h->seen |= !m->except && !strcmp(m->rule->id, h->id);
}

static int matches(struct rule_index *ix, const struct rule *r,
		   const char *path)
{
	struct hit h = { r->id, 0 };
	struct folded f;

	assert_int_equal(fold_path(&f, path, strlen(path)), 0);
	assert_int_equal(rule_index_find(ix, &f, f.n, look, &h), 0);
	fold_release(&f);
	return h.seen;
}

static int check_paths(enum rule_kind kind)
{
	const struct ruleset *set = policy_rules(policy);
	struct rule_index *ix;
	int bad = 0;

	assert_int_equal(rule_index_new(&ix, set, kind, NULL), 0);
	for (size_t i = 0; i < ruleset_count(set); i++) {
		const struct rule *r = ruleset_get(set, i);

		if (r->kind != kind)
			continue;
		for (size_t j = 0; j < r->examples.n; j++)
			if (!matches(ix, r, r->examples.at[j])) {
				bad++;
				print_error("%s:%d: %s: example %s\n", r->file,
					    r->line, r->id, r->examples.at[j]);
			}
		for (size_t j = 0; j < r->counter_examples.n; j++)
			if (matches(ix, r, r->counter_examples.at[j])) {
				bad++;
				print_error("%s:%d: %s: counter-example %s\n",
					    r->file, r->line, r->id,
					    r->counter_examples.at[j]);
			}
	}
	rule_index_free(ix);
	return bad;
}

static void test_rules_paths_match_their_examples(void **state)
{
	assert_int_equal(check_paths(RULE_PATH), 0);
	assert_int_equal(check_paths(RULE_RISK), 0);
}

static void test_rules_env_match_their_examples(void **state)
{
	static const char value[] =
		"pg://u:fake-example@h -----BEGIN PRIVATE KEY-----";
	const struct ruleset *set = policy_rules(policy);
	struct verdict v;
	int bad = 0;

	for (size_t i = 0; i < ruleset_count(set); i++) {
		const struct rule *r = ruleset_get(set, i);

		if (r->kind != RULE_ENV)
			continue;
		for (size_t j = 0; j < r->examples.n; j++)
			if (!policy_env(policy, r->examples.at[j], value, &v)) {
				print_error("%s\n", r->examples.at[j]);
				bad++;
			}
		for (size_t j = 0; j < r->counter_examples.n; j++)
			if (policy_env(policy, r->counter_examples.at[j],
				       "plain", &v)) {
				print_error("%s\n", r->counter_examples.at[j]);
				bad++;
			}
	}
	assert_int_equal(bad, 0);
	assert_true(policy_env(policy, "SSH_AUTH_SOCK", "/x", &v));
	assert_string_equal(rule_id(v.rule), "env-ssh-agent");
	assert_true(policy_env(policy, "X", "a://b:c-fake@d", &v));
	assert_false(policy_env(policy, "X", "a://b@d", &v));
}

static void compiles(const struct rule *r, const char *regex)
{
	struct err err = ERR_INIT;
	struct pattern *p;

	if (*regex == '!')
		regex++;
	if (*regex == '@')
		return;
	if (pattern_new(&p, regex, 0, &err))
		fail_msg("%s:%d: %s: %s", r->file, r->line, regex, err.msg);
	pattern_free(p);
}

/* Shipped patterns are compiled when they are used: here, all of them. */
static void test_rules_patterns_compile(void **state)
{
	const struct ruleset *set = policy_rules(policy);
	struct err err = ERR_INIT;

	for (size_t i = 0; i < ruleset_count(set); i++) {
		const struct rule *r = ruleset_get(set, i);

		if (r->re && pattern_ready(r->re, &err))
			fail_msg("%s:%d: %s", r->file, r->line, err.msg);
		if (r->re && (pattern_group_count(r->re) < r->group ||
			      pattern_group_count(r->re) < r->mask_group))
			fail_msg("%s:%d: no such group", r->file, r->line);
		for (size_t j = 0; j < r->confirm.n; j++)
			compiles(r, r->confirm.at[j]);
		for (size_t j = 0; j < r->allow.n; j++)
			compiles(r, r->allow.at[j]);
	}
}

#define HOSTILE (1u << 20)

/*
 * Patterns that are not compiled to machine code, and that under valgrind, take
 * hours for 2000 times a mebibyte: then a little of each, and no word on time.
 */
static size_t hostile_len(void)
{
	return getenv("SCRIM_NO_JIT") ? 32768 : HOSTILE;
}

/* What an agent would write to keep a pattern busy. */
static const char *const pieces[] = {
	" ", "\n", "\t", "a", "0", "=", "\"", "<", "(", "\n ", "a ", "x:", "://",
	"password", "password ", "password: ", "token=", "token: a", "abc ",
	"\"token\" : \"", "<password", "<password>", "export A", "$2a$",
	"INSERT INTO ", "CREATE TABLE ", "BEGIN A ", "-----BEGIN ", "a:",
	"\"key\":", "_key", "KEY", "\\", "\"a\":\"",
};

/* Seconds of processor time. */
static double cost(const struct pattern *p, struct pattern_scratch *m,
		   const char *text)
{
	clock_t begun = clock();

	pattern_find(p, m, text, hostile_len(), 0, NULL, 0);
	return (double)(clock() - begun) / CLOCKS_PER_SEC;
}

/* 0 where it takes as long as it may; a virtual machine may stand still once. */
static int is_quick(const char *regex, struct pattern_scratch *m,
		    const char *text, double *worst)
{
	struct pattern *p;
	double took;

	assert_int_equal(pattern_new(&p, regex, 0, NULL), 0);
	took = cost(p, m, text);
	for (int i = 0; i < 2 && took > 0.05; i++) {
		double again = cost(p, m, text);

		took = again < took ? again : took;
	}
	pattern_free(p);
	if (took > *worst)
		*worst = took;
	if (hostile_len() < HOSTILE)
		return 1;
#if SANITIZED || defined(__SANITIZE_UNDEFINED__)
	return took < 2;
#else
	return took < 0.1;
#endif
}

static int check_quick(const char *regex, struct pattern_scratch *m,
		       const char *text, double *worst)
{
	if (*regex == '!')
		regex++;
	if (*regex == '@' || is_quick(regex, m, text, worst))
		return 0;
	print_error("%s takes too long for '%.20s'...\n", regex, text);
	return 1;
}

static int check_all_quick(struct pattern_scratch *m, const char *text,
			   double *worst)
{
	static const char *const names[] = { "private-key", "secret-value",
		"export-secret", "xml-secret", "url-password" };
	const struct ruleset *set = policy_rules(policy);
	int bad = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		bad += check_quick(confirm_pattern(names[i]), m, text, worst);
	for (size_t i = 0; i < ruleset_count(set); i++) {
		const struct rule *r = ruleset_get(set, i);

		for (size_t j = 0; j < r->confirm.n; j++)
			bad += check_quick(r->confirm.at[j], m, text, worst);
	}
	return bad;
}

static void test_rules_markers_do_not_stall(void **state)
{
	char *text = malloc(HOSTILE);
	struct pattern_scratch *m;
	double worst = 0;
	int bad = 0;

	assert_int_equal(pattern_scratch_new(&m), 0);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		size_t n = strlen(pieces[i]);

		for (size_t at = 0; at < HOSTILE; at++)
			text[at] = pieces[i][at % n];
		bad += check_all_quick(m, text, &worst);
	}
	print_message("worst %.0f ms for %zu bytes\n", worst * 1e3,
		      hostile_len());
	pattern_scratch_free(m);
	free(text);
	assert_int_equal(bad, 0);
}

static int named(const char *name, const char *text, const char *group)
{
	struct pattern_span at[3];
	struct pattern_scratch *m;
	struct pattern *p;
	int r;

	assert_int_equal(pattern_new(&p, confirm_pattern(name), 0, NULL), 0);
	assert_int_equal(pattern_scratch_new(&m), 0);
	r = pattern_find(p, m, text, strlen(text), 0, at, 3);
	assert_true(r >= 0);
	if (r && group) {
		int g = at[1].start == PATTERN_UNSET ? 2 : 1;

		assert_int_equal(at[g].end - at[g].start, strlen(group));
		assert_memory_equal(text + at[g].start, group, strlen(group));
	}
	pattern_scratch_free(m);
	pattern_free(p);
	return r;
}

static void test_rules_named_patterns(void **state)
{
	static const char *const not[] = {
		"password: <%= ENV[\"X\"] %>", "password = os.environ[\"X\"]",
		"token: ${TOKEN}", "password: \"\"", "password=", "token = null",
		"secret = get_secret(name)", "password: your-password",
		"variable \"db_password\" { sensitive = true }",
		"def valid?(password)", "\"password\": {\"type\": \"string\"}",
	};

	for (size_t i = 0; i < sizeof(not) / sizeof(not[0]); i++)
		if (named("secret-value", not[i], NULL))
			fail_msg("%s", not[i]);
	assert_true(named("secret-value", "db_password = \"hunter-fake\"\n",
			  "hunter-fake"));
	assert_true(named("secret-value", "password: hunter-fake # x\n",
			  "hunter-fake"));
	assert_true(named("secret-value", "\"secretKey\": \"a b-fake\",",
			  "a b-fake"));
	assert_true(named("xml-secret", "<password>fake-1</password>",
			  "fake-1"));
	assert_false(named("xml-secret", "<password>${env.X}</password>", NULL));
	assert_true(named("url-password", "https://ci:fake-2@h/x", "fake-2"));
	assert_false(named("url-password", "https://ci:${P}@h/x", NULL));
	assert_false(named("url-password", "https://h:80/a@b", NULL));
	assert_true(named("export-secret", "export GH_TOKEN=fake-3\n",
			  "fake-3"));
	assert_false(named("export-secret", "export PATH=/bin\n", NULL));
	assert_true(named("private-key", "-----BEGIN RSA PRIVATE KEY-----",
			  NULL));
	assert_false(named("private-key", "-----BEGIN PUBLIC KEY-----", NULL));
	assert_null(confirm_pattern("nix"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_paths_match_their_examples),
		cmocka_unit_test(test_rules_env_match_their_examples),
		cmocka_unit_test(test_rules_patterns_compile),
		cmocka_unit_test(test_rules_named_patterns),
		cmocka_unit_test(test_rules_markers_do_not_stall),
	};

	return cmocka_run_group_tests(tests, shipped_start, shipped_stop);
}
