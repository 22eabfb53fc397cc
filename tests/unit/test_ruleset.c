/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "scan/ruleset.h"

static struct ruleset *set;

static int start(void **state)
{
	return ruleset_new(&set);
}

static int stop(void **state)
{
	ruleset_free(set);
	return 0;
}

static int parse(const char *text, enum rule_origin origin, struct err *err)
{
	return ruleset_parse(set, "f.ini", text, strlen(text), origin, err);
}

static void accepts(const char *text, enum rule_origin origin)
{
	struct err err = ERR_INIT;

	if (parse(text, origin, &err))
		fail_msg("%s", err.msg);
}

static void refuses(const char *text, enum rule_origin origin,
		    const char *want)
{
	struct err err = ERR_INIT;

	ruleset_free(set);
	assert_int_equal(ruleset_new(&set), 0);
	assert_int_equal(parse(text, origin, &err), -EINVAL);
	if (!strstr(err.msg, want))
		fail_msg("'%s' lacks '%s'", err.msg, want);
}

#define WHOLE "description = d\nexamples = x\ncounter-examples = y\n"

static void test_ruleset_reads_a_path_rule(void **state)
{
	const struct rule *r;

	accepts("; comment\n[dotenv]\nkind = path\npaths = **/.env\n"
		"\t**/.env.*\nexcept =\n  **/.env.example\nseverity = critical\n"
		"confidence = medium\naction = mask\nconfirm = ^[A-Z]+=\n"
		"\t!^sops:\n\t@sqlite\necosystem = generic\n" WHOLE,
		ORIGIN_SHIPPED);
	assert_int_equal(ruleset_count(set), 1);
	r = ruleset_find(set, "dotenv");
	assert_ptr_equal(r, ruleset_get(set, 0));
	assert_int_equal(r->kind, RULE_PATH);
	assert_int_equal(r->action, ACTION_MASK);
	assert_int_equal(r->severity, SEVERITY_CRITICAL);
	assert_int_equal(r->confidence, CONFIDENCE_MEDIUM);
	assert_int_equal(r->line, 3);
	assert_string_equal(r->file, "f.ini");
	assert_int_equal(r->paths.n, 2);
	assert_string_equal(r->paths.at[1], "**/.env.*");
	assert_int_equal(r->except.n, 1);
	assert_int_equal(r->confirm.n, 3);
	assert_null(ruleset_find(set, "other"));
}

static void test_ruleset_reads_a_content_rule(void **state)
{
	const struct rule *r;

	accepts("[tok]\nkind = content\npattern = tok_(\\w\n\t{4})\nkeywords = "
		"TOK_, foo\nentropy = 3.25\ngroup = 1\nstopwords = Example\n"
		WHOLE, ORIGIN_SHIPPED);
	r = ruleset_find(set, "tok");
	assert_string_equal(r->pattern, "tok_(\\w{4})");
	assert_string_equal(r->keywords.at[0], "tok_");
	assert_string_equal(r->stopwords.at[0], "example");
	assert_true(r->entropy > 3.249 && r->entropy < 3.251);
	assert_int_equal(r->group, 1);
	assert_int_equal(r->mask_group, -1);
	assert_int_equal(pattern_group_count(r->re), 1);
}

static void test_ruleset_says_what_is_wrong(void **state)
{
	static const struct {
		const char *text, *want;
	} bad[] = {
		{ "[a]\nkind = path\npath = x\n", "f.ini:3: unknown key 'path'" },
		{ "[a]\nkind = path\nkind = path\n", "f.ini:3: key 'kind' comes" },
		{ "[a]\nkind = way\n", "f.ini:2: kind: 'way' is not a kind" },
		{ "[a]\nkind = path\npaths = x\naction = blur\n",
		  "f.ini:4: action: 'blur' is not an action" },
		{ "[a]\nkind = path\n", "f.ini:2: rule 'a': paths are missing" },
		{ "[a]\nkind = path\npaths =\n", "f.ini:3: paths: the value is" },
		{ "[a]\nkind = path\npaths = [x\n", "f.ini:3: paths: glob '[x'" },
		{ "[a]\nkind = path\npaths = x\n[rule a]\nexcept = [x\n",
		  "f.ini:5: except: glob '[x'" },
		{ "[a]\npaths = x\n", "kind is missing" },
		{ "[a]\nkind = path\npaths = x\npattern = y\n",
		  "key 'pattern' is not for a rule of kind path" },
		{ "[a]\nkind = content\npattern = a(\n",
		  "f.ini:2: rule 'a': pattern: bad regular expression at "
		  "offset 2: missing closing parenthesis" },
		{ "[a]\nkind = content\npattern = a\ngroup = 1\n", "no group 1" },
		{ "[a]\nkind = content\npattern = a\nvalidate = nix\n",
		  "no validator is named 'nix'" },
		{ "[a]\nkind = content\ndetector = assignment\nkeywords = pass\n"
		  "validate = nix\n", "no validator is named 'nix'" },
		{ "[a]\nkind = content\ndetector = assignment\nkeywords = pass\n"
		  "allow = (\n", "f.ini:2: rule 'a': allow '('" },
		{ "[a]\nkind = content\npattern = a\nkeywords = abc, ab\n",
		  "f.ini:4: keywords: 'ab' is not of 3 to 64 bytes" },
		{ "[a]\nkind = content\npattern = a\nkeywords = "
		  "1234567890123456789012345678901234567890123456789012345678"
		  "9012345\n", "f.ini:4: keywords: '1234567890" },
		{ "[a]\nkind = content\npattern = a\nentropy = 9\n", "entropy" },
		{ "[a]\nkind = path\npaths = x\nconfirm = (\n", "confirm '('" },
		{ "[a]\nkind = env\n", "names are missing" },
		{ "[a]\nkind = risk\npaths = x\n", "class is missing" },
		{ "[A b]\nkind = path\n", "is not a rule's id" },
		{ "[a]\nkind = path\npaths = x\n[b]\n[c]\nkind = path\n",
		  "f.ini:4: the section has no keys" },
		{ "[a]\nkind = path\npaths = x\n[b]\n; none\n",
		  "f.ini:4: the section has no keys" },
		{ "[a]\nkind = path\npaths = x\n[b]\nkind = path\npaths = x\n"
		  "[a]\nkind = path\n", "f.ini:8: rule 'a' is already in" },
		{ "x = y\n", "before the first" },
		{ "[rule nix]\ndisable = yes\n", "there is no rule 'nix'" },
		{ "nonsense\n", "f.ini:1: neither" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuses(bad[i].text, ORIGIN_USER, bad[i].want);
}

static void test_ruleset_wants_examples_of_shipped_rules(void **state)
{
	refuses("[a]\nkind = path\npaths = x\ndescription = d\n",
		ORIGIN_SHIPPED, "needs examples");
	refuses("[a]\nkind = path\npaths = x\ndescription = d\nexamples = x\n",
		ORIGIN_SHIPPED, "needs counter-examples");
	accepts("[b]\nkind = path\npaths = x\n", ORIGIN_USER);
}

static void test_ruleset_user_changes_rules(void **state)
{
	accepts("[a]\nkind = path\npaths = x\n" WHOLE
		"[b]\nkind = path\npaths = z\n" WHOLE, ORIGIN_SHIPPED);
	accepts("[rule a]\ndisable = yes\naction = mask\n[rule b]\nexcept = q\n"
		"[show]\npaths = ok\n[hide]\npaths = no\n", ORIGIN_USER);
	assert_true(ruleset_find(set, "a")->disabled);
	assert_int_equal(ruleset_find(set, "a")->action, ACTION_MASK);
	assert_string_equal(ruleset_find(set, "b")->except.at[0], "q");
	assert_int_equal(ruleset_find(set, "user-show")->action, ACTION_SHOW);
	assert_int_equal(ruleset_find(set, "user-hide")->action, ACTION_HIDE);
	refuses("[show]\npaths = a\nnames = b\n", ORIGIN_USER, "'names'");
}

static void test_ruleset_workspace_only_tightens(void **state)
{
	accepts("[a]\nkind = path\npaths = x\n" WHOLE, ORIGIN_SHIPPED);
	accepts("[rule a]\ndisable = yes\n[show]\npaths = **/.env\n"
		"[s]\nkind = path\npaths = y\naction = show\n"
		"[c]\nkind = content\npattern = p\n[hide]\npaths = q\n",
		ORIGIN_WORKSPACE);
	assert_false(ruleset_find(set, "a")->disabled);
	assert_true(ruleset_find(set, "s")->disabled);
	assert_true(ruleset_find(set, "c")->disabled);
	assert_null(ruleset_find(set, "workspace-show"));
	assert_non_null(ruleset_find(set, "workspace-hide"));
	assert_int_equal(ruleset_warnings(set)->n, 4);
	assert_non_null(strstr(ruleset_warnings(set)->at[0], "f.ini:2:"));
}

static void digest_of(const char *text, enum rule_origin origin, char *out)
{
	ruleset_free(set);
	assert_int_equal(ruleset_new(&set), 0);
	accepts(text, origin);
	ruleset_digest(set, out);
}

static void test_ruleset_digest_covers_all(void **state)
{
	static const char text[] = "[a]\nkind = path\npaths = x\n";
	char a[65], b[65];

	digest_of(text, ORIGIN_USER, a);
	digest_of(text, ORIGIN_USER, b);
	assert_string_equal(a, b);
	digest_of(text, ORIGIN_WORKSPACE, b);
	assert_string_not_equal(a, b);
	digest_of("[a]\nkind = path\npaths = y\n", ORIGIN_USER, b);
	assert_string_not_equal(a, b);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ruleset_reads_a_path_rule),
		TEST(test_ruleset_reads_a_content_rule),
		TEST(test_ruleset_says_what_is_wrong),
		TEST(test_ruleset_wants_examples_of_shipped_rules),
		TEST(test_ruleset_user_changes_rules),
		TEST(test_ruleset_workspace_only_tightens),
		TEST(test_ruleset_digest_covers_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
