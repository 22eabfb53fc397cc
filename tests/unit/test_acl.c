/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <errno.h>

#include "session/acl.h"

/* u::rw-,u:1:rwx,g::r-x,m::rwx,o::r-- as the kernel passes it */
static const unsigned char wide[] = {
	2, 0, 0, 0,
	0x01, 0, 6, 0, 0xff, 0xff, 0xff, 0xff,
	0x02, 0, 7, 0, 1, 0, 0, 0,
	0x04, 0, 5, 0, 0xff, 0xff, 0xff, 0xff,
	0x10, 0, 7, 0, 0xff, 0xff, 0xff, 0xff,
	0x20, 0, 4, 0, 0xff, 0xff, 0xff, 0xff,
};
#define AT_USER 6
#define AT_GROUP 22
#define AT_MASK 30
#define AT_OTHER 38

/* Behind a name of any length in a request, it begins anywhere. */
static unsigned char *place(unsigned char *room, size_t at)
{
	return memcpy(room + at, wide, sizeof(wide));
}

static void test_acl_mode(void **state)
{
	_Alignas(8) unsigned char room[sizeof(wide) + 8];

	for (size_t at = 0; at < 8; at++) {
		unsigned char *v = place(room, at);
		mode_t mode = 0;
		int minimal = 1;

		assert_int_equal(acl_mode(v, sizeof(wide), &mode, &minimal), 0);
		assert_int_equal(mode, 0674);
		assert_int_equal(minimal, 0);
		assert_int_equal(acl_chmod(v, sizeof(wide), 0751), 0);
		assert_int_equal(v[AT_USER], 7);
		assert_int_equal(v[AT_MASK], 5);
		assert_int_equal(v[AT_GROUP], 5);
		assert_int_equal(v[AT_OTHER], 1);
	}
}

static void test_acl_inherit(void **state)
{
	_Alignas(8) unsigned char room[sizeof(wide) + 8];

	for (size_t at = 0; at < 8; at++) {
		unsigned char *v = place(room, at);
		mode_t mode = S_IFREG | 0640;
		int minimal = 1;

		assert_int_equal(acl_inherit(v, sizeof(wide), &mode, &minimal),
				 0);
		assert_int_equal(mode, S_IFREG | 0640);
		assert_int_equal(v[AT_USER], 6);
		assert_int_equal(v[AT_MASK], 4);
		assert_int_equal(v[AT_OTHER], 0);
	}
}

static void test_acl_that_is_none(void **state)
{
	unsigned char v[sizeof(wide)];
	mode_t mode;
	int minimal;

	memcpy(v, wide, sizeof(v));
	assert_int_equal(acl_mode(v, 3, &mode, &minimal), -EINVAL);
	assert_int_equal(acl_mode(v, sizeof(v) - 1, &mode, &minimal), -EINVAL);
	/* without what the bits of others stand for */
	assert_int_equal(acl_mode(v, sizeof(v) - 8, &mode, &minimal), -EINVAL);
	v[AT_OTHER - 2] = 0x40;
	assert_int_equal(acl_mode(v, sizeof(v), &mode, &minimal), -EINVAL);
	v[0] = 3;
	assert_int_equal(acl_chmod(v, sizeof(v), 0644), -EOPNOTSUPP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_acl_mode),
		cmocka_unit_test(test_acl_inherit),
		cmocka_unit_test(test_acl_that_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
