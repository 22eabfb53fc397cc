/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include "scan/wordy.h"

static void test_wordy_tells_words_from_letters(void **state)
{
	static const char *const words[] = { "database", "password", "hunter",
					     "superuser", "connection" };
	static const char *const letters[] = { "bjbwjvxlonth", "zjobtnbb",
					       "njvwlxzthji", "gqdwrmgrf" };

	for (size_t i = 0; i < 5; i++)
		assert_true(wordy_surprise(words[i], strlen(words[i])) < 46);
	for (size_t i = 0; i < 4; i++)
		assert_true(wordy_surprise(letters[i], strlen(letters[i])) > 54);
	assert_int_equal(wordy_surprise("1a2b", 4), -1);
}

static void test_wordy_identifiers(void **state)
{
	assert_true(wordy_all("userAccountId", 13));
	assert_true(wordy_all("MYSQL_ROOT_USER", 15));
	assert_true(wordy_all("JwtTokenProvider", 16));
	assert_false(wordy_all("xKqzGvtWbn", 10));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wordy_tells_words_from_letters),
		cmocka_unit_test(test_wordy_identifiers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
