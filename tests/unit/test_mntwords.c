/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fs/mntwords.h"

static void test_mntwords_last_counts(void **state)
{
	static const struct {
		const char *text;
		int devices;
		enum layer_atime files, dirs;
		const char *fuse;
	} cases[] = {
		{ NULL, 0, ATIME_RELATIVE, ATIME_RELATIVE, "" },
		{ "", 0, ATIME_RELATIVE, ATIME_RELATIVE, "" },
		{ "dev", 1, ATIME_RELATIVE, ATIME_RELATIVE, "dev" },
		{ "dev,,nodev", 0, ATIME_RELATIVE, ATIME_RELATIVE, "dev,nodev" },
		{ "noatime", 0, ATIME_NONE, ATIME_NONE, "noatime" },
		{ "noatime,atime", 0, ATIME_RELATIVE, ATIME_RELATIVE,
		  "noatime" },
		{ "strictatime", 0, ATIME_STRICT, ATIME_STRICT, "" },
		{ "strictatime,nodiratime", 0, ATIME_STRICT, ATIME_NONE, "" },
		{ "nodiratime,diratime", 0, ATIME_RELATIVE, ATIME_RELATIVE, "" },
		{ "strictatime,relatime", 0, ATIME_RELATIVE, ATIME_RELATIVE, "" },
		{ "strictatime,nostrictatime,norelatime", 0, ATIME_RELATIVE,
		  ATIME_RELATIVE, "" },
		{ "ro,strictatime", 0, ATIME_NONE, ATIME_NONE, "ro" },
		{ "ro,rw", 0, ATIME_RELATIVE, ATIME_RELATIVE, "ro,rw" },
		{ "fsname=a\\,ro\\,dev,allow_other", 0, ATIME_RELATIVE,
		  ATIME_RELATIVE, "fsname=a\\,ro\\,dev,allow_other" },
		{ "fsname=x\\\\,ro", 0, ATIME_NONE, ATIME_NONE,
		  "fsname=x\\\\,ro" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct mntwords w = MNTWORDS_INIT;

		assert_int_equal(mntwords_read(&w, cases[i].text), 0);
		assert_int_equal(w.devices, cases[i].devices);
		assert_int_equal(w.files, cases[i].files);
		assert_int_equal(w.dirs, cases[i].dirs);
		assert_string_equal(w.fuse.ptr, cases[i].fuse);
		mntwords_release(&w);
	}
}

static void test_mntwords_max_read(void **state)
{
	struct mntwords w = MNTWORDS_INIT;

	assert_int_equal(mntwords_read(&w, "ro,max_read=65536,dev"), 0);
	assert_int_equal(w.max_read, 65536);
	assert_string_equal(w.fuse.ptr, "ro,max_read=65536,dev");
	mntwords_release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mntwords_last_counts),
		cmocka_unit_test(test_mntwords_max_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
