/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <errno.h>

#include "cli/mountopt.h"

static void test_mountopt_parses_and_prints(void **state)
{
	struct mountopt m = MOUNTOPT_INIT, n = MOUNTOPT_INIT;
	struct buf text = BUF_INIT, again = BUF_INIT;
	struct err err = ERR_INIT;

	assert_ok(mountopt_parse(&m, "defaults,name=a,git=none,,git=full,"
				 "hide=*.x\\,y,hide=b\\\\c,show=d,rules=/r/f.ini,"
				 "allow_other,nosuid,fsname=p\\,q,x-foo=bar,"
				 "state_dir=/st,session=one,noauto", 0, &err), err);
	assert_string_equal(m.name, "a");
	assert_string_equal(m.session, "one");
	assert_string_equal(m.state_dir, "/st");
	assert_string_equal(m.git, "full");
	assert_int_equal(m.hide.n, 2);
	assert_string_equal(m.hide.at[0], "*.x,y");
	assert_string_equal(m.hide.at[1], "b\\c");
	assert_string_equal(m.fuse.ptr, "allow_other,nosuid,fsname=p\\,q");
	mountopt_print(&m, &text);
	assert_string_equal(text.ptr, "rules=/r/f.ini,git=full,show=d,"
			    "hide=*.x\\,y,hide=b\\\\c");
	assert_ok(mountopt_parse(&n, text.ptr, MOUNTOPT_KEPT, &err), err);
	mountopt_print(&n, &again);
	assert_string_equal(text.ptr, again.ptr);
	assert_null(n.name);
	assert_ok(mountopt_parse(&n, "ro,fsname=x", MOUNTOPT_KEPT, &err), err);
	assert_int_equal(n.fuse.len, 0);
	mountopt_release(&m);
	mountopt_release(&n);
	buf_release(&text);
	buf_release(&again);
}

static void test_mountopt_paths_become_absolute(void **state)
{
	struct mountopt m = MOUNTOPT_INIT;
	struct err err = ERR_INIT;

	assert_ok(mountopt_set(&m, "rules", "my.ini", 0, &err), err);
	assert_string_equal(m.rules, scratch_fmt("%s/my.ini", (char *)*state));
	assert_ok(mountopt_set(&m, "rules", "none", 0, &err), err);
	assert_string_equal(m.rules, "none");
	mountopt_release(&m);
}

static void test_mountopt_refuses(void **state)
{
	static const struct {
		const char *text;
		int flags;
		const char *says;
	} cases[] = {
		{ "allow_other,colour", 0, "unknown mount option 'colour'" },
		{ "git=maybe", 0, "is none of auto full sanitized none" },
		{ "git=full sanitized", 0, "is none of" },
		{ "git=ull", 0, "is none of" },
		{ "git", 0, "'git' needs a value" },
		{ "name=", 0, "'name' needs a value" },
		{ "allow_other=1", 0, "'allow_other' takes no value" },
		{ "nogit", 0, "unknown" },
		{ "noro", 0, "unknown mount option 'noro'" },
		{ "nodirsync", 0, "unknown mount option 'nodirsync'" },
		{ "noallow_other", 0, "unknown mount option" },
		{ "max_read=many", 0, "'max_read': 'many' is not a size" },
		{ "max_threads=x", 0, "'max_threads': 'x' is not a size" },
		{ "session=x", MOUNTOPT_KEPT, "unknown" },
		{ "state_dir=/x", MOUNTOPT_KEPT, "unknown" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct mountopt m = MOUNTOPT_INIT;
		struct err err = ERR_INIT;

		assert_int_equal(mountopt_parse(&m, cases[i].text,
						cases[i].flags, &err), -EINVAL);
		assert_says(err, cases[i].says);
		mountopt_release(&m);
	}
}

static void test_mountopt_numbers(void **state)
{
	struct mountopt m = MOUNTOPT_INIT;
	struct err err = ERR_INIT;

	assert_int_equal(mountopt_threads(&m), 0);
	assert_ok(mountopt_parse(&m, "max_read=128k,max_threads=3,noexec", 0,
				 &err), err);
	assert_string_equal(m.fuse.ptr, "max_read=131072,noexec");
	assert_int_equal(mountopt_threads(&m), 3);
	mountopt_release(&m);
}

static void test_mountopt_sloppy(void **state)
{
	struct mountopt m = MOUNTOPT_INIT;
	struct err err = ERR_INIT;

	assert_ok(mountopt_parse(&m, "colour=red,ro", MOUNTOPT_SLOPPY, &err),
		  err);
	assert_string_equal(m.fuse.ptr, "ro");
	assert_int_equal(mountopt_parse(&m, "git=x", MOUNTOPT_SLOPPY, &err),
			 -EINVAL);
	mountopt_release(&m);
}

#define T(name) cmocka_unit_test_setup_teardown(test_mountopt_##name, \
						scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(parses_and_prints),
		T(paths_become_absolute),
		T(refuses),
		T(numbers),
		T(sloppy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
