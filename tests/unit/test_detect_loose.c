/* SPDX-License-Identifier: GPL-2.0-or-later */
#define DETECTED "%s:%.*s;", rule_id(f->rule), (int)f->len, f->secret
#include "detect_fixture.h"

static const char rules[] =
	"[a]\nkind = content\ndetector = assignment\n"
	"keywords = pass, secret, token, key\n"
	"[c]\nkind = content\ndetector = column\n"
	"keywords = password, secret\n";

static int start(void **state)
{
	return detect_start(rules);
}

static void test_detect_loose_directive(void **state)
{
	gives("a.conf", "host h\npassword Zebra77fern\n", "a:Zebra77fern;");
	gives("a.conf", " password Zebra77fern;\r\n", "a:Zebra77fern;");
	gives("bgpd.conf", " neighbor 10.0.0.2 password Zebra77fern\n",
	      "a:Zebra77fern;");
	gives("a.properties", "db.password Zebra77fern", "a:Zebra77fern;");
	gives("a.conf", "password Zebra77fern and more\n", "");
	gives("a.conf", "f(x) password Zebra77fern\n", "");
	gives("a.conf", "password bcrypt\npassword node-name-1\n", "");
	gives("a.conf", "password /etc/pass77Word\npassword $PASS77word\n", "");
	gives("a.conf", "token TokenProvider2\nkey 2\n", "");
	gives("a.c", "\tpassword Zebra77fern\n", "");
}

static void test_detect_loose_sentence(void **state)
{
	gives("a.md", "The password is: Zebra77fern.\n", "a:Zebra77fern;");
	gives("a.md", "The password is `Zebra77fern` now\n", "a:Zebra77fern;");
	gives("a.txt", "user bob, password Zebra77fern\n", "a:Zebra77fern;");
	gives("a.txt", "user bob, password Zebra77fern for all\n", "");
	gives("a.md", "The password is case-sensitive\n", "");
	gives("a.md", "The password is hashed by PBKDF2-SHA256.\n", "");
	gives("a.md", "The password is in vault/kv22/Prod.\n", "");
	gives("a.md", "password is", "");
	gives("a.md", "password is:", "");
	gives("a.md", "password \"", "");
}

static void test_detect_loose_table(void **state)
{
	gives("a.md", "| DB_PASSWORD | Zebra77fern |\n", "a:Zebra77fern;");
	gives("a.md", "| `DB_PASSWORD` | `Zebra77fern` |\n", "a:Zebra77fern;");
	gives("a.md", "| password | the one of Zebra77fern |\n", "");
	gives("a.md", "| password | |\n", "");
	gives("a.md", "| password |", "");
	gives("a.md", "| password || Zebra77fern |\n", "");
	gives("a.md", "| who | password |\n|---|:--|\n| a | Zebra77fern |\n"
	      "| b | `Yak88thistle` |\nc | Xenon99fern |\n",
	      "c:Zebra77fern;c:Yak88thistle;");
	gives("a.md", "| who | password |\n| a | Zebra77fern |\n", "");
	gives("a.md", "| who | password |\n|---|---|\n| a | see below |\n", "");
}

static void test_detect_looks_made(void **state)
{
	static const char *const not[] = {
		"Zebra7", "worker-node-02", "10.0.0.1:5432", "v1.15.22abcd",
		"RFC4648abc", "abcdefgh", "example22.org", "12345678",
	};

	assert_true(detect_looks_made("Zebra77fern", 11));
	assert_true(detect_looks_made("zq8w4k2pxm7rt1", 14));
	for (size_t i = 0; i < sizeof(not) / sizeof(not[0]); i++)
		assert_false(detect_looks_made(not[i], strlen(not[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_detect_loose_directive),
		cmocka_unit_test(test_detect_loose_sentence),
		cmocka_unit_test(test_detect_loose_table),
		cmocka_unit_test(test_detect_looks_made),
	};

	return cmocka_run_group_tests(tests, start, detect_stop);
}
