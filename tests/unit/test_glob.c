/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "scan/glob.h"

static int match(const char *glob, const char *path)
{
	struct err err = ERR_INIT;
	struct folded f;
	struct glob *g;
	int yes;

	if (glob_new(&g, glob, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(fold_path(&f, path, strlen(path)), 0);
	yes = glob_match(g, &f, f.n);
	fold_release(&f);
	glob_free(g);
	return yes;
}

struct row {
	const char *glob, *path;
	int yes;
};

/* Each line was compared with git check-ignore --no-index. */
static const struct row rows[] = {
	{ ".env", ".env", 1 },		{ ".env", "a/b/.env", 1 },
	{ ".env", ".envx", 0 },		{ ".env", "x.env", 0 },
	{ "**/.env", ".env", 1 },	{ "**/.env", "a/.env", 1 },
	{ "/.env", ".env", 1 },		{ "/.env", "a/.env", 0 },
	{ "a/b", "a/b", 1 },		{ "a/b", "x/a/b", 0 },
	{ "**/a/b", "x/a/b", 1 },	{ "**/a/b", "x/a/c/b", 0 },
	{ "a/**/b", "a/b", 1 },		{ "a/**/b", "a/x/y/b", 1 },
	{ "a/**/b", "a/x/y/c", 0 },	{ "a/**/b/c", "a/b/b/c", 1 },
	{ "*.pem", "x.pem", 1 },	{ "*.pem", "d/.pem", 1 },
	{ "*.pem", "x.pem.txt", 0 },	{ "d/*.pem", "d/e/x.pem", 0 },
	{ "a*b*c", "aXbYbZc", 1 },	{ "a*b*c", "aXcYb", 0 },
	{ "?.key", "a.key", 1 },	{ "?.key", "ab.key", 0 },
	{ "[a-c]x", "bx", 1 },		{ "[a-c]x", "dx", 0 },
	{ "[!a-c]x", "dx", 1 },		{ "[^a-c]x", "ax", 0 },
	{ "[]x]y", "]y", 1 },		{ "[a-]y", "-y", 1 },
	{ "\\*x", "*x", 1 },		{ "\\*x", "ax", 0 },
	{ "[\\]]x", "]x", 1 },		{ "*", "a/b", 1 },
	{ "a?c", "a/c", 0 },		{ "a*c", "a/c", 0 },
	{ "*.tfstate.backup", "x.tfstate.backup", 1 },
	{ "UTC--*--*", "UTC--2020--ab", 1 },
};

static void test_glob_table(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (match(rows[i].glob, rows[i].path) != rows[i].yes)
			fail_msg("%s and %s", rows[i].glob, rows[i].path);
}

static void test_glob_below_is_the_directory_too(void **state)
{
	assert_true(match("**/.gnupg/**", ".gnupg"));
	assert_true(match("**/.gnupg/**", "home/.gnupg/a/b"));
	assert_true(match(".gnupg/", ".gnupg/a"));
	assert_true(match(".gnupg/", "x/.gnupg/a"));
	assert_false(match("/.gnupg/", "x/.gnupg/a"));
	assert_false(match(".gnupg/**", "x.gnupg/a"));
	assert_false(match(".gnupg/**", "x/.gnupg/a"));
	assert_false(match(".gnupg", ".gnupg/a"));
}

static void test_glob_is_folded(void **state)
{
	assert_true(match("*.PEM", "a.pem"));
	assert_true(match(".env", ".EN\xe2\x80\x8bV"));
	assert_true(match("[A-Z]x", "bx"));
	assert_true(match("\xc3\x84?", "a\xd0\x96"));
	/* A wide star is no star. */
	assert_true(match("\xef\xbc\x8a", "*"));
	assert_false(match("\xef\xbc\x8a", "abc"));
	assert_true(match("a\xff?", "a\xff\xfe"));
	assert_true(match("x.", "x"));
}

static void test_glob_refuses(void **state)
{
	static const char *const bad[] = { "", "/", "**", "a//b",
					   "a/../b", "./a", "[a", "a\\" };
	struct err err = ERR_INIT;
	struct glob *g;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (glob_new(&g, bad[i], &err) != -EINVAL)
			fail_msg("'%s' was taken", bad[i]);
	}
}

static void hint(const char *glob, const char *prefix, const char *suffix,
		 int whole)
{
	struct glob_hint h;
	struct glob *g;

	assert_int_equal(glob_new(&g, glob, NULL), 0);
	glob_hint(g, &h);
	assert_int_equal(h.whole, whole);
	assert_int_equal(h.prefix_len, strlen(prefix));
	assert_memory_equal(h.prefix, prefix, h.prefix_len);
	assert_int_equal(h.suffix_len, strlen(suffix));
	assert_memory_equal(h.suffix, suffix, h.suffix_len);
	glob_free(g);
}

static void test_glob_hints(void **state)
{
	hint("**/.aws/Credentials", "credentials", "credentials", 1);
	hint("*.pem", "", ".pem", 0);
	hint("kubeconfig*", "kubeconfig", "", 0);
	hint("a[bc]*d\\*.x", "a", ".x", 0);
	hint("**/x/**", "x", "x", 1);
}

static void test_glob_does_not_stall(void **state)
{
	char path[4000];

	memset(path, 'a', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	assert_false(match("*a*a*a*a*a*a*a*a*a*a*a*a*b", path));
	for (size_t i = 1; i < sizeof(path) - 1; i += 2)
		path[i] = '/';
	assert_false(match("**/a/**/a/**/a/**/a/**/a/**/a/**/b", path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_glob_table),
		cmocka_unit_test(test_glob_below_is_the_directory_too),
		cmocka_unit_test(test_glob_is_folded),
		cmocka_unit_test(test_glob_refuses),
		cmocka_unit_test(test_glob_hints),
		cmocka_unit_test(test_glob_does_not_stall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
