/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include "review/gitset.h"

static void make_id(uint8_t id[GITSET_ID], unsigned n)
{
	memset(id, 0, GITSET_ID);
	memcpy(id, &n, sizeof(n));
}

static void test_gitset_finds_what_was_put(void **state)
{
	uint8_t id[GITSET_ID], value[GITSET_ID];
	struct gitset s;

	gitset_init(&s);
	make_id(id, 0);
	assert_null(gitset_get(&s, id, "a", 1));
	for (unsigned i = 0; i < 5000; i++) {
		make_id(id, i % 100);
		make_id(value, i);
		assert_int_equal(gitset_put(&s, id, (char *)&i, sizeof(i),
					    value), 1);
	}
	for (unsigned i = 0; i < 5000; i++) {
		make_id(id, i % 100);
		make_id(value, i);
		assert_memory_equal(gitset_get(&s, id, (char *)&i, sizeof(i)),
				    value, GITSET_ID);
		assert_int_equal(gitset_put(&s, id, (char *)&i, sizeof(i),
					    NULL), 0);
	}
	make_id(id, 100);
	assert_null(gitset_get(&s, id, "", 0));
	gitset_release(&s);
}

static void test_gitset_tells_paths_and_ids_apart(void **state)
{
	static const char *const paths[] = {
		"", "a", "b", "a/b", "eightchr", "eightchrs", "eightch"
	};
	uint8_t id[GITSET_ID], other[GITSET_ID];
	struct gitset s;

	gitset_init(&s);
	make_id(id, 7);
	make_id(other, 8);
	for (size_t i = 0; i < 7; i++) {
		const char *p = paths[i];

		assert_int_equal(gitset_put(&s, id, p, strlen(p), NULL), 1);
		assert_int_equal(gitset_put(&s, other, p, strlen(p), NULL), 1);
		assert_int_equal(gitset_put(&s, NULL, p, strlen(p), NULL), 1);
	}
	assert_int_equal(gitset_put(&s, id, "a/b", 3, other), 0);
	assert_memory_equal(gitset_get(&s, id, "a/b", 3), other, GITSET_ID);
	gitset_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gitset_finds_what_was_put),
		cmocka_unit_test(test_gitset_tells_paths_and_ids_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
