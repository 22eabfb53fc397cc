/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "util/guess.h"

static const char *const names[] = {
	"mount", "umount", "run", "review", "status", "state-dir", NULL,
};

static const char *meant(const char *word)
{
	struct guess g = GUESS_INIT(word, strlen(word));

	for (size_t i = 0; names[i]; i++)
		guess_offer(&g, names[i]);
	return g.best;
}

static void test_guess_finds_the_nearest(void **state)
{
	static const struct {
		const char *word, *name;
	} cases[] = {
		{ "moutn", "mount" },	{ "MOUNT", "mount" },
		{ "unmount", "umount" }, { "rn", "run" },
		{ "reveiw", "review" },	{ "statuss", "status" },
		{ "sttus", "status" },	{ "statedir", "state-dir" },
		{ "stats", "status" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(meant(cases[i].word), cases[i].name);
}

static void test_guess_leaves_what_is_far(void **state)
{
	char longest[GUESS_LEN + 2];

	memset(longest, 'r', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_null(meant(""));
	assert_null(meant("x"));
	assert_null(meant("xy"));
	assert_null(meant("nonesuch"));
	assert_null(meant("rxx"));
	assert_null(meant(longest));
}

static void test_guess_first_of_equals(void **state)
{
	struct guess g = GUESS_INIT("xount", 5);

	guess_offer(&g, "mount");
	guess_offer(&g, "count");
	assert_string_equal(g.best, "mount");
	assert_int_equal(g.distance, 1);
}

static void test_guess_counts_only_its_bytes(void **state)
{
	struct guess g = GUESS_INIT("nmae=value", 4);

	guess_offer(&g, "name");
	assert_string_equal(g.best, "name");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guess_finds_the_nearest),
		cmocka_unit_test(test_guess_leaves_what_is_far),
		cmocka_unit_test(test_guess_first_of_equals),
		cmocka_unit_test(test_guess_counts_only_its_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
