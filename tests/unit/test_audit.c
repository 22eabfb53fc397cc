/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include "session/audit.h"
#include "util/buf.h"

/* The directory of the record is the current one. */
static void read_record(struct buf *text)
{
	buf_clear(text);
	assert_int_equal(io_read_file(AT_FDCWD, AUDIT_FILE, 1 << 24, text), 0);
}

static size_t lines(const struct buf *text)
{
	size_t n = 0;

	for (size_t i = 0; i < text->len; i++)
		n += text->ptr[i] == '\n';
	return n;
}

/* However they come, all are counted once the record is closed. */
static void test_audit_counts_all(void **state)
{
	struct buf text = BUF_INIT;
	struct audit *a = audit_open(AT_FDCWD, AUDIT_MAX);
	char path[32];

	assert_non_null(a);
	for (int i = 0; i < 1000; i++)
		audit_add(a, getpid(), "lookup", ".env", "dotenv");
	for (int i = 0; i < 3000; i++) {
		snprintf(path, sizeof(path), "d%d/.env", i % 1500);
		audit_add(a, getpid(), "lookup", path, "dotenv");
	}
	audit_close(a);
	read_record(&text);
	assert_int_equal(audit_total(text.ptr, text.len), 4000);
	assert_true(lines(&text) < 3100);
	buf_release(&text);
}

/* The same attempt of one program is one line a second, by any process. */
static void test_audit_limits_the_rate(void **state)
{
	struct buf text = BUF_INIT;
	struct audit *a = audit_open(AT_FDCWD, AUDIT_MAX);

	for (int i = 0; i < 10000; i++)
		audit_add(a, i + 1000000, "read", ".env", "dotenv");
	audit_flush(a);
	read_record(&text);
	assert_int_equal(audit_total(text.ptr, text.len), 10000);
	assert_true(lines(&text) < 20);
	audit_close(a);
	buf_release(&text);
}

/* At its size it stops growing, and goes on counting; also when opened again. */
static void test_audit_counts_past_its_size(void **state)
{
	struct buf text = BUF_INIT;
	struct audit *a = audit_open(AT_FDCWD, 2000);
	char path[32];
	size_t len;

	for (int i = 0; i < 500; i++) {
		snprintf(path, sizeof(path), "d%d/.env", i);
		audit_add(a, getpid(), "lookup", path, "dotenv");
	}
	audit_close(a);
	read_record(&text);
	assert_true(text.len < 2500);
	assert_int_equal(audit_total(text.ptr, text.len), 500);
	assert_non_null(strstr(text.ptr, "\"op\":\"more\""));
	len = text.len;
	a = audit_open(AT_FDCWD, 2000);
	for (int i = 0; i < 500; i++) {
		snprintf(path, sizeof(path), "e%d/.env", i);
		audit_add(a, getpid(), "lookup", path, "dotenv");
	}
	audit_close(a);
	read_record(&text);
	assert_true(text.len < len + 200);
	assert_int_equal(audit_total(text.ptr, text.len), 1000);
	buf_release(&text);
}

/* A path cannot be taken for a count, nor for anything else. */
static void test_audit_forged_names(void **state)
{
	struct buf text = BUF_INIT;
	struct audit *a = audit_open(AT_FDCWD, AUDIT_MAX);

	audit_add(a, getpid(), "lookup", "x\",\"count\":99,\n\"y\":\"", "r");
	audit_close(a);
	read_record(&text);
	assert_int_equal(lines(&text), 1);
	assert_int_equal(audit_total(text.ptr, text.len), 1);
	buf_release(&text);
}

static void test_audit_null(void **state)
{
	audit_add(NULL, 1, "a", "b", "c");
	audit_flush(NULL);
	audit_close(NULL);
	assert_null(audit_open(-1, AUDIT_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_audit_counts_all,
			scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_audit_limits_the_rate,
			scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_audit_counts_past_its_size,
			scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_audit_forged_names,
			scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_audit_null,
			scratch_setup, scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
