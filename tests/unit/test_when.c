/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "util/when.h"

#define NOW 1000000000	/* 2001-09-09 01:46:40 UTC */

static void test_when_durations(void **state)
{
	static const struct {
		const char *text;
		long seconds;
	} good[] = { { "0", 0 }, { "5", 300 }, { "90s", 90 }, { "15m", 900 },
		     { "2h", 7200 }, { "7d", 604800 }, { "2w", 1209600 } };
	static const char *const bad[] = { "", "m", "-5m", "5x", "5mm", "1.5h",
					   " 5m", "9999999999999999999d",
					   "99999999999999999w" };
	struct err err = ERR_INIT;
	long n;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(when_duration(good[i].text, 60, &n, &err), 0);
		assert_int_equal(n, good[i].seconds);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(when_duration(bad[i], 60, &n, &err), -EINVAL);
}

static void test_when_times(void **state)
{
	static const struct {
		const char *text;
		time_t when;
	} good[] = {
		{ "2001-09-09 01:46:40", NOW },
		{ "2001-09-09T01:46:40", NOW },
		{ "2001-09-09 01:46", NOW - 40 },
		{ "2001-09-09T01:46", NOW - 40 },
		{ "2001-09-09", NOW - 6400 },
		{ "01:46", NOW - 40 },
		{ "01:46:30", NOW - 10 },
		{ "01:47", NOW + 20 - 86400 },
		{ "@12", 12 },
		{ "10m", NOW - 600 },
	};
	static const char *const bad[] = { "", "@", "@x", "10", "yesterday",
					   "25:00", "2001-13-01",
					   "2001-09-09 01:46:40 x" };
	struct err err = ERR_INIT;
	time_t t;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(when_parse(good[i].text, NOW, &t, &err), 0);
		assert_int_equal(t, good[i].when);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(when_parse(bad[i], NOW, &t, &err), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_when_durations),
		cmocka_unit_test(test_when_times),
	};

	setenv("TZ", "UTC0", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
