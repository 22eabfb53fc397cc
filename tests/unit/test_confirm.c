/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "scan/confirm.h"

static struct ruleset *rules;
static struct confirm *confirm;

static const char text[] =
	"[key]\nkind = path\npaths = *.pem\nconfirm = PRIVATE KEY\n"
	"[plain]\nkind = path\npaths = secrets.yml\nconfirm = ^\\w+: .\n"
	"\t!^sops:\n"
	"[db]\nkind = path\npaths = c.db\nconfirm = @sqlite\n"
	"[veto]\nkind = path\npaths = v\nconfirm = !^VAULT\n"
	"[none]\nkind = path\npaths = n\n";

static int start(void **state)
{
	return ruleset_new(&rules) ||
	       ruleset_parse(rules, "t", text, strlen(text), ORIGIN_USER,
			     NULL) ||
	       confirm_new(&confirm, rules, NULL);
}

static int stop(void **state)
{
	confirm_free(confirm);
	ruleset_free(rules);
	return 0;
}

static int file(size_t number, const char *s, size_t len, off_t size)
{
	int fd = memfd_create("t", MFD_CLOEXEC), yes;

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, s, len, size > (off_t)len ?
						    size - (off_t)len : 0),
			 (ssize_t)len);
	yes = confirm_file(confirm, number, fd);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	close(fd);
	return yes;
}

static void test_confirm_markers_and_vetoes(void **state)
{
	assert_true(file(0, "x\nPRIVATE KEY\n", 14, 0));
	assert_false(file(0, "CERTIFICATE\n", 12, 0));
	assert_false(file(0, "", 0, 0));
	assert_true(file(1, "a: b\n", 5, 0));
	assert_false(file(1, "a: b\nsops:\n", 11, 0));
	assert_true(file(2, "SQLite format 3\0abc", 19, 0));
	assert_false(file(2, "text", 4, 0));
	assert_true(file(3, "x", 1, 0));
	assert_false(file(3, "VAULT 1", 7, 0));
	assert_true(file(4, "x", 1, 0));
}

static void test_confirm_looks_through_utf16(void **state)
{
	char wide[40] = "\xff\xfe";
	const char *s = "PRIVATE KEY";

	for (size_t i = 0; s[i]; i++)
		wide[2 + 2 * i] = s[i];
	assert_true(file(0, wide, sizeof(wide), 0));
}

static void test_confirm_reads_large_files_whole(void **state)
{
	const char *s = "PRIVATE KEY";

	/* Across the border of two pieces, at the end, and beyond the bound. */
	assert_true(file(0, s, strlen(s), (1 << 20) + 5));
	assert_true(file(0, s, strlen(s), (3 << 20) + 100));
	assert_false(file(0, "nothing", 7, (3 << 20) + 100));
	assert_true(file(0, "nothing", 7, (off_t)CONFIRM_MAX + (2 << 20)));
}

static void test_confirm_fails_closed(void **state)
{
	char path[] = "/tmp/scrim-test-XXXXXX";
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), pipefd[2];
	int made = mkstemp(path);

	assert_true(made >= 0);
	close(made);
	assert_false(confirm_file(confirm, 0, fd));
	assert_true(confirm_file(confirm, 0, -1));
	close(fd);
	assert_int_equal(pipe(pipefd), 0);
	assert_false(confirm_file(confirm, 0, pipefd[0]));
	close(pipefd[0]);
	close(pipefd[1]);
	/* A file that may not be read. */
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_true(confirm_file(confirm, 0, fd));
	close(fd);
	unlink(path);
}

static void test_confirm_text(void **state)
{
	assert_true(confirm_text(confirm, 0, "a PRIVATE KEY", 13));
	assert_false(confirm_text(confirm, 0, "a", 1));
	assert_true(confirm_text(confirm, 4, "a", 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_confirm_markers_and_vetoes),
		cmocka_unit_test(test_confirm_looks_through_utf16),
		cmocka_unit_test(test_confirm_reads_large_files_whole),
		cmocka_unit_test(test_confirm_fails_closed),
		cmocka_unit_test(test_confirm_text),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
