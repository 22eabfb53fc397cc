/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "scan/fold.h"

static void check(const char *path, const char *want)
{
	struct folded f;
	char *s;

	assert_int_equal(fold_path(&f, path, strlen(path)), 0);
	s = strndup(f.s, f.len);
	assert_string_equal(s, want);
	free(s);
	fold_release(&f);
}

static void test_fold_case_and_width(void **state)
{
	check("A/.ENV", "a/.env");
	check("\xef\xbc\x8e\xef\xbc\xa5nv", ".env");		/* full-width */
	check(".\xe2\x84\xaaube", ".kube");			/* KELVIN SIGN */
	check(".\xc5\xbf" "sh", ".ssh");			/* LONG S */
	check(".e\xf0\x9d\x90\xa7v", ".env");			/* bold n */
	check("\xd0\x9a\xd0\x9b\xd0\xae\xd0\xa7", "\xd0\xba\xd0\xbb\xd1\x8e\xd1\x87");
}

static void test_fold_composed_is_decomposed(void **state)
{
	check("schl\xc3\xbcssel", "schlussel");
	check("schlu\xcc\x88ssel", "schlussel");
	check("\xc3\x85", "a");
	check("\xe2\x84\xab", "a");				/* ANGSTROM SIGN */
}

/* What a directory that folds names (chattr +F) takes for one. */
static void test_fold_letters_beyond_ascii(void **state)
{
	static const char *const same[][2] = {
		{ "\xc5\x81\xc3\xb3", "\xc5\x82\xc3\x93" },	/* Lo, stroke */
		{ "\xc5\x92", "\xc5\x93" },			/* OE, oe */
		{ "\xd0\x99", "\xd0\xb8\xcc\x86" },		/* short I */
		{ "\xd0\x81", "\xd1\x91" },			/* IO */
		{ "\xce\x86", "\xce\xb1\xcc\x81" },		/* alpha, tonos */
		{ "\xcf\x82", "\xce\xa3" },			/* final sigma */
		{ "\xe3\x81\x8c", "\xe3\x81\x8b\xe3\x82\x99" },	/* GA */
		{ "\xe1\xbf\xaf", "`" }, { "\xcd\xbe", ";" },
		{ "\xc6\xa0", "o" }, { "\xc8\xba", "\xe2\xb1\xa5" },
	};
	struct folded f;

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		assert_int_equal(fold_path(&f, same[i][1], strlen(same[i][1])),
				 0);
		f.s[f.len] = '\0';
		check(same[i][0], f.s);
		fold_release(&f);
	}
}

static void test_fold_leaves_out_what_is_not_seen(void **state)
{
	check(".e\xe2\x80\x8bnv", ".env");			/* zero width */
	check(".e\xef\xb8\x8fnv", ".env");			/* variation */
	check(".e\xf3\xa0\x81\xa1nv", ".env");			/* tag */
	check("\xe2\x80\xae.env/x", ".env/x");			/* bidi */
}

static void test_fold_trims_as_windows_does(void **state)
{
	check(".env./x", ".env/x");
	check(".env . ", ".env");
	check(".env::$DATA", ".env");
	check(".env:x:$data", ".env");
	check("...", ".");
	check("a:b", "a:b");
}

static void test_fold_keeps_other_bytes(void **state)
{
	check("\xff.pem", "\xff.pem");
	check("\xc3", "\xc3");
	check("a\n\x1b[0m", "a\n\x1b[0m");
	check("\xed\xa0\x80", "\xed\xa0\x80");			/* a surrogate */
}

static void test_fold_parts(void **state)
{
	struct folded f;
	char deep[4000];

	assert_int_equal(fold_path(&f, "", 0), 0);
	assert_int_equal(f.n, 0);
	fold_release(&f);
	assert_int_equal(fold_path(&f, "ab/c", 4), 0);
	assert_int_equal(f.n, 2);
	assert_ptr_equal(f.part[1].s, f.s + 3);
	assert_int_equal(f.part[1].len, 1);
	fold_release(&f);
	for (size_t i = 0; i < sizeof(deep); i++)
		deep[i] = i & 1 ? '/' : 'A';
	assert_int_equal(fold_path(&f, deep, sizeof(deep) - 1), 0);
	assert_int_equal(f.n, 2000);
	assert_ptr_equal(f.part[1999].s, f.s + 3998);
	assert_int_equal(f.s[3998], 'a');
	fold_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fold_case_and_width),
		cmocka_unit_test(test_fold_composed_is_decomposed),
		cmocka_unit_test(test_fold_letters_beyond_ascii),
		cmocka_unit_test(test_fold_leaves_out_what_is_not_seen),
		cmocka_unit_test(test_fold_trims_as_windows_does),
		cmocka_unit_test(test_fold_keeps_other_bytes),
		cmocka_unit_test(test_fold_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
