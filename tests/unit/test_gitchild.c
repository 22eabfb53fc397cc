/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <errno.h>
#include <sys/mman.h>

#include "review/gitchild.h"

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
	static const char block[65536];

	while (!io_write_full(out, block, sizeof(block)))
		;
	return 0;
}

static void run(gitchild_fn fn, double seconds, size_t memory, int want,
		const char *reply)
{
	static char text[] = "hello";
	struct gitchild_limits lim = { seconds, memory };
	struct buf out = BUF_INIT;

	assert_int_equal(gitchild_run(&lim, fn, text, &out), want);
	if (reply)
		assert_string_equal(out.ptr, reply);
	buf_release(&out);
}

static void test_gitchild_hands_on(void **state)
{
	run(say, 10, 0, -EXDEV, "hello");
}

static void test_gitchild_is_killed(void **state)
{
	run(hang, 0.2, 0, -ETIMEDOUT, "key\n");
	run(crash, 10, 0, -EIO, "");
	run(flood, 10, 0, -EFBIG, NULL);
}

static void test_gitchild_memory_is_limited(void **state)
{
#if !defined(__SANITIZE_ADDRESS__)
	run(eat, 10, (size_t)4 << 30, -ENOMEM, "");
#else
	run(eat, 10, 0, 0, "");
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gitchild_hands_on),
		cmocka_unit_test(test_gitchild_is_killed),
		cmocka_unit_test(test_gitchild_memory_is_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
