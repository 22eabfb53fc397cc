/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include "scan/scan.h"

static int note(void *payload, const struct finding *f)
{
	snprintf(payload, 100, "%.*s:%s", (int)f->len, f->secret,
		 confidence_name(f->confidence));
	return 0;
}

/* What is found in a text, with its confidence; "" for nothing. */
static void gives(const char *text, const char *want)
{
	static const char rule[] =
		"[url]\nkind = content\ndetector = url\nkeywords = ://\n";
	char got[100] = "";
	struct scan_what what = { .path = "a", .fn = note, .payload = got };
	struct scan_result res;
	struct err err = ERR_INIT;
	struct ruleset *set;
	struct scanner *sc;
	struct scan *s;

	assert_int_equal(ruleset_new(&set), 0);
	assert_int_equal(ruleset_parse(set, "t.ini", rule, sizeof(rule) - 1,
				       ORIGIN_USER, &err), 0);
	assert_int_equal(scanner_new(&sc, set, &err), 0);
	s = scan_begin(sc);
	assert_non_null(s);
	assert_int_equal(scan_mem(s, &what, text, strlen(text), &res), 0);
	assert_string_equal(got, want);
	scan_end(sc, s);
	scanner_free(sc);
	ruleset_free(set);
}

static void test_detect_url(void **state)
{
	gives("postgres://u:Zq7wx19pqr@h/db", "Zq7wx19pqr:high");
	gives("redis://:Zq7wx19pqr@h", "Zq7wx19pqr:high");
	gives("http://u:p@ss:Zq7w@h/x", "p@ss:Zq7w:high");
	gives("https://h:8080/a@b", "");
	gives("https://user:password@h", "");
	gives("https://u:$PASS@h", "");
	gives("dev://same9x:same9x@h", "");
	gives("see http://a.b/c:d and mail x@y.z", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_detect_url),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
