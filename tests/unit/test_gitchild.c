/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "review/gitchild.h"
#include "util/sanitizer.h"

static int say(void *payload, int out)
{
	return io_write_full(out, payload, strlen(payload)) ? -EIO : -EXDEV;
}

static int hang(void *payload, int out)
{
	io_write_full(out, "key\n", 4);
	for (;;)
		pause();
	return 0;
}

static int get_on(void *payload, int out)
{
	time_t last = 0;

	for (int i = 0; i < 40; i++) {
		usleep(100000);
		last = 0;
		gitchild_beat(out, &last);
	}
	return io_write_full(out, "done", 4);
}

static int crash(void *payload, int out)
{
	abort();
	return 0;
}

static int eat(void *payload, int out)
{
	return mmap(NULL, (size_t)8 << 30, PROT_READ, MAP_PRIVATE |
		    MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) == MAP_FAILED ?
	       -errno : 0;
}

static int flood(void *payload, int out)
{
	char block[65536];

	memset(block, 'x', sizeof(block));
	while (!io_write_full(out, block, sizeof(block)))
		;
	return 0;
}

static void run_stalling(gitchild_fn fn, double seconds, size_t memory,
			 double stall, int want, const char *reply)
{
	static char text[] = "hello";
	struct gitchild_limits lim = { seconds, memory, stall, -1 };
	struct buf out = BUF_INIT;

	assert_int_equal(gitchild_run(&lim, fn, text, &out), want);
	if (reply)
		assert_string_equal(out.ptr, reply);
	buf_release(&out);
}

static void run(gitchild_fn fn, double seconds, size_t memory, int want,
		const char *reply)
{
	run_stalling(fn, seconds, memory, 0.5, want, reply);
}

static void test_gitchild_hands_on(void **state)
{
	run(say, 10, 0, -EXDEV, "hello");
}

static void test_gitchild_is_killed(void **state)
{
	run(hang, 0.2, 0, -ETIMEDOUT, "key\n");
	run(hang, 30, 0, -ETIMEDOUT, "key\n");
	run_stalling(get_on, 60, 0, 3, 0, "done");
	run(crash, 10, 0, -EIO, "");
	run(flood, 10, 0, -EFBIG, NULL);
}

static void test_gitchild_memory_is_limited(void **state)
{
	if (SANITIZED)
		run(eat, 10, 0, 0, "");
	else
		run(eat, 10, (size_t)4 << 30, -ENOMEM, "");
}

static int write_files(void *payload, int out)
{
	static const char *const paths[] = { "in/new", "outside", "in/old" };
	const char *said = "";

	for (size_t i = 0; i < 3; i++) {
		int fd = open(paths[i], O_WRONLY | O_CREAT, 0600);

		said = fd < 0 ? "-" : "+";
		io_write_full(out, said, 1);
		io_close(&fd);
	}
	return 0;
}

static void test_gitchild_writes_in_one_place(void **state)
{
	struct gitchild_limits lim = { 10, 0, 0, -1 };
	struct buf out = BUF_INIT;

	if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 0) {
		print_message("this kernel has no Landlock\n");
		assert_null(getenv("CI"));
		skip();
	}
	mkdir("in", 0700);
	scratch_write("in/old", "");
	lim.write_fd = open("in", O_RDONLY | O_DIRECTORY);
	assert_int_equal(gitchild_run(&lim, write_files, NULL, &out), 0);
	assert_string_equal(out.ptr, "+-+");
	close(lim.write_fd);
	lim.write_fd = -1;
	assert_int_equal(gitchild_run(&lim, write_files, NULL, &out), 0);
	assert_string_equal(out.ptr, "+-+---");
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gitchild_hands_on),
		cmocka_unit_test(test_gitchild_is_killed),
		cmocka_unit_test(test_gitchild_memory_is_limited),
		cmocka_unit_test_setup_teardown(
			test_gitchild_writes_in_one_place, scratch_setup,
			scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
