/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <errno.h>

#include "util/json.h"

static char *print(const json_t *root)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	assert_int_equal(jout_print(f, root), 0);
	fclose(f);
	return text;
}

static void check(const char *name, size_t len, const char *want)
{
	json_t *o = json_object();
	char *text;

	jout_bytes(o, "n", name, len);
	text = print(o);
	assert_string_equal(text, want);
	free(text);
	json_decref(o);
}

static void test_json_names_are_safe_and_whole(void **state)
{
	check("a\"b\n", 4, "{\n  \"n\": \"a\\\"b\\n\"\n}\n");
	check("\033]52;c\x7f", 7, "{\n  \"n\": \"\\u001B]52;c\\u007f\"\n}\n");
	check("\xe2\x80\xae", 3, "{\n  \"n\": \"\\u202E\"\n}\n");
	check("a\xff\xc3", 3, "{\n  \"n_hex\": \"61ffc3\",\n"
	      "  \"n\": \"a\\\\xff\\\\xc3\"\n}\n");
	check("a\0b", 3, "{\n  \"n_hex\": \"610062\",\n"
	      "  \"n\": \"a\\\\x00b\"\n}\n");
}

static void test_json_null(void **state)
{
	json_t *o = json_object();
	char *text;

	jout_name(o, "n", NULL);
	jout_name(o, "m", "x");
	text = print(o);
	assert_string_equal(text, "{\n  \"n\": null,\n  \"m\": \"x\"\n}\n");
	free(text);
	json_decref(o);
	assert_int_equal(jout_print(stdout, NULL), -ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_names_are_safe_and_whole),
		cmocka_unit_test(test_json_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
