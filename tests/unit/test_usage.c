/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layer_fixture.c"

#include "session/snapshot.h"
#include "session/usage.h"

static uint64_t usage(struct fixture *f, time_t *last)
{
	struct err err = ERR_INIT;
	struct usage u;

	assert_int_equal(usage_of(f->s, &u, &err), 0);
	*last = u.last;
	return u.bytes;
}

static void test_usage_counts_shared_content_once(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;
	uint64_t before, after;
	char text[8192];
	time_t last;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(make(f, "", "new", S_IFREG | 0644), 0);
	for (int i = 0; i < 128; i++)
		write_at(f, "new", text, i * 8192);
	before = usage(f, &last);
	assert_true(before >= 1u << 20);
	assert_true(last >= time(NULL) - 60);
	assert_int_equal(layer_snapshot(f->l, "one", &err), 0);
	after = usage(f, &last);
	assert_true(after >= before);
	assert_true(after < before + (512u << 10));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_usage_counts_shared_content_once, layer_setup,
			layer_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
