/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <errno.h>

#include "review/gitdir.h"

#define ID_A "0123456789abcdef0123456789abcdef01234567"
#define ID_B "fedcba9876543210fedcba9876543210fedcba98"

static void test_gitref_names(void **state)
{
	static const char *const good[] = {
		"refs/heads/main", "refs/heads/a/b.c", "refs/remotes/o/x-1"
	};
	static const char *const bad[] = {
		"main", "refs/", "refs/heads/", "refs/heads/../x",
		"refs/heads/.x", "refs/heads/a..b", "refs/heads/a b",
		"refs/heads/a\nb", "refs/heads/x.lock", "refs/heads/a:b",
		"refs//x", "/refs/heads/x", "refs/heads/a@{1}", "refs/heads/x."
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_true(gitdir_ref_is_clean(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(gitdir_ref_is_clean(bad[i]));
}

static int resolve(const struct gitdir *d, const char *name, char hex[41])
{
	uint8_t id[GITSET_ID];
	int r = gitdir_ref(d, name, id);

	if (!r)
		gitdir_id_text(id, hex);
	return r;
}

static void test_gitref_resolves(void **state)
{
	struct gitdir d = { .fd = -1, .common = -1, .objects = -1,
			    .config = BUF_INIT };
	struct githead head;
	struct err err = ERR_INIT;
	char hex[41];

	mkdir("refs", 0700);
	mkdir("refs/heads", 0700);
	scratch_write("refs/heads/loose", ID_A "\n");
	scratch_write("refs/heads/sym", "ref: refs/heads/loose\n");
	scratch_write("refs/heads/round", "ref: refs/heads/round\n");
	scratch_write("refs/heads/bad", "0123\n");
	scratch_write("packed-refs", "# pack-refs with: peeled\n"
		      ID_B " refs/heads/packed\n^" ID_A "\n"
		      ID_B " refs/heads/loose\n");
	scratch_write("HEAD", "ref: refs/heads/packed\n");
	assert_int_equal(symlink("/etc/hostname", "refs/heads/link"), 0);
	d.fd = open(".", O_RDONLY | O_DIRECTORY);
	d.common = dup(d.fd);
	assert_int_equal(resolve(&d, "refs/heads/loose", hex), 0);
	assert_string_equal(hex, ID_A);
	assert_int_equal(resolve(&d, "refs/heads/sym", hex), 0);
	assert_string_equal(hex, ID_A);
	assert_int_equal(resolve(&d, "refs/heads/packed", hex), 0);
	assert_string_equal(hex, ID_B);
	assert_int_equal(resolve(&d, "refs/heads/none", hex), -ENOENT);
	assert_int_equal(resolve(&d, "refs/heads/round", hex), -EINVAL);
	assert_int_equal(resolve(&d, "refs/heads/bad", hex), -EINVAL);
	assert_int_equal(resolve(&d, "refs/heads/link", hex), -ELOOP);

	assert_ok(gitdir_head(&d, &head, &err), err);
	assert_string_equal(head.ref, "refs/heads/packed");
	assert_true(head.born);
	githead_release(&head);
	scratch_write("HEAD", ID_A "\n");
	assert_ok(gitdir_head(&d, &head, &err), err);
	assert_null(head.ref);
	assert_true(head.born);
	scratch_write("HEAD", "ref: refs/heads/none\n");
	assert_ok(gitdir_head(&d, &head, &err), err);
	assert_false(head.born);
	githead_release(&head);
	gitdir_release(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gitref_names),
		cmocka_unit_test_setup_teardown(test_gitref_resolves,
						scratch_setup,
						scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
