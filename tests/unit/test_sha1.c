/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include "util/sha1.h"

static void check(const char *data, size_t len, const char *want)
{
	uint8_t sum[SHA1_LEN];
	char hex[2 * SHA1_LEN + 1];
	struct sha1 s;

	/* in pieces of every size, so that the block's edges are met */
	for (size_t step = 1; step < 150; step += 7) {
		sha1_begin(&s);
		for (size_t at = 0; at < len; at += step)
			sha1_add(&s, data + at,
				 len - at < step ? len - at : step);
		sha1_end(&s, sum);
		for (int i = 0; i < SHA1_LEN; i++)
			snprintf(hex + 2 * i, 3, "%02x", sum[i]);
		assert_string_equal(hex, want);
	}
}

/* The examples of FIPS 180. */
static void test_sha1_examples(void **state)
{
	static char many[1000000];

	check("", 0, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
	check("abc", 3, "a9993e364706816aba3e25717850c26c9cd0d89d");
	check("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
	      "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
	memset(many, 'a', sizeof(many));
	check(many, sizeof(many), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sha1_examples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
