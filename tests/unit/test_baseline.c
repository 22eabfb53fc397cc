/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <errno.h>

#include "scan/baseline.h"

static void test_baseline_round_trip(void **state)
{
	struct err err = ERR_INIT;
	struct baseline *b;
	char hash[DIGEST_HEX], other[DIGEST_HEX];
	struct buf text = BUF_INIT;

	assert_int_equal(baseline_new(&b), 0);
	baseline_hash(b, "FAKE-secret", 11, hash);
	assert_int_equal(baseline_add(b, hash), 0);
	assert_int_equal(baseline_add(b, hash), 0);
	assert_ok(baseline_write(b, "known", &err), err);
	baseline_free(b);
	assert_int_equal(io_read_file(AT_FDCWD, "known", 10000, &text), 0);
	assert_null(strstr(text.ptr, "FAKE"));
	buf_release(&text);

	assert_ok(baseline_read(&b, "known", &err), err);
	baseline_hash(b, "FAKE-secret", 11, other);
	assert_string_equal(hash, other);
	assert_true(baseline_has(b, other));
	baseline_hash(b, "FAKE-secret2", 12, other);
	assert_false(baseline_has(b, other));
	baseline_free(b);

	/* Another file has another salt. */
	assert_int_equal(baseline_new(&b), 0);
	baseline_hash(b, "FAKE-secret", 11, other);
	assert_string_not_equal(hash, other);
	baseline_free(b);
}

static void test_baseline_refuses(void **state)
{
	struct err err = ERR_INIT;
	struct baseline *b = NULL;

	assert_int_equal(baseline_read(&b, "none", &err), -ENOENT);
	scratch_write("bad", "hello\n");
	assert_int_equal(baseline_read(&b, "bad", &err), -EINVAL);
	assert_says(err, "bad:1");
	scratch_write("bad", "");
	assert_int_equal(baseline_read(&b, "bad", &err), -EINVAL);
	scratch_write("bad", "# scrim baseline 1\nsalt 12\n");
	assert_int_equal(baseline_read(&b, "bad", &err), -EINVAL);
	assert_says(err, "bad:2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_baseline_round_trip),
		cmocka_unit_test(test_baseline_refuses),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
