/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layer_fixture.c"

#include <sys/xattr.h>

#include "session/acl.h"
#include "session/change.h"

/* An ACL as the kernel passes it: pairs of tag and permissions. */
struct tags {
	unsigned char at[4 + 8 * 5];
	size_t len;
};

static struct tags acl_of(const char *pairs)
{
	struct tags t = { { 2 }, 4 };

	for (; *pairs; pairs += 2, t.len += 8) {
		const char *tags = "u.U.g.G.m.o";
		int bit = (int)(strchr(tags, pairs[0]) - tags) / 2;

		t.at[t.len] = (unsigned char)(1 << bit);
		t.at[t.len + 2] = (unsigned char)(pairs[1] - '0');
		t.at[t.len + 4] = pairs[0] == 'U' ? 7 : 0;
	}
	return t;
}

static int set(struct fixture *f, const char *path, const char *name,
	       const void *value, size_t len, int flags)
{
	struct node *n = at(f, path);
	int r = layer_setxattr(f->l, &me, n, name, value, len, flags);

	layer_forget(f->l, n, 1);
	return r;
}

static int take(struct fixture *f, const char *path, const char *name)
{
	struct node *n = at(f, path);
	int r = layer_removexattr(f->l, &me, n, name);

	layer_forget(f->l, n, 1);
	return r;
}

/* What an attribute holds, or what it is refused with. */
static void check_value(struct fixture *f, const char *path, const char *name,
			int want, const char *text)
{
	struct node *n = at(f, path);
	struct buf b = BUF_INIT;

	assert_int_equal(layer_getxattr(f->l, n, name, &b), want);
	if (!want) {
		assert_int_equal(b.len, strlen(text));
		assert_memory_equal(b.ptr, text, b.len);
	}
	buf_release(&b);
	layer_forget(f->l, n, 1);
}

static void check_names(struct fixture *f, const char *path, const char *want,
			size_t len)
{
	struct node *n = at(f, path);
	struct buf b = BUF_INIT;

	assert_int_equal(layer_listxattr(f->l, n, &b), 0);
	assert_int_equal(b.len, len);
	assert_memory_equal(b.ptr, want, len);
	buf_release(&b);
	layer_forget(f->l, n, 1);
}

static void test_xattr_values(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(set(f, "plain", "user.a", "one", 3, 0), 0);
	assert_int_equal(set(f, "plain", "user.a", "x", 1, XATTR_CREATE),
			 -EEXIST);
	assert_int_equal(set(f, "plain", "user.b", "x", 1, XATTR_REPLACE),
			 -ENODATA);
	check_value(f, "plain", "user.a", 0, "one");
	assert_int_equal(set(f, "plain", "user.a", "", 0, XATTR_REPLACE), 0);
	check_value(f, "plain", "user.a", 0, "");
	reopen(f);
	check_value(f, "plain", "user.a", 0, "");
	check_names(f, "plain", "user.a", 7);
	assert_int_equal(take(f, "plain", "user.a"), 0);
	assert_int_equal(take(f, "plain", "user.a"), -ENODATA);
	check_value(f, "plain", "user.a", -ENODATA, NULL);
	check_names(f, "plain", "", 0);
	reopen(f);
	check_value(f, "plain", "user.a", -ENODATA, NULL);
}

static void test_xattr_refused(void **state)
{
	struct fixture *f = *state;
	char name[300] = "user.";

	memset(name + 5, 'n', sizeof(name) - 6);
	assert_int_equal(set(f, "plain", name, "x", 1, 0), -ERANGE);
	assert_int_equal(set(f, "plain", "user.", "x", 1, 0), -EINVAL);
	assert_int_equal(set(f, "plain", "trusted.x", "x", 1, 0), -EOPNOTSUPP);
	assert_int_equal(set(f, "plain", "security.x", "x", 1, 0), -EOPNOTSUPP);
	assert_int_equal(make(f, "", "link", S_IFLNK | 0777), 0);
	assert_int_equal(set(f, "link", "user.x", "x", 1, 0), -EPERM);
	assert_int_equal(take(f, "plain", "trusted.x"), -EOPNOTSUPP);
	check_value(f, "plain", "trusted.x", -EOPNOTSUPP, NULL);
	check_value(f, "plain", "security.capability", -ENODATA, NULL);
	check_value(f, "link", "user.x", -ENODATA, NULL);
	check_names(f, "link", "", 0);
}

/* All of a file's together are bounded, and what was refused is not there. */
static void test_xattr_total(void **state)
{
	struct fixture *f = *state;
	char *big = calloc(1, 60000), name[16];
	int n, r = 0;

	for (n = 0; n < 100 && !r; n++) {
		snprintf(name, sizeof(name), "user.%d", n);
		r = set(f, "plain", name, big, 60000, 0);
	}
	assert_int_equal(r, -ENOSPC);
	assert_int_equal(n, 18);	/* 17 are less than a mebibyte */
	check_value(f, "plain", "user.17", -ENODATA, NULL);
	/* one in the place of another needs no more room */
	assert_int_equal(set(f, "plain", "user.3", "x", 1, 0), 0);
	assert_int_equal(set(f, "plain", "user.3", big, 60000, 0), 0);
	free(big);
}

/* The workspace's own show, and stay there as they are. */
static void test_xattr_of_the_workspace(void **state)
{
	struct fixture *f = *state;
	char path[256];

	snprintf(path, sizeof(path), "%s/plain", f->ws);
	if (setxattr(path, "user.mine", "value", 5, 0)) {
		print_message("/tmp has no user attributes\n");
		assert_null(getenv("CI"));
		skip();
	}
	check_value(f, "plain", "user.mine", 0, "value");
	check_names(f, "plain", "user.mine", 10);
	/* the first change of attributes takes them along */
	assert_int_equal(set(f, "plain", "user.too", "x", 1, 0), 0);
	check_value(f, "plain", "user.mine", 0, "value");
	assert_int_equal(take(f, "plain", "user.mine"), 0);
	check_names(f, "plain", "user.too", 9);
	assert_int_equal(getxattr(path, "user.mine", NULL, 0), 5);
	assert_int_equal(getxattr(path, "user.too", NULL, 0), -1);
}

static void test_xattr_access_acl(void **state)
{
	struct fixture *f = *state;
	struct tags t = acl_of("u6g4o0");

	/* no more than permission bits: it becomes them */
	assert_int_equal(set(f, "plain", ACL_ACCESS, t.at, t.len, 0), 0);
	assert_int_equal(stat_of(f, "plain").st_mode & 0777, 0640);
	check_value(f, "plain", ACL_ACCESS, -ENODATA, NULL);
	/* more: it is kept, and the mask shows as the group's bits */
	t = acl_of("u7U6g4m5o1");
	assert_int_equal(set(f, "plain", ACL_ACCESS, t.at, t.len, 0), 0);
	assert_int_equal(stat_of(f, "plain").st_mode & 0777, 0751);
	check_names(f, "plain", ACL_ACCESS, sizeof(ACL_ACCESS));
	t = acl_of("u6g6o6");
	assert_int_equal(set(f, "plain", ACL_ACCESS, t.at, t.len, 0), 0);
	check_names(f, "plain", "", 0);
	assert_int_equal(stat_of(f, "plain").st_mode & 0777, 0666);
	assert_int_equal(take(f, "plain", ACL_ACCESS), 0);
}

static void test_xattr_acl_refused(void **state)
{
	struct fixture *f = *state;
	struct tags t = acl_of("u6g4o0"), none = acl_of("u6g4");

	assert_int_equal(set(f, "plain", ACL_ACCESS, t.at, t.len - 1, 0),
			 -EINVAL);
	assert_int_equal(set(f, "plain", ACL_ACCESS, none.at, none.len, 0),
			 -EINVAL);
	assert_int_equal(set(f, "plain", ACL_ACCESS, t.at, 3, 0), -EINVAL);
	t.at[0] = 1;
	assert_int_equal(set(f, "plain", ACL_ACCESS, t.at, t.len, 0),
			 -EOPNOTSUPP);
	t = acl_of("u6g4o0");
	t.at[4] = 64;
	assert_int_equal(set(f, "plain", ACL_ACCESS, t.at, t.len, 0), -EINVAL);
	t = acl_of("u6g4o0");
	assert_int_equal(set(f, "plain", ACL_DEFAULT, t.at, t.len, 0), -EACCES);
	assert_int_equal(make(f, "", "link", S_IFLNK | 0777), 0);
	assert_int_equal(set(f, "link", ACL_ACCESS, t.at, t.len, 0),
			 -EOPNOTSUPP);
}

/* What is made in a directory takes its default ACL, cut to the mode asked for. */
static void test_xattr_default_acl(void **state)
{
	struct fixture *f = *state;
	struct tags t = acl_of("u7U7g5m7o5");

	assert_int_equal(set(f, "dir", ACL_DEFAULT, t.at, t.len, 0), 0);
	assert_int_equal(make(f, "dir", "file", S_IFREG | 0640), 0);
	assert_int_equal(stat_of(f, "dir/file").st_mode & 0777, 0640);
	check_names(f, "dir/file", ACL_ACCESS, sizeof(ACL_ACCESS));
	assert_int_equal(make(f, "dir", "sub", S_IFDIR | 0777), 0);
	check_value(f, "dir/file", ACL_DEFAULT, -ENODATA, NULL);
	t = acl_of("u7g5o5");
	assert_int_equal(set(f, "dir", ACL_DEFAULT, t.at, t.len, 0), 0);
	assert_int_equal(make(f, "dir", "plain", S_IFREG | 0666), 0);
	assert_int_equal(stat_of(f, "dir/plain").st_mode & 0777, 0644);
	check_names(f, "dir/plain", "", 0);
}

/* ========== access times ========== */

static struct timespec atime(struct fixture *f, const char *path)
{
	return stat_of(f, path).st_atim;
}

static void look(struct fixture *f, const char *path)
{
	struct node *n = at(f, path);

	layer_accessed(f->l, n);
	layer_forget(f->l, n, 1);
}

static void set_atime(struct fixture *f, const char *path, time_t sec)
{
	struct stat st = { .st_atim = { sec, 0 }, .st_mtim = { 1000, 0 } };
	struct node *n = at(f, path);
	struct entry e;

	assert_int_equal(layer_setattr(f->l, &me, n, &st, SET_ATIME | SET_MTIME,
				       &e), 0);
	layer_forget(f->l, n, 1);
}

static void test_atime(void **state)
{
	struct fixture *f = *state;
	time_t now = time(NULL);

	assert_int_equal(make(f, "", "new", S_IFREG | 0644), 0);
	set_atime(f, "new", 5000);
	look(f, "new");
	assert_int_equal(atime(f, "new").tv_sec, 5000);
	layer_keep_atime(f->l, ATIME_RELATIVE, ATIME_NONE);
	look(f, "new");
	assert_true(atime(f, "new").tv_sec >= now);
	/* younger than the change, and than a day: it stays */
	set_atime(f, "new", now + 3600);
	look(f, "new");
	assert_int_equal(atime(f, "new").tv_sec, now + 3600);
	layer_keep_atime(f->l, ATIME_STRICT, ATIME_NONE);
	look(f, "new");
	assert_true(atime(f, "new").tv_sec < now + 3600);
	/* of directories, and of what the workspace has, nothing is noted */
	assert_int_equal(make(f, "", "newdir", S_IFDIR | 0755), 0);
	set_atime(f, "newdir", 5000);
	look(f, "newdir");
	assert_int_equal(atime(f, "newdir").tv_sec, 5000);
}

/* ========== content that is put in place of other ========== */

static void test_rewrite(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;
	struct stat seen;
	char path[256];
	uint64_t id;
	int from;

	put_file(f->top, "better", "better\n");
	snprintf(path, sizeof(path), "%s/better", f->top);
	from = open(path, O_RDONLY | O_CLOEXEC);
	seen = stat_of(f, "plain");
	/* untouched: there is nothing of the session's to be replaced */
	assert_int_equal(layer_rewrite(f->l, "plain", &seen, from, &id, &err),
			 -ENOENT);
	write_at(f, "plain", "J", 0);
	/* it was changed since it was looked at */
	assert_int_equal(layer_rewrite(f->l, "plain", &seen, from, &id, &err),
			 -EBUSY);
	check_content(f, "plain", "Jello\n");
	seen = stat_of(f, "plain");
	assert_int_equal(layer_rewrite(f->l, "plain", &seen, from, &id, &err),
			 0);
	check_content(f, "plain", "better\n");
	check_workspace(f, "plain", "hello\n");
	reopen(f);
	check_content(f, "plain", "better\n");
	close(from);
	assert_int_equal(layer_rewrite(f->l, "dir", &seen, -1, &id, &err),
			 -ENOENT);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, layer_setup, layer_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_xattr_values),
		TEST(test_xattr_refused),
		TEST(test_xattr_total),
		TEST(test_xattr_of_the_workspace),
		TEST(test_xattr_access_acl),
		TEST(test_xattr_acl_refused),
		TEST(test_xattr_default_acl),
		TEST(test_atime),
		TEST(test_rewrite),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
