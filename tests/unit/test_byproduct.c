/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <stdio.h>

#include "scan/byproduct.h"

struct want {
	const char *name;
	int opaque, seen;
};

static int look(void *payload, const struct byproduct *b)
{
	struct want *w = payload;

	if (strlen(w->name) == b->len && !memcmp(w->name, b->name, b->len) &&
	    w->opaque == b->opaque)
		w->seen = 1;
	return 0;
}

static int is_of(const char *name, const char *of, int opaque)
{
	struct want w = { of, opaque, 0 };

	assert_int_equal(byproduct_each(name, strlen(name), look, &w), 0);
	return w.seen;
}

static void test_byproduct_copies(void **state)
{
	static const char *const copies[] = {
		".env~", ".env.bak", ".env.bak.1699", ".env.orig", ".env.save",
		".env.save.1", ".env.old", ".env_bak", ".env-backup",
		".env.backup-2024-01-31t10:00:00z", ".env (copy)", "#.env#",
		".#.env", ".env.~1~", ".env.20240131", "..env.a1b2c3",
		"copy of .env", ".env.bak~", ".env.dpkg-old", ".env.rpmsave",
		".env.tmp", ".env_old.1", ".env (1)", ".env(2)", ".env 2",
		".env - copy", ".env copy 3", ".env - copy (2)",
		".env (bob's conflicted copy 2024-01-31)", ".env_(copy)",
	};

	for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++)
		if (!is_of(copies[i], ".env", 0))
			fail_msg("%s", copies[i]);
}

static void test_byproduct_mark_before_the_extension(void **state)
{
	static const char *const copies[] = {
		"keys (1).json", "keys copy.json", "keys copy 2.json",
		"keys - copy.json", "keys 2.json", "keys-copy.json",
		"keys (conflicted copy).json", "keys (1).json~",
	};

	for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++)
		if (!is_of(copies[i], "keys.json", 0))
			fail_msg("%s", copies[i]);
	assert_false(is_of("keys (old).json", "keys.json", 0));
	assert_false(is_of("keys 2024.json", "keys.json", 0));
	assert_false(is_of("keys2.json", "keys.json", 0));
	assert_false(is_of(" (1).json", ".json", 0));
}

static void test_byproduct_opaque(void **state)
{
	assert_true(is_of(".env.swp", ".env", 1));
	assert_true(is_of("..env.swp", ".env", 1));
	assert_true(is_of(".config.json.swo", "config.json", 1));
	assert_true(is_of("..env.un~", ".env", 1));
	assert_true(is_of("key4.db-wal", "key4.db", 1));
	assert_true(is_of("id_rsa.gz", "id_rsa", 1));
	assert_true(is_of("id_rsa.bak.gz", "id_rsa", 1));
	assert_true(is_of("id_rsa.2024.gz", "id_rsa", 1));
	assert_false(is_of("core.5.gz", "core", 1));
}

/* The table and the bytes that are asked first say the same. */
static void test_byproduct_all_suffixes(void **state)
{
	static const char *const ends[] = {
		" (copy)", ".bz2", ".kate-swp", ".swp", ".zip", ".old",
		".dpkg-old", ".ucf-old", "-old", "_old", ".saved", ".save",
		".rpmsave", ".pacsave", ".autosave", ".orig", ".rpmorig",
		".origin", ".bak", "_bak", "-bak", ".journal", "-journal",
		"-wal", ".original", "-shm", ".swn", ".swo", ".backup",
		"-backup", "_backup", ".tmp", ".temp", ".part", ".dpkg-dist",
		".zst", ".rpmnew", ".dpkg-new", ".pacnew", ".new", ".prev",
		",v", ".swx", ".copy", "-copy", "_copy", " copy", ".gz",
		".xz", ".un~", "~", ".tar", ".rar", ".b64", ".base64", ".lz4",
		".tgz", ".7z",
	};
	char name[64];

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(name, sizeof(name), ".env%s", ends[i]);
		if (!is_of(name, ".env", 0) && !is_of(name, ".env", 1))
			fail_msg("%s", name);
	}
}

static int count(void *payload, const struct byproduct *b)
{
	++*(int *)payload;
	return 0;
}

static void test_byproduct_of_nothing(void **state)
{
	static const char *const plain[] = { "main.c", "README.md", ".env", "~",
					     "x", "", ".bak", "a1", "v2.x", "#" };
	int n = 0;

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		byproduct_each(plain[i], strlen(plain[i]), count, &n);
	assert_int_equal(n, 0);
}

static int stop(void *payload, const struct byproduct *b)
{
	return -7;
}

static void test_byproduct_passes_the_return_on(void **state)
{
	assert_int_equal(byproduct_each("a~", 2, stop, NULL), -7);
	assert_int_equal(byproduct_each("a", 1, stop, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_byproduct_copies),
		cmocka_unit_test(test_byproduct_mark_before_the_extension),
		cmocka_unit_test(test_byproduct_opaque),
		cmocka_unit_test(test_byproduct_all_suffixes),
		cmocka_unit_test(test_byproduct_of_nothing),
		cmocka_unit_test(test_byproduct_passes_the_return_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
