/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "review/merge.h"
#include "util/io.h"

static struct merge_side side(const char *text, const char *label)
{
	return (struct merge_side){ text, strlen(text), label };
}

static void test_merge_clean(void **state)
{
	struct merge_side base = side("a\nb\nc\nd\ne\n", "base");
	struct merge_side ours = side("A\nb\nc\nd\ne\n", "yours");
	struct merge_side theirs = side("a\nb\nc\nd\nE\n", "agent's");
	struct buf out = BUF_INIT;
	int clean = 0;

	assert_int_equal(merge_texts(&base, &ours, &theirs, &out, &clean), 0);
	assert_int_equal(clean, 1);
	assert_string_equal(out.ptr, "A\nb\nc\nd\nE\n");
	buf_release(&out);
}

static void test_merge_conflict_has_markers(void **state)
{
	struct merge_side base = side("a\n", "base");
	struct merge_side ours = side("b\n", "yours");
	struct merge_side theirs = side("c\n", "agent's");
	struct buf out = BUF_INIT;
	int clean = 1;

	assert_int_equal(merge_texts(&base, &ours, &theirs, &out, &clean), 0);
	assert_int_equal(clean, 0);
	assert_string_equal(out.ptr, "<<<<<<< yours\nb\n=======\nc\n"
			    ">>>>>>> agent's\n");
	buf_release(&out);
}

static void test_merge_binary_is_not_merged(void **state)
{
	struct merge_side base = { "a\0b", 3, "base" };
	struct merge_side text = side("a\n", "x");
	struct buf out = BUF_INIT;
	int clean;

	assert_int_equal(merge_texts(&base, &text, &text, &out, &clean), -95);
	assert_int_equal(merge_texts(&text, &base, &text, &out, &clean), -95);
	assert_int_equal(out.len, 0);
}

/* ------------------------------------------------ against git merge-file */

static unsigned long next_random(unsigned long *seed)
{
	*seed = *seed * 6364136223846793005ul + 1442695040888963407ul;
	return *seed >> 33;
}

static void mutate(unsigned long *seed, const struct buf *from, struct buf *to)
{
	const char *p = from->ptr, *end = p + from->len;

	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		const char *next = nl ? nl + 1 : end;
		unsigned long dice = next_random(seed) % 14;

		if (dice == 0)
			buf_addf(to, "ins%lu\n", next_random(seed) % 4);
		if (dice == 2)
			buf_addf(to, "chg%lu\n", next_random(seed) % 4);
		else if (dice != 1)
			buf_add(to, p, (size_t)(next - p));
		p = next;
	}
	if (next_random(seed) % 6 == 0 && to->len && to->ptr[to->len - 1] == '\n')
		buf_cut(to, to->len - 1);
}

static void put(int dir, const char *name, const struct buf *b)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(io_write_full(fd, b->ptr, b->len), 0);
	close(fd);
}

/* The exit status of git merge-file -p; its output goes to the file "out". */
static int run_git(int dir)
{
	pid_t pid = fork();
	int status, fd;

	if (!pid) {
		if (fchdir(dir))
			_exit(126);
		fd = open("out", O_WRONLY | O_CREAT | O_TRUNC, 0600);
		if (fd < 0 || dup2(fd, 1) < 0)
			_exit(126);
		execlp("git", "git", "merge-file", "-p", "-L", "yours", "-L",
		       "base", "-L", "agent's", "ours", "base", "theirs",
		       (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int one_case(int dir, unsigned long *seed)
{
	struct buf text[3] = { BUF_INIT, BUF_INIT, BUF_INIT };
	struct buf want = BUF_INIT, got = BUF_INIT;
	struct merge_side s[3];
	size_t n = 3 + next_random(seed) % 40;
	int status, clean;

	for (size_t i = 0; i < n; i++)
		buf_addf(&text[0], "%s%lu\n", i % 3 ? "line " : "}",
			 next_random(seed) % 12);
	mutate(seed, &text[0], &text[1]);
	mutate(seed, &text[0], &text[2]);
	put(dir, "base", &text[0]);
	put(dir, "ours", &text[1]);
	put(dir, "theirs", &text[2]);
	status = run_git(dir);
	assert_true(status >= 0 && status < 126);
	assert_int_equal(io_read_file(dir, "out", 1 << 20, &want), 0);
	for (int i = 0; i < 3; i++)
		s[i] = (struct merge_side){ text[i].ptr, text[i].len, "" };
	s[0].label = "base";
	s[1].label = "yours";
	s[2].label = "agent's";
	assert_int_equal(merge_texts(&s[0], &s[1], &s[2], &got, &clean), 0);
	assert_int_equal(clean, status == 0);
	assert_string_equal(got.ptr, want.ptr);
	assert_int_equal(got.len, want.len);
	for (int i = 0; i < 3; i++)
		buf_release(&text[i]);
	buf_release(&want);
	buf_release(&got);
	return clean;
}

static void test_merge_same_as_git(void **state)
{
	char name[] = "/tmp/scrim-merge-XXXXXX";
	unsigned long seed = 7;
	int dir, clean = 0;

	assert_non_null(mkdtemp(name));
	dir = open(name, O_RDONLY | O_DIRECTORY);
	assert_true(dir >= 0);
	if (run_git(dir) == 127) {
		print_message("git is not installed\n");
		assert_null(getenv("CI"));
		io_remove_tree(AT_FDCWD, name);
		close(dir);
		skip();
	}
	for (int i = 0; i < 500; i++)
		clean += one_case(dir, &seed);
	print_message("%d of 500 merges were clean\n", clean);
	assert_in_range(clean, 50, 450);
	close(dir);
	assert_int_equal(io_remove_tree(AT_FDCWD, name), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_merge_clean),
		cmocka_unit_test(test_merge_conflict_has_markers),
		cmocka_unit_test(test_merge_binary_is_not_merged),
		cmocka_unit_test(test_merge_same_as_git),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
