/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include "scan/example.h"
#include "scan/pem.h"

static void test_pem_private(void **state)
{
	struct buf b = BUF_INIT, escaped = BUF_INIT;

	example_expand(&b, "{{pem}}");
	assert_true(pem_is_private_key(b.ptr, b.len));
	for (size_t i = 0; i < b.len; i++)
		if (b.ptr[i] == '\n')
			buf_addstr(&escaped, "\\n");
		else
			buf_addch(&escaped, b.ptr[i]);
	assert_true(pem_is_private_key(escaped.ptr, escaped.len));
	/* Cut off, it is none. */
	assert_false(pem_is_private_key(b.ptr, b.len / 2));
	buf_release(&b);
	buf_release(&escaped);
}

static void test_pem_others(void **state)
{
	static const char not_a_key[] =
		"-----BEGIN RSA PRI" "VATE KEY-----\n"
		"bm90IGEga2V5IGF0IGFsbCwgYnV0IHNvbWUgb3RoZXIgdGV4dCBpbiBiYXNl\n"
		"-----END RSA PRI" "VATE KEY-----\n";

	assert_false(pem_is_private_key(not_a_key, sizeof(not_a_key) - 1));
	assert_false(pem_is_private_key("", 0));
}

static void test_pem_der(void **state)
{
	static const unsigned char key[] = { 0x30, 0x82, 2, 0x58, 2, 1, 0, 2 };
	static const unsigned char cert[] = { 0x30, 0x82, 2, 0x58, 0x30, 0x82,
					      1, 0x40, 0xa0, 3, 2, 1 };

	assert_true(der_is_private_key(key, sizeof(key)));
	assert_false(der_is_private_key(cert, sizeof(cert)));
	assert_false(der_is_private_key(key, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pem_private),
		cmocka_unit_test(test_pem_others),
		cmocka_unit_test(test_pem_der),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
