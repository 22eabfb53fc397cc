/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <errno.h>

#include "util/buf.h"
#include "util/conf.h"

static int note(void *payload, const char *section, const char *key,
		const char *value, int line, struct err *err)
{
	buf_addf(payload, "%d %s.%s=<%s> ", line, section, key, value);
	return strcmp(key, "bad") ? 0 : err_set(err, -EDOM, "no good");
}

static int parse(const char *text, size_t len, struct buf *out, struct err *err)
{
	buf_clear(out);
	return conf_parse("f.ini", text, len, note, out, err);
}

static void test_conf_values(void **state)
{
	static const char text[] =
		"; comment\n[s]\na = 1\nb = x \\\n\ty\nc = one\n two\n"
		"a = again ; not this\n[t]\nd =\n";
	struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	assert_ok(parse(text, sizeof(text) - 1, &out, &err), err);
	assert_string_equal(out.ptr, "3 s.a=<1> 4 s.b=<x y> 6 s.c=<one\ntwo> "
			    "8 s.a=<again> 10 t.d=<> ");
	buf_release(&out);
}

static void test_conf_never_loads_in_part(void **state)
{
	char longest[256] = "[s]\nk = ";
	struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	assert_int_equal(parse("[s]\na\n", 6, &out, &err), -EINVAL);
	assert_says(err, "f.ini:2: neither");
	assert_int_equal(parse("[s]\na=\0\n", 8, &out, &err), -EINVAL);
	assert_says(err, "NUL");
	memset(longest + 8, 'x', CONF_LINE_MAX - 3);
	assert_int_equal(parse(longest, strlen(longest), &out, &err), -EINVAL);
	assert_says(err, "f.ini:2: line of 199 bytes");
	longest[strlen(longest) - 1] = '\0';
	assert_ok(parse(longest, strlen(longest), &out, &err), err);
	assert_int_equal(parse("[s]\na=1\nbad=2\nc=3\n", 18, &out, &err),
			 -EDOM);
	assert_says(err, "f.ini:3: no good");
	buf_release(&out);
}

static void test_conf_read_says_what_is_missing(void **state)
{
	struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	assert_int_equal(conf_read("/nonesuch.ini", note, &out, &err), -ENOENT);
	assert_says(err, "/nonesuch.ini");
	buf_release(&out);
}

static void test_conf_words(void **state)
{
	unsigned long long n = 0;
	struct err err = ERR_INIT;
	int yes = 0;

	assert_int_equal(conf_bool("yes", &yes, &err), 0);
	assert_int_equal(yes, 1);
	assert_int_equal(conf_bool("maybe", &yes, &err), -EINVAL);
	assert_int_equal(conf_size("20M", &n, &err), 0);
	assert_int_equal(n, 20 << 20);
	assert_int_equal(conf_size("-1", &n, &err), -EINVAL);
	assert_int_equal(conf_size("1kk", &n, &err), -EINVAL);
	assert_int_equal(conf_size("99999999999G", &n, &err), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conf_values),
		cmocka_unit_test(test_conf_never_loads_in_part),
		cmocka_unit_test(test_conf_read_says_what_is_missing),
		cmocka_unit_test(test_conf_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
