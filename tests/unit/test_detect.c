/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include "scan/detect.h"
#include "scan/scan.h"

static const char rules[] =
	"[assigned]\nkind = content\ndetector = assignment\n"
	"keywords = pass, secret, token, key\n"
	"[vendor]\nkind = content\ndetector = assignment\nkeywords = acme\n"
	"pattern = ^[0-9a-f]{12}$\nconfidence = high\n";

static struct ruleset *set;
static struct scanner *sc;
static struct scan *s;

static int start(void **state)
{
	struct err err = ERR_INIT;

	if (ruleset_new(&set) ||
	    ruleset_parse(set, "t.ini", rules, sizeof(rules) - 1, ORIGIN_USER,
			  &err) || scanner_new(&sc, set, &err))
		return -1;
	s = scan_begin(sc);
	return s ? 0 : -1;
}

static int stop(void **state)
{
	scan_end(sc, s);
	scanner_free(sc);
	ruleset_free(set);
	return 0;
}

static int note(void *payload, const struct finding *f)
{
	snprintf(payload, 100, "%s:%.*s:%s", rule_id(f->rule), (int)f->len,
		 f->secret, confidence_name(f->confidence));
	return 0;
}

static void gives(const char *path, const char *text, const char *want)
{
	char got[100] = "";
	struct scan_what what = { .path = path, .fn = note, .payload = got };
	struct scan_result res;

	assert_int_equal(scan_mem(s, &what, text, strlen(text), &res), 0);
	assert_string_equal(got, want);
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

	return cmocka_run_group_tests(tests, start, stop);
}
