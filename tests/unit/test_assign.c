/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include "scan/assign.h"

/* Finds around the word "pass" and compares "name|value". */
static void gives(const char *text, const char *want)
{
	const char *hit = strcasestr(text, "pass"), *nl = strchr(hit, '\n');
	size_t len = strlen(text);
	struct assign a;
	char got[256];

	if (!assign_find(text, 0, len, nl ? (size_t)(nl - text) : len,
			 (size_t)(hit - text), &a))
		snprintf(got, sizeof(got), "nothing");
	else
		snprintf(got, sizeof(got), "%.*s|%.*s", (int)a.name_len,
			 text + a.name, (int)a.value_len, text + a.value);
	assert_string_equal(got, want);
}

static void test_assign_config(void **state)
{
	gives("DB_PASS=abc", "DB_PASS|abc");
	gives("  - DB_PASS=abc", "DB_PASS|abc");
	gives("db.pass = abc # comment", "db.pass|abc");
	gives("pass: \"a b\" # c", "pass|a b");
	gives("pass: abc", "pass|abc");
	gives("export PASS='a\"b'", "PASS|a\"b");
	gives("ENV PASS abc", "PASS|abc");
	gives("--pass abc --x", "pass|abc");
	gives("--pass=abc --x", "pass|abc");
	gives("PASS=abc make all", "PASS|abc");
	gives("pass = abc d e", "pass|abc d e");
	gives("set -gx PASS abc", "PASS|abc");
	gives("x: ${PASS:-abc}", "PASS|abc");
	gives("variable \"pass\" {\n  type = string\n  default = \"abc\"\n}",
	      "pass|abc");
	gives("Pass:\n  Type: String\n  Default: abc\n", "Pass|abc");
	gives("contraseña_pass：abc", "contraseña_pass|abc");
}

static void test_assign_code(void **state)
{
	gives("x[\"pass\"] = \"abc\";", "pass|abc");
	gives("'pass' => 'abc',", "pass|abc");
	gives("pass := `abc`", "pass|abc");
	gives("var pass string = \"abc\"", "pass|abc");
	gives("pass: str = \"abc\"", "pass|abc");
	gives("PASS ::= \"abc\"", "PASS|abc");
	gives("if (pass == \"abc\")", "pass|abc");
	gives("setPass(\"abc\")", "setPass|abc");
	gives("define('PASS', 'abc')", "PASS|abc");
	gives("pass = b\"abc\"", "pass|abc");
	gives("{\\\"pass\\\": \\\"abc\\\"}", "pass|abc");
	gives("let pass: &'static str = \"abc\";", "pass|abc");
	gives("Dim pass As String = \"abc\"", "pass|abc");
	gives("#define PASS \"abc\"", "PASS|abc");
	gives("PASS = (\n  \"abc\"\n)", "PASS|abc");
	gives("const pass =\n  'abc';", "pass|abc");
	gives("pass = \\\n  \"abc\"", "pass|abc");
	gives("pass:\n  \"name\": \"abc\"", "nothing");
	gives("buildConfigField(\"String\", \"PASS\", \"\\\"abc\\\"\")",
	      "PASS|abc");
	gives("Map(\"pass\" -> \"abc\")", "pass|abc");
	gives("a->pass->x", "nothing");
	gives("const std::string pass{\"abc\"};", "pass|abc");
	gives("{:db-pass \"abc\"}", "db-pass|abc");
	gives("fastcgi_param PASS \"abc\";", "PASS|abc");
	gives("\"%env PASS=abc\\n\",", "PASS|abc");
	gives("resValue \"string\", \"pass\", \"abc\"", "pass|abc");
	gives("-define(PASS, \"abc\").", "PASS|abc");
	gives("set(PASS \"abc\")", "PASS|abc");
	gives("char pass[8] = \"abc\";", "pass|abc");
	gives("pass = [[abc]]", "pass|abc");
	gives("env.PASS || 'abc'", "env.PASS|abc");
	gives("env['PASS'] ?? \"abc\"", "PASS|abc");
	gives("pass = pass.encode('utf-8')", "pass|pass.encode('utf-8')");
	gives("f(pass, x)", "nothing");
	gives("pass;", "nothing");
}

static void test_assign_markup(void **state)
{
	gives("<pass>abc</pass>", "pass|abc");
	gives("<pass>\n  abc\n</pass>", "pass|abc");
	gives("<key>pass</key>\n<string>abc</string>", "pass|abc");
	gives("<add key=\"pass\" value=\"abc\"/>", "pass|abc");
	gives("<x name=\"pass\">abc</x>", "pass|abc");
	gives("<x name=\"pass\">\n<value>abc</value>", "pass|abc");
	gives("- name: PASS\n  value: abc", "PASS|abc");
	gives("{\"name\": \"PASS\", \"value\": \"abc\"}", "PASS|abc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_assign_config),
		cmocka_unit_test(test_assign_code),
		cmocka_unit_test(test_assign_markup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
