/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "scan/validate.h"

static int ok(const char *name, const char *s, size_t len)
{
	const struct validator *v = validator_find(name);

	assert_non_null(v);
	return v->ok(s, len);
}

static void test_validate_by_name(void **state)
{
	assert_null(validator_find("no-such-thing"));
	assert_null(validator_find(""));
}

static void test_validate_der(void **state)
{
	assert_true(ok("pkcs12", "\x30\x82\x0a\x01\x02\x01\x03\x30\x82", 9));
	assert_false(ok("pkcs12", "\x30\x82\x0a\x01\x30\x82\x03\x30\x82", 9));
	assert_true(ok("der-private-key", "\x30\x82\x01\x00\x02\x01\x00\x30", 8));
	assert_true(ok("der-private-key", "\x30\x77\x02\x01\x01\x04\x20\x00", 8));
	assert_false(ok("der-private-key", "\x30\x82\x03\x00\x30\x82\x02\x00", 8));
	assert_false(ok("der-private-key", "\x30\x82", 2));
	assert_true(ok("keystore", "\xfe\xed\xfe\xed\x00", 5));
	assert_false(ok("keystore", "PK", 2));
}

static void test_validate_files_by_magic(void **state)
{
	char elf[20] = "\x7f" "ELF";

	assert_true(ok("sqlite", "SQLite format 3\0x", 17));
	assert_false(ok("sqlite", "SQLite format", 13));
	assert_false(ok("core-dump", elf, sizeof(elf)));
	elf[16] = 2;
	assert_false(ok("core-dump", elf, sizeof(elf)));
	elf[16] = 4;
	assert_true(ok("core-dump", elf, sizeof(elf)));
	assert_true(ok("pgp-secret", "\x95\x01", 2));
	assert_true(ok("pgp-secret", "\xc5\x01", 2));
	assert_false(ok("pgp-secret", "\x99\x01", 2));
	assert_false(ok("pgp-secret", "text", 4));
	assert_false(ok("pgp-secret", "", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_validate_by_name),
		cmocka_unit_test(test_validate_der),
		cmocka_unit_test(test_validate_files_by_magic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
