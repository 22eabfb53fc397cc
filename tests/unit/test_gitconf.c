/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <errno.h>

#include "review/gitconf.h"

static int note(void *payload, const char *section, const char *sub,
		const char *key, const char *value)
{
	buf_addf(payload, "%s|%s|%s|%s\n", section, sub ? sub : "-", key,
		 value ? value : "-");
	return 0;
}

static void test_gitconf_reads_as_git_does(void **state)
{
	static const struct { const char *text, *want; } cases[] = {
		{ "[core]\n\tbare = false\n", "core|-|bare|false\n" },
		{ "[Core]Bare", "core|-|bare|-\n" },
		{ "[remote \"Or\\\"i]gin\"]\nurl=x y  ; c\n",
		  "remote|Or\"i]gin|url|x y\n" },
		{ "[a.B]\nk = \" v \" # c\n", "a|b|k| v \n" },
		{ "[a]\nk = one \\\n two\n", "a|-|k|one  two\n" },
		{ "[a]\nk = \\\"q\\\"\\n\\\\\n", "a|-|k|\"q\"\n\\\n" },
		{ "[a]\r\nk = v\r\n; c\n#d\nl\r\n", "a|-|k|v\na|-|l|-\n" },
		{ "[a]\nk = \"x;y#z\"\n", "a|-|k|x;y#z\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct buf out = BUF_INIT;

		assert_int_equal(gitconf_parse(cases[i].text,
					       strlen(cases[i].text), note,
					       &out), 0);
		assert_string_equal(out.ptr, cases[i].want);
		buf_release(&out);
	}
}

static void test_gitconf_refuses_damage(void **state)
{
	static const char *const bad[] = {
		"k = v\n", "[a\nk=v\n", "[a \"b]\nk=v\n", "[a]\nk = \"v\n",
		"[a]\n1k = v\n", "[a]\nk : v\n", "[a]\nk = \\x\n",
		"[a b]\nk=v\n",
	};
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(gitconf_parse(bad[i], strlen(bad[i]), note,
					       &out), -EINVAL);
	assert_int_equal(gitconf_parse("[a]\nk\0=v", 8, note, &out), -EINVAL);
	buf_release(&out);
}

static void test_gitconf_writes_what_it_reads(void **state)
{
	static const char *const values[] = {
		"plain", "", " blank ", "a;b#c", "q\"\\\n\t", "+refs/*:refs/*"
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		struct buf text = BUF_INIT;
		char *got;

		gitconf_add_section(&text, "s", NULL);
		gitconf_add(&text, "k", values[i]);
		assert_int_equal(gitconf_get(text.ptr, text.len, "s", "k",
					     &got), 0);
		assert_string_equal(got, values[i]);
		free(got);
		buf_release(&text);
	}
}

static void test_gitconf_urls_lose_their_login(void **state)
{
	static const struct { const char *url, *want; int login; } cases[] = {
		{ "https://example.com/x.git", "https://example.com/x.git", 0 },
		{ "https://u:p@example.com/x", "https://example.com/x", 1 },
		{ "https://tok@example.com/x?a=b#c", "https://example.com/x", 1 },
		{ "https://a@b:c@example.com:8/", "https://example.com:8/", 1 },
		{ "ssh://git@example.com/x", "ssh://git@example.com/x", 0 },
		{ "git+ssh://git:pw@example.com/x",
		  "git+ssh://git@example.com/x", 1 },
		{ "git@example.com:x.git", "git@example.com:x.git", 0 },
		{ "/some/where", "/some/where", 0 },
		{ "https://example.com/a@b", "https://example.com/a@b", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *text = scratch_fmt("x %s y", cases[i].url);
		struct buf out = BUF_INIT;

		gitconf_add_url(&out, cases[i].url);
		assert_string_equal(out.ptr, cases[i].want);
		assert_int_equal(gitconf_text_has_login(text, strlen(text)),
				 cases[i].login);
		assert_int_equal(gitconf_text_has_login(out.ptr, out.len), 0);
		buf_release(&out);
	}
}

static void test_gitconf_knows_logins(void **state)
{
	assert_true(gitconf_is_login("http", "extraheader", "X"));
	assert_true(gitconf_is_login("sendemail", "smtppass", "x"));
	assert_true(gitconf_is_login("github", "oauthtoken", "x"));
	assert_true(gitconf_is_login("credential", "helper", "!f() { :; }"));
	assert_true(gitconf_is_login("credential", "helper", "store --file x"));
	assert_false(gitconf_is_login("credential", "helper", "libsecret"));
	assert_false(gitconf_is_login("core", "bare", "false"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gitconf_reads_as_git_does),
		cmocka_unit_test(test_gitconf_refuses_damage),
		cmocka_unit_test(test_gitconf_writes_what_it_reads),
		cmocka_unit_test(test_gitconf_urls_lose_their_login),
		cmocka_unit_test(test_gitconf_knows_logins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
