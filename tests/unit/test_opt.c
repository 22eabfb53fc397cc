/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cli/opt.h"

struct values {
	int all, force;
	const char *name, *git;
	struct opt_list hide;
	long depth;
	unsigned long long size;
};

/* Parses the words and returns opt_parse's answer; the rest is in words. */
static int parse(struct values *v, char **words, int *n, int flags,
		 struct err *err)
{
	const struct opt table[] = {
		OPT_FLAG('a', "all", &v->all, ""),
		OPT_FLAG('f', "force", &v->force, ""),
		OPT_STRING('n', "name", "NAME", &v->name, ""),
		OPT_CHOICE(0, "git", "full|none", &v->git, ""),
		OPT_LIST('H', "hide", "GLOB", &v->hide, ""),
		OPT_NUMBER(0, "depth", "N", &v->depth, ""),
		OPT_SIZE(0, "size", "SIZE", &v->size, ""),
		OPT_STRING(0, "names", "X", &v->name, ""),
		OPT_END,
	};

	for (*n = 0; words[*n]; (*n)++)
		continue;
	return opt_parse(table, flags, n, words, err);
}

#define WORDS(...) ((char **)(const char *[]){ __VA_ARGS__, NULL })

static void test_opt_mixes_options_and_operands(void **state)
{
	char **w = WORDS("one", "--all", "-nx", "two", "--git=none", "-",
			 "--depth", "7", "--size=2k", "--", "-f");
	struct values v = { 0 };
	struct err err = ERR_INIT;
	int n;

	assert_int_equal(parse(&v, w, &n, 0, &err), 0);
	assert_int_equal(n, 4);
	assert_string_equal(w[0], "one");
	assert_string_equal(w[1], "two");
	assert_string_equal(w[2], "-");
	assert_string_equal(w[3], "-f");
	assert_null(w[4]);
	assert_int_equal(v.all, 1);
	assert_int_equal(v.force, 0);
	assert_string_equal(v.name, "x");
	assert_string_equal(v.git, "none");
	assert_int_equal(v.depth, 7);
	assert_int_equal(v.size, 2048);
	assert_int_equal(err.code, 0);
}

static void test_opt_letters_join(void **state)
{
	char **w = WORDS("-afn", "value", "-H", "a", "-Hb");
	struct values v = { 0 };
	struct err err = ERR_INIT;
	int n;

	assert_int_equal(parse(&v, w, &n, 0, &err), 0);
	assert_int_equal(n, 0);
	assert_true(v.all && v.force);
	assert_string_equal(v.name, "value");
	assert_int_equal(v.hide.n, 2);
	assert_string_equal(v.hide.at[0], "a");
	assert_string_equal(v.hide.at[1], "b");
	assert_null(v.hide.at[2]);
	free(v.hide.at);
}

static void test_opt_prefix_must_be_unique(void **state)
{
	struct values v = { 0 };
	struct err err = ERR_INIT;
	int n;

	assert_int_equal(parse(&v, WORDS("--de=3", "--name=exact"), &n, 0,
			       &err), 0);
	assert_int_equal(v.depth, 3);
	assert_string_equal(v.name, "exact");
	assert_int_equal(parse(&v, WORDS("--na=x"), &n, 0, &err), -EINVAL);
	assert_string_equal(err.msg,
			    "ambiguous option '--na': --name or --names");
	assert_int_equal(parse(&v, WORDS("--=x"), &n, 0, &err), -EINVAL);
}

static void test_opt_first_operand_ends(void **state)
{
	char **w = WORDS("-a", "ls", "-f", "--", "--help");
	struct values v = { 0 };
	struct err err = ERR_INIT;
	int n;

	assert_int_equal(parse(&v, w, &n, OPT_FIRST_OPERAND_ENDS, &err), 0);
	assert_int_equal(n, 4);
	assert_string_equal(w[0], "ls");
	assert_string_equal(w[3], "--help");
	assert_int_equal(v.force, 0);
}

static void test_opt_help_is_always_there(void **state)
{
	struct values v = { 0 };
	struct err err = ERR_INIT;
	int n;

	assert_int_equal(parse(&v, WORDS("x", "--help"), &n, 0, &err), 1);
	assert_int_equal(parse(&v, WORDS("-ah"), &n, 0, &err), 1);
	assert_int_equal(parse(&v, WORDS("--", "-h"), &n, 0, &err), 0);
}

static void test_opt_errors_say_what(void **state)
{
	static const struct {
		const char *words[3];
		const char *msg;
	} cases[] = {
		{ { "--nope" }, "unknown option '--nope'" },
		{ { "--nope=secret" }, "unknown option '--nope'" },
		{ { "--nmae=x" }, "unknown option '--nmae', but there is '--name'" },
		{ { "--hepl" }, "unknown option '--hepl', but there is '--help'" },
		{ { "-z" }, "unknown option '-z'" },
		{ { "--all=1" }, "option '--all' takes no value" },
		{ { "--name" }, "option '--name' needs a value: NAME" },
		{ { "-n" }, "option '-n' needs a value: NAME" },
		{ { "--git=maybe" },
		  "option '--git': 'maybe' is none of full|none" },
		{ { "--git=" }, "option '--git': '' is none of full|none" },
		{ { "--git=full|none" },
		  "option '--git': 'full|none' is none of full|none" },
		{ { "--depth", "-1" }, "option '--depth': not a number: '-1'" },
		{ { "--depth=" }, "option '--depth': not a number: ''" },
		{ { "--depth=9x" }, "option '--depth': not a number: '9x'" },
		{ { "--depth=99999999999999999999" },
		  "option '--depth': not a number: '99999999999999999999'" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *words[3] = { (char *)cases[i].words[0],
				   (char *)cases[i].words[1], NULL };
		struct values v = { 0 };
		struct err err = ERR_INIT;
		int n;

		assert_int_equal(parse(&v, words, &n, 0, &err), -EINVAL);
		assert_string_equal(err.msg, cases[i].msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opt_mixes_options_and_operands),
		cmocka_unit_test(test_opt_letters_join),
		cmocka_unit_test(test_opt_prefix_must_be_unique),
		cmocka_unit_test(test_opt_first_operand_ends),
		cmocka_unit_test(test_opt_help_is_always_there),
		cmocka_unit_test(test_opt_errors_say_what),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
