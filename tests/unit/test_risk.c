/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fake.h"
#include "review/risk.h"
#include "scan/ruleset.h"

static struct ruleset *shipped(void)
{
	struct ruleset *rules;
	struct err err = ERR_INIT;
	char path[4096];

	snprintf(path, sizeof(path), "%s/rules", getenv("srcdir") ?
		 getenv("srcdir") : ".");
	assert_int_equal(ruleset_new(&rules), 0);
	if (ruleset_read_dir(rules, path, ORIGIN_SHIPPED, &err))
		fail_msg("%s", err.msg);
	return rules;
}

static struct risks *load(struct ruleset *rules)
{
	struct err err = ERR_INIT;
	struct risks *r;

	if (risks_new(&r, rules, &err))
		fail_msg("%s", err.msg);
	return r;
}

static unsigned classes_of(const struct risks *r, const char *path)
{
	struct risk k = { .classes = 0 };
	unsigned classes;

	assert_int_equal(risk_of_path(r, path, &k), 0);
	classes = k.classes;
	risk_release(&k);
	return classes;
}

static void test_risk_classes_have_names_and_levels(void **state)
{
	for (int i = 0; i < RISK_N; i++)
		assert_int_equal(risk_class_find(risk_classes[i].name), i);
	assert_int_equal(risk_class_find("nonesuch"), -1);
	assert_int_equal(risk_level_of(0), -1);
	assert_int_equal(risk_level_of(1u << RISK_EXEC | 1u << RISK_GIT),
			 RISK_HARD);
	assert_true(risk_at_least(RISK_ASK) & 1u << RISK_CI);
	assert_false(risk_at_least(RISK_ASK) & 1u << RISK_BINARY);
}

static void test_risk_marks_are_in_order_and_once(void **state)
{
	struct risk r = { .classes = 0 };

	assert_int_equal(risk_add(&r, RISK_EXEC, "x"), 0);
	assert_int_equal(risk_add(&r, RISK_CI, "%s", "ci"), 0);
	assert_int_equal(risk_add(&r, RISK_CI, "again"), 0);
	assert_int_equal(r.n, 2);
	assert_int_equal(r.at[0].class, RISK_CI);
	assert_string_equal(r.at[0].why, "ci");
	risk_release(&r);
}

static void check_examples(const struct risks *r, const struct rule *rule)
{
	unsigned bit = 1u << risk_class_find(rule->class);

	assert_true(rule->examples.n && rule->counter_examples.n);
	for (size_t i = 0; i < rule->examples.n; i++)
		if (!(classes_of(r, rule->examples.at[i]) & bit))
			fail_msg("%s: not %s", rule->examples.at[i], rule->id);
	for (size_t i = 0; i < rule->counter_examples.n; i++)
		if (classes_of(r, rule->counter_examples.at[i]) & bit)
			fail_msg("%s: %s", rule->counter_examples.at[i],
				 rule->id);
}

static void test_risk_shipped_rules_match_their_examples(void **state)
{
	struct ruleset *rules = shipped();
	struct risks *r = load(rules);
	int n = 0;

	for (size_t i = 0; i < ruleset_count(rules); i++) {
		const struct rule *rule = ruleset_get(rules, i);

		if (rule->kind != RULE_RISK)
			continue;
		check_examples(r, rule);
		n++;
	}
	assert_true(n > 15);
	risks_free(r);
	ruleset_free(rules);
}

static void test_risk_git_in_any_spelling(void **state)
{
	static const char *const git[] = {
		".git", ".git/config", "sub/.GIT/hooks/post-checkout",
		"a/b/.git/x", ".git /config", ".git./HEAD", "GIT~1/config",
		".g\342\200\213it/config", "repo.git/hooks/update",
		".git::$DATA",
	};
	static const char *const not_git[] = {
		".gitignore", "git/config", ".github/x", "x.git",
		"docs/.gitkeep",
	};
	struct ruleset *rules = shipped();
	struct risks *r = load(rules);

	for (size_t i = 0; i < sizeof(git) / sizeof(git[0]); i++)
		if (!(classes_of(r, git[i]) & 1u << RISK_GIT))
			fail_msg("%s is not git", git[i]);
	for (size_t i = 0; i < sizeof(not_git) / sizeof(not_git[0]); i++)
		if (classes_of(r, not_git[i]) & 1u << RISK_GIT)
			fail_msg("%s is git", not_git[i]);
	risks_free(r);
	ruleset_free(rules);
}

static void test_risk_unknown_class_is_an_error(void **state)
{
	static const char text[] = "[x]\nkind = risk\nclass = nonesuch\n"
		"description = x\npaths = y\nexamples = y\n"
		"counter-examples = z\n";
	struct err err = ERR_INIT;
	struct ruleset *rules;
	struct risks *r;

	assert_int_equal(ruleset_new(&rules), 0);
	assert_int_equal(ruleset_parse(rules, "f.ini", text, sizeof(text) - 1,
				       ORIGIN_USER, &err), 0);
	assert_true(risks_new(&r, rules, &err) < 0);
	assert_non_null(strstr(err.msg, "f.ini:2"));
	ruleset_free(rules);
}

/* ========== By content ========== */

static unsigned text_classes(int (*fn)(const struct buf *, const struct buf *,
				       struct risk *),
			     const char *old, const char *new, char *why)
{
	struct buf a = BUF_INIT, b = BUF_INIT;
	struct risk k = { .classes = 0 };
	unsigned classes;

	buf_addstr(&a, old);
	buf_addstr(&b, new);
	assert_int_equal(fn(&a, &b, &k), 0);
	classes = k.classes;
	if (why)
		snprintf(why, 256, "%s", k.n ? k.at[0].why : "");
	risk_release(&k);
	buf_release(&a);
	buf_release(&b);
	return classes;
}

static void test_risk_hidden_text(void **state)
{
	static const char *const bad[] = {
		"if (x) \342\200\256 y", "a\342\200\213b", "\033[2J", "a\rb",
		"\303\203 \302\233x", "p\320\260ypal", "x\363\240\201\201",
		"a\342\200\215b", "f\b",
	};
	static const char *const good[] = {
		"plain\r\ntext\t\f\n", "\357\273\277with a mark",
		"\303\274ml\303\244ut",
		"\360\237\221\251\342\200\215\360\237\222\273",
		"\342\235\244\357\270\217", "1\357\270\217",
		"\320\277\321\200\320\270\320\262\320\265\321\202 world",
		"latin1 \351 bytes",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (!text_classes(risk_of_text, "", bad[i], NULL))
			fail_msg("bad %zu is not found", i);
		assert_int_equal(text_classes(risk_of_text, bad[i], bad[i],
					      NULL), 0);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (text_classes(risk_of_text, "", good[i], NULL))
			fail_msg("good %zu is called bad", i);
}

static void test_risk_scripts_of_a_manifest(void **state)
{
	static const char old[] = "{\"version\":\"1\",\"scripts\":"
				  "{\"test\":\"t\",\"build\":\"b\"}}";
	char why[256];

	assert_int_equal(text_classes(risk_of_manifest, old,
		"{\"version\":\"2\",\"scripts\":{\"build\":\"b\","
		"\"test\":\"t\"},\"dependencies\":{\"x\":\"1\"}}", why), 0);
	assert_int_equal(text_classes(risk_of_manifest, old,
		"{\"scripts\":{\"test\":\"u\",\"postinstall\":\"p\"}}", why),
		1u << RISK_SCRIPTS);
	assert_string_equal(why, "scripts.test changed, scripts.postinstall is"
			    " new");
	assert_int_equal(text_classes(risk_of_manifest, old, "{broken", why),
			 1u << RISK_SCRIPTS);
}

static void test_risk_lock_file(void **state)
{
	static const char old[] =
		"a: https://good.example/a-1.tgz\n  integrity sha512-AAA\n"
		"b: https://good.example/b-1.tgz\n  integrity sha512-BBB\n";
	char why[256];

	assert_int_equal(text_classes(risk_of_lock, old, old, why), 0);
	assert_int_equal(text_classes(risk_of_lock, old,
		"a: https://good.example/a-2.tgz\n  integrity sha512-CCC\n"
		"b: https://good.example/b-1.tgz\n  integrity sha512-BBB\n",
		why), 0);
	assert_int_equal(text_classes(risk_of_lock, old,
		"a: https://evil.example/a-1.tgz\n  integrity sha512-AAA\n",
		why), 1u << RISK_REGISTRY);
	assert_string_equal(why, "fetches from evil.example");
	assert_int_equal(text_classes(risk_of_lock, old,
		"a: https://good.example/a-1.tgz\n  integrity sha512-ZZZ\n",
		why), 1u << RISK_REGISTRY);
	assert_non_null(strstr(why, "another checksum"));
	assert_int_equal(text_classes(risk_of_lock, old,
		"a: https://good.example/a-1.tgz\n"
		"b: https://good.example/b-1.tgz\n  integrity sha512-BBB\n",
		why), 1u << RISK_REGISTRY);
	assert_non_null(strstr(why, "no checksum"));
}

static void test_risk_new_secret(void **state)
{
	struct ruleset *rules = shipped();
	struct risks *r = load(rules);
	struct risk k;
	char text[128];
	struct fake f;

	/* Put together here, so that no scanner of sources trips over it. */
	snprintf(text, sizeof(text), "k = 1\ntoken = %s%s\n", "ghp_",
		 "q7Xw2LkV9sTz4RbN8mYc3HdJ6gPf5AeU1oQi");
	fake_start(&f);
	fake_write(&f, "ws/had", text, strlen(text));
	fake_begin(&f);
	fake_write(&f, "view/got", text, strlen(text));
	fake_do(&f, "echo more >>view/had; echo nothing >view/clean");
	fake_list(&f);
	assert_int_equal(risk_of(r, &f.src, fake_delta(&f, "got"), &k), 0);
	assert_int_equal(k.classes, 1u << RISK_SECRET);
	assert_non_null(strstr(k.at[0].why, "line 2: "));
	assert_null(strstr(k.at[0].why, "q7Xw2"));
	risk_release(&k);
	assert_int_equal(risk_of(r, &f.src, fake_delta(&f, "had"), &k), 0);
	assert_int_equal(k.classes, 0);
	risk_release(&k);
	assert_int_equal(risk_of(r, &f.src, fake_delta(&f, "clean"), &k), 0);
	assert_int_equal(k.classes, 0);
	risk_release(&k);
	fake_end(&f);
	risks_free(r);
	ruleset_free(rules);
}

static void test_risk_of_changes(void **state)
{
	static const struct {
		const char *path;
		unsigned classes;
	} want[] = {
		{ "plain", 0 },
		{ "run", 1u << RISK_EXEC },
		{ "suid", 1u << RISK_EXEC | 1u << RISK_SETID },
		{ "d/out", 1u << RISK_LINK },
		{ "d/in", 0 },
		{ "abs", 1u << RISK_LINK },
		{ "bin", 1u << RISK_BINARY },
		{ ".gitattributes", 1u << RISK_GITCONF },
		{ "sub/.gitattributes", 0 },
		{ ".github/workflows/x.yml", 1u << RISK_CI },
		{ "AGENTS.md", 1u << RISK_AGENT | 1u << RISK_TEXT },
		{ ".envrc", 0 },	/* deleted */
		{ ".git/config", 1u << RISK_GIT },
		{ "Makefile", 1u << RISK_BUILD },
	};
	struct ruleset *rules = shipped();
	struct risks *r = load(rules);
	struct fake f;

	fake_start(&f);
	fake_do(&f, "cd ws; mkdir d; touch plain .envrc run bin");
	fake_begin(&f);
	fake_do(&f, "cd view; echo x >plain; chmod +x run; echo x >suid;"
		"chmod 4755 suid; ln -s ../../etc d/out; ln -s ../plain d/in;"
		"ln -s /etc/passwd abs; printf '\\0' >bin; mkdir sub .git;"
		"echo '*.x filter=y' >.gitattributes; rm .envrc;"
		"echo '* text=auto' >sub/.gitattributes; echo x >.git/config;"
		"mkdir -p .github/workflows; echo on >.github/workflows/x.yml;"
		"printf 'a\\342\\200\\213b' >AGENTS.md; echo all: >Makefile");
	fake_list(&f);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		struct risk k;

		assert_int_equal(risk_of(r, &f.src, fake_delta(&f, want[i].path),
					 &k), 0);
		if (k.classes != want[i].classes)
			fail_msg("%s: %x, not %x", want[i].path, k.classes,
				 want[i].classes);
		risk_release(&k);
	}
	fake_end(&f);
	risks_free(r);
	ruleset_free(rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_risk_classes_have_names_and_levels),
		cmocka_unit_test(test_risk_marks_are_in_order_and_once),
		cmocka_unit_test(test_risk_shipped_rules_match_their_examples),
		cmocka_unit_test(test_risk_git_in_any_spelling),
		cmocka_unit_test(test_risk_unknown_class_is_an_error),
		cmocka_unit_test(test_risk_hidden_text),
		cmocka_unit_test(test_risk_scripts_of_a_manifest),
		cmocka_unit_test(test_risk_lock_file),
		cmocka_unit_test(test_risk_new_secret),
		cmocka_unit_test(test_risk_of_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
