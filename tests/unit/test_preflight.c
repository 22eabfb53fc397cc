/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <errno.h>

#include "cli/doctor.h"
#include "cli/preflight.h"
#include "fs/mount.h"

/* In the place of fs/: a view is what is called VIEW. */
int mount_is_view(const char *path)
{
	const char *base = strrchr(path, '/');

	return base && !strcmp(base, "/VIEW");
}

static char *ws;

static int setup(void **state)
{
	struct err err = ERR_INIT;
	int ret = scratch_setup(state);

	mkdir("ws", 0755);
	mkdir("ws/in", 0755);
	mkdir("mnt", 0755);
	return ret ? ret : preflight_workspace("ws", &ws, &err);
}

static int teardown(void **state)
{
	free(ws);
	ws = NULL;
	return scratch_teardown(state);
}

static void refuse_workspace(const char *path, int code, const char *says)
{
	struct err err = ERR_INIT;
	char *real = NULL;

	assert_int_equal(preflight_workspace(path, &real, &err), code);
	assert_says(err, says);
	assert_null(real);
}

static void refuse_mountpoint(const char *path, int code, const char *says)
{
	struct err err = ERR_INIT;
	char *real = NULL;

	assert_int_equal(preflight_mountpoint(path, ws, &real, &err), code);
	assert_says(err, says);
	assert_null(real);
}

static void test_preflight_takes_what_is_right(void **state)
{
	struct err err = ERR_INIT;
	char *real = NULL;

	assert_string_equal(ws, scratch_fmt("%s/ws", (char *)*state));
	assert_ok(preflight_mountpoint("ws/../mnt/", ws, &real, &err), err);
	assert_string_equal(real, scratch_fmt("%s/mnt", (char *)*state));
	free(real);
}

static void test_preflight_workspace(void **state)
{
	scratch_write("file", "");
	mkdir("VIEW", 0755);
	mkdir("VIEW/sub", 0755);
	refuse_workspace("nonesuch", -ENOENT, "workspace nonesuch: No such file");
	refuse_workspace("file", -ENOTDIR, "Not a directory");
	refuse_workspace("VIEW", -EINVAL, "a view is no workspace");
	refuse_workspace("VIEW/sub", -EINVAL, "/VIEW; a view is no workspace");
	if (geteuid()) {
		chmod("VIEW/sub", 0);
		refuse_workspace("VIEW/sub", -EACCES, "Permission denied");
		chmod("VIEW/sub", 0755);
	}
}

static void test_preflight_mountpoint(void **state)
{
	scratch_write("file", "");
	mkdir("VIEW", 0755);
	scratch_write("mnt/.hidden", "");
	refuse_mountpoint("nonesuch", -ENOENT, "mkdir nonesuch");
	refuse_mountpoint("file", -ENOTDIR, "Not a directory");
	refuse_mountpoint("mnt", -ENOTEMPTY, "is not empty");
	refuse_mountpoint("VIEW", -EBUSY, "scrim umount ");
	refuse_mountpoint("ws", -EINVAL, "lies inside the workspace");
	refuse_mountpoint("ws/in", -EINVAL, "lies inside the workspace");
	refuse_mountpoint(".", -EINVAL, "lies inside the mount point");
	assert_int_equal(symlink("ws/in", "alias"), 0);
	refuse_mountpoint("alias", -EINVAL, "lies inside the workspace");
}

static void test_preflight_real_mountpoint(void **state)
{
	char *real = NULL;

	assert_int_equal(preflight_real_mountpoint("mnt/", &real), 0);
	assert_string_equal(real, scratch_fmt("%s/mnt", (char *)*state));
	free(real);
	/* what realpath cannot ask, as the mount point of a dead daemon */
	assert_int_equal(preflight_real_mountpoint("mnt/../dead//", &real), 0);
	assert_string_equal(real, scratch_fmt("%s/dead", (char *)*state));
	free(real);
	assert_int_equal(preflight_real_mountpoint("/nonesuch", &real), 0);
	assert_string_equal(real, "/nonesuch");
	free(real);
	assert_int_equal(preflight_real_mountpoint("x/y", &real), -ENOENT);
}

static void test_preflight_options(void **state)
{
	struct err err = ERR_INIT;
	struct finding f = { DOCTOR_OK, "", "" };
	int want;

	/* what this machine gives to others than root */
	doctor_allow_other(&f);
	want = *f.fix ? -EPERM : 0;
	assert_ok(preflight_options("", &err), err);
	assert_ok(preflight_options("ro,fsname=a\\,allow_other", &err), err);
	assert_ok(preflight_options("noallow_other,allow_others", &err), err);
	assert_int_equal(preflight_options("ro,allow_other", &err), want);
	assert_int_equal(preflight_options("allow_root,ro", &err), want);
	assert_int_equal(preflight_options("fsname=allow_other,allow_other",
					   &err), want);
}

#define T(name) cmocka_unit_test_setup_teardown(test_preflight_##name, \
						setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(takes_what_is_right),
		T(workspace),
		T(mountpoint),
		T(real_mountpoint),
		T(options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
