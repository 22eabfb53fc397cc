/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <errno.h>

#include "session/find.h"
#include "session/meta.h"
#include "session/session.h"

static struct session *here(void)
{
	struct session *s = session_new();

	assert_non_null(s);
	s->fd = open(".", O_RDONLY | O_DIRECTORY);
	return s;
}

static void test_meta_keeps_every_byte(void **state)
{
	struct session *a = here(), *b = here();
	struct err err = ERR_INIT;
	char path[4096] = "/";

	for (size_t i = 1; i < sizeof(path) - 1; i++)
		path[i] = (char)(i % 255 + 1);
	a->workspace = strdup(path);
	a->name = strdup("n");
	a->git = strdup("full");
	a->options = strdup(" leading; and trailing ");
	a->format = SESSION_FORMAT;
	a->created = 1700000000;
	a->created_nsec = 7;
	io_random(a->key, sizeof(a->key));
	assert_ok(meta_write(a, &err), err);
	assert_ok(meta_read(b, &err), err);
	assert_string_equal(b->workspace, a->workspace);
	assert_string_equal(b->name, "n");
	assert_string_equal(b->git, "full");
	assert_string_equal(b->options, a->options);
	assert_null(b->rules);
	assert_int_equal(b->format, SESSION_FORMAT);
	assert_int_equal(b->created, 1700000000);
	assert_int_equal(b->created_nsec, 7);
	assert_memory_equal(a->key, b->key, sizeof(a->key));
	session_close(a);
	session_close(b);
}

#define KEY64 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define GOOD "[session]\nformat = 1\nworkspace = /w\ncreated = 5.000000000\n"

static void test_meta_refuses_what_is_broken(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "", "no format" },
		{ "[session]\nformat = 0\n", "unusable value of key 'format'" },
		{ "[session]\nformat = one\n", "unusable value" },
		{ GOOD, "no key" },
		{ GOOD "key = " KEY64 "\nkey = " KEY64 "\n", "second value" },
		{ GOOD "key = abc\n", "unusable value of key 'key'" },
		{ GOOD "key = " KEY64 "\ncolour = red\n",
		  "meta.ini:6: unknown key 'colour'" },
		{ GOOD "key = " KEY64 "\n[other]\nname = x\n", "unknown key" },
		{ GOOD "key = " KEY64 "\nname = a%0\n", "unusable value" },
		{ GOOD "key = " KEY64 "\nname = a%00\n", "unusable value" },
		{ GOOD "key = " KEY64 "\nname\n", "meta.ini:6" },
		{ "[session]\nformat = 1\nworkspace = w\n"
		  "created = 5.000000000\nkey = " KEY64 "\n", "absolute" },
		{ "[session]\nformat = 1\nworkspace = /w\ncreated = 5\n"
		  "key = " KEY64 "\n", "unusable value of key 'created'" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct session *s = here();
		struct err err = ERR_INIT;

		scratch_write(META_FILE, cases[i].text);
		assert_true(meta_read(s, &err) < 0);
		assert_says(err, cases[i].says);
		assert_null(strstr(err.msg, KEY64));
		session_close(s);
	}
}

static void test_meta_missing_is_said(void **state)
{
	struct session *s = here();
	struct err err = ERR_INIT;

	assert_int_equal(meta_read(s, &err), -ENOENT);
	session_close(s);
}

static void test_meta_of_a_newer_format_is_read_in_part(void **state)
{
	struct session *s = here();
	struct err err = ERR_INIT;

	scratch_write(META_FILE, "[session]\nformat = 99\nname = later\n"
		      "colour = red\n");
	assert_ok(meta_read(s, &err), err);
	assert_int_equal(s->format, 99);
	assert_string_equal(s->name, "later");
	session_close(s);
}

#define T(name) cmocka_unit_test_setup_teardown(test_meta_##name, \
						scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(keeps_every_byte),
		T(refuses_what_is_broken),
		T(missing_is_said),
		T(of_a_newer_format_is_read_in_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
