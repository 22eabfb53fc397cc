/* SPDX-License-Identifier: GPL-2.0-or-later */
#define DETECTED "%s:%.*s:%s", rule_id(f->rule), (int)f->len, \
		f->secret, confidence_name(f->confidence)
#include "detect_fixture.h"

static const char rules[] =
	"[assigned]\nkind = content\ndetector = assignment\n"
	"keywords = pass, secret, token, key\n"
	"[vendor]\nkind = content\ndetector = assignment\nkeywords = acme\n"
	"pattern = ^[0-9a-f]{12}$\nconfidence = high\n";

static int start(void **state)
{
	return detect_start(rules);
}

static void test_detect_assignment(void **state)
{
	gives(".env", "DB_PASSWORD=Zebra-77!", "assigned:Zebra-77!:medium");
	gives("a.c", "password = other;", "");
	gives("a.c", "password = \"Zebra-77!\";", "assigned:Zebra-77!:medium");
	gives("a.js", "const token = await getToken(x);", "");
	gives("a.yml", "password: ${PASS}", "");
	gives("a.h", "#define SN_auth_pass \"AuthPASS\"", "");
	gives("a.h", "#define X_user_pass \"User-Pass\"", "");
	gives("package.json", "{\"jsonwebtoken\": \"^9.0.2\"}", "");
	gives("a.ini", "secret = Juniperferry581",
	      "assigned:Juniperferry581:medium");
	gives("a.c", "secret = Juniperferry581", "");
	gives("a.yml", "password: changeme", "");
	gives("a.yml", "tokenProvider: com.acme.TokenFactory2", "");
	gives("a.json", "\"password\": \"Passwort\"", "");
	gives("a.yml", "db_password: letmein", "assigned:letmein:medium");
	gives("locales/a.yml", "password: letmein",
	      "assigned:letmein:low");
	gives("yarn.lock", "password: Zebra-77!", "");
	gives("Dockerfile", "ARG NPM_TOKEN=Zebra4477",
	      "assigned:Zebra4477:medium");
	gives("notes.txt", "db password: zebra-quay-4477",
	      "assigned:zebra-quay-4477:medium");
	gives("notes.txt", "the password: see chapter 4477", "");
	gives("t.c", ".key = \"00c1d2e3f4a5968778695a4b3c2d1e0f\",\n"
	      ".ptext = \"41\"", "");
}

static void test_detect_vendor(void **state)
{
	gives("a", "acme_x = 0123456789ab", "vendor:0123456789ab:high");
	gives("a", "acme_id = 0123456789ab", "");
	gives("a", "placmex = 0123456789ab", "");
}

static void test_detect_names(void **state)
{
	assert_true(detector_exists("assignment"));
	assert_false(detector_exists("nonsense"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_detect_assignment),
		cmocka_unit_test(test_detect_vendor),
		cmocka_unit_test(test_detect_names),
	};

	return cmocka_run_group_tests(tests, start, detect_stop);
}
