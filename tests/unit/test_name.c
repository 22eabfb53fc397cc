/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include "scan/name.h"

static void is(const char *name, enum name_class want)
{
	enum name_class got = name_classify(name, strlen(name));

	if (got != want)
		fail_msg("%s: %d, not %d", name, got, want);
}

static void test_name_classes(void **state)
{
	is("DB_PASSWORD", NAME_PASSWORD);
	is("dbPassword", NAME_PASSWORD);
	is("mysqlpassword", NAME_PASSWORD);
	is("password_prod", NAME_PASSWORD);
	is("password2", NAME_PASSWORD);
	is("api_key", NAME_SECRET);
	is("apiKey", NAME_SECRET);
	is("AWS_SECRET_ACCESS_KEY", NAME_SECRET);
	is("client-secret", NAME_SECRET);
	is("NEXT_AUTH_SECRET", NAME_SECRET);
	is("client_token", NAME_SECRET);
	is("APIToken", NAME_SECRET);
	is("NPM_AUTH", NAME_SECRET);
	is("ROOT_PW", NAME_PASSWORD);
	is("bindpw", NAME_PASSWORD);
	is("key", NAME_KEY);
	is("steam_key", NAME_KEY);
	is("token_github", NAME_VAGUE);
}

static void test_name_other(void **state)
{
	static const char *const names[] = {
		"passwordLabel", "password_hash", "tokenProvider", "max_tokens",
		"token_endpoint", "ssh_key_path", "secretName", "publicKey",
		"primaryKey", "passwordResetUrl", "keyboard", "monkey", "author",
		"nextToken", "PREV_PAGE_TOKEN", "change-token", "lockToken",
		"clientRequestToken", "idempotency_token", "ExportToken",
		"compass", "bypass", "secret_length", "keyPressed",
		"basic_auth", "auth", "verification_key", "AuthSource",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		enum name_class c = name_classify(names[i], strlen(names[i]));

		if (c != NAME_OTHER)
			fail_msg("%s is %d", names[i], c);
	}
}

static void test_name_vendor(void **state)
{
	assert_true(name_has_vendor("oktaToken", 9, 0, 4));
	assert_true(name_has_vendor("MY_OKTA", 7, 3, 4));
	assert_true(name_has_vendor("myOkta", 6, 2, 4));
	assert_false(name_has_vendor("rookTable", 9, 2, 4));
	assert_false(name_has_vendor("oktal", 5, 0, 4));
	assert_true(name_is_plain("adobe_id", 8));
	assert_false(name_is_plain("adobe_key", 9));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name_classes),
		cmocka_unit_test(test_name_other),
		cmocka_unit_test(test_name_vendor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
