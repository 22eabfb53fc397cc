/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include "scan/value.h"

/* In memory of its very length: a sanitizer sees what looks beyond it. */
static enum value_kind judge(const char *value)
{
	size_t len = strlen(value);
	char *s = malloc(len ? len : 1);
	enum value_kind kind;

	assert_non_null(s);
	memcpy(s, value, len);
	kind = value_judge(s, len);
	free(s);
	return kind;
}

static void is(const char *value, enum value_kind want)
{
	enum value_kind got = judge(value);

	if (got != want)
		fail_msg("%s: %d, not %d", value, got, want);
}

static void test_value_references(void **state)
{
	is("", VALUE_NONE);
	is("${DB_PASSWORD}", VALUE_NONE);
	is("$DB_PASSWORD", VALUE_NONE);
	is("{{ .Values.auth }}", VALUE_NONE);
	is("%PASS%", VALUE_NONE);
	is("op://prod/db/password", VALUE_NONE);
	is("process.env.PASS", VALUE_NONE);
	is("/etc/ssl/key.pem", VALUE_NONE);
	is("getThing()", VALUE_NONE);
	is("req.body.password", VALUE_DUMMY);
}

static void test_value_dummies(void **state)
{
	is("changeme", VALUE_DUMMY);
	is("<your-token>", VALUE_DUMMY);
	is("xxxxxxxxxxxx", VALUE_DUMMY);
	is("********", VALUE_DUMMY);
	is("YOUR_API_KEY", VALUE_DUMMY);
	is("none", VALUE_DUMMY);
	is("test", VALUE_DUMMY);
	is("0000", VALUE_DUMMY);
	is("abcdefghij", VALUE_DUMMY);
}

static void test_value_public(void **state)
{
	is("8043a977-b2ae-4627-a0e8-3ba7d8f3fe53", VALUE_PUBLIC);
	is("sha512-QQRXestSbgDKp3boR3r40OOYeSbdwUQGuFSe", VALUE_PUBLIC);
	is("10.0.0.1", VALUE_PUBLIC);
	is("2.6.0.Final", VALUE_PUBLIC);
}

static void test_value_words(void **state)
{
	is("Enter your name", VALUE_DUMMY);
	is("Mot de passe perdu", VALUE_WORDS);
	is("user_account_number", VALUE_WORDS);
	is("letmein", VALUE_WORDS);
	is("Lösenord", VALUE_WORDS);
	is("パスワード", VALUE_WORDS);
	is("on_create", VALUE_WORDS);
}

static void test_value_secrets(void **state)
{
	is("J8to#YHuPZ", VALUE_CHOSEN);
	is("bjbwjvxlonth", VALUE_CHOSEN);
	is("Stone6984!", VALUE_CHOSEN);
	is("banana-Stone6984!", VALUE_RANDOM);
	is("d06b0974afa74193304885ee914f149f83b5ae08", VALUE_RANDOM);
	is("T4taswTg5Av4Tudr5DybcChqc9pZ9BhMYDG50AKc", VALUE_RANDOM);
	is("OLG9DFFqRMDxEiG8DOBqBSY6KbRwDMBzQLM2LtSsY2A==", VALUE_RANDOM);
}

static void test_value_of_each_length(void **state)
{
	static const char *const texts[] = {
		"1.2.3-rc1", "0x1234", "$ENV", "${a}", "%08x", "#aabbcc",
		"a@b.example", "-----BEGIN CERT", "<a>", "{{a}}", "é1", "''",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (size_t n = strlen(texts[i]); n; n--) {
			char *s = strndup(texts[i], n);

			assert_in_range(judge(s), VALUE_NONE, VALUE_RANDOM);
			free(s);
		}
}

static void test_value_placeholder_is_weaker(void **state)
{
	assert_true(value_is_placeholder("ghp_xxxxxxxxxxxx", 16));
	assert_true(value_is_placeholder("AKIAIOSFODNN7EXAMPLE", 20));
	assert_false(value_is_placeholder("12345678-ABCD-ABCD", 18));
	assert_true(value_entropy("aaaa", 4) < 0.01);
	assert_true(value_entropy("abcd", 4) > 1.99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_value_references),
		cmocka_unit_test(test_value_dummies),
		cmocka_unit_test(test_value_public),
		cmocka_unit_test(test_value_words),
		cmocka_unit_test(test_value_secrets),
		cmocka_unit_test(test_value_of_each_length),
		cmocka_unit_test(test_value_placeholder_is_weaker),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
