/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "util/digest.h"

static void check(const char *key, const char *text, const char *want)
{
	uint8_t sum[DIGEST_LEN];
	char hex[DIGEST_HEX];
	struct digest *d;

	assert_int_equal(digest_new(&d, key, key ? strlen(key) : 0), 0);
	/* Twice: ending one begins the next. */
	for (int i = 0; i < 2; i++) {
		digest_add(d, text, 1);
		digest_add(d, text + 1, strlen(text) - 1);
		digest_end(d, sum);
		digest_hex(sum, hex);
		assert_string_equal(hex, want);
	}
	digest_free(d);
}

/* FIPS 180-2, appendix B.1, and RFC 4231, test case 2. */
static void test_digest_known_answers(void **state)
{
	check(NULL, "abc",
	      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	check("Jefe", "what do ya want for nothing?",
	      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void test_digest_fields_do_not_run_together(void **state)
{
	uint8_t a[DIGEST_LEN], b[DIGEST_LEN];
	struct digest *d;

	assert_int_equal(digest_new(&d, NULL, 0), 0);
	digest_add_field(d, "ab", 2);
	digest_add_field(d, "c", 1);
	digest_end(d, a);
	digest_add_field(d, "a", 1);
	digest_add_field(d, "bc", 2);
	digest_end(d, b);
	assert_memory_not_equal(a, b, DIGEST_LEN);
	digest_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digest_known_answers),
		cmocka_unit_test(test_digest_fields_do_not_run_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
