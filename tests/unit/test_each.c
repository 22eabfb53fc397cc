/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "util/each.h"

#define MANY 1000

struct things {
	unsigned char done[MANY];
	size_t bad;	/* all from here on fail */
};

static int do_thing(void *payload, size_t i, struct err *err)
{
	struct things *t = payload;

	t->done[i]++;
	return i < t->bad ? 0 : err_set(err, -7, "thing %zu", i);
}

static size_t count(const struct things *t, size_t n)
{
	size_t done = 0;

	for (size_t i = 0; i < n; i++) {
		assert_true(t->done[i] <= 1);
		done += t->done[i];
	}
	return done;
}

static void test_each_does_all_once(void **state)
{
	static const size_t sizes[] = { 0, 1, EACH_PIECE, EACH_PIECE + 1, MANY };

	for (int threads = 0; threads < 4; threads++)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			struct things t = { .bad = MANY };
			struct err err = ERR_INIT;

			assert_int_equal(each_of(sizes[i], threads, do_thing,
						 &t, NULL, &err), 0);
			assert_int_equal(count(&t, MANY), sizes[i]);
			assert_int_equal(err.code, 0);
		}
}

static void test_each_tells_the_first_failure(void **state)
{
	for (int threads = 1; threads < 4; threads++) {
		struct things t = { .bad = 100 };
		struct err err = ERR_INIT;
		size_t failed = MANY;

		assert_int_equal(each_of(MANY, threads, do_thing, &t, &failed,
					 &err), -7);
		/* the piece with thing 100 was begun before any after it */
		assert_int_equal(failed, 100);
		assert_string_equal(err.msg, "thing 100");
		assert_int_equal(count(&t, 100), 100);
		assert_true(count(&t, MANY) < 100 + 4 * EACH_PIECE);
	}
}

static void test_each_stays_alone_with_few(void **state)
{
	assert_int_equal(each_threads(0), 1);
	assert_int_equal(each_threads(100), 1);
	assert_true(each_threads(100000) >= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_does_all_once),
		cmocka_unit_test(test_each_tells_the_first_failure),
		cmocka_unit_test(test_each_stays_alone_with_few),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
