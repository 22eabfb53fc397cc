/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "scan/mask.h"

static void test_mask_patch_at_every_window(void **state)
{
	char text[] = "MASKED";
	struct mask_span span = { 3, 6, text, NULL };
	struct mask_list l = { &span, 1 };
	const char *plain = "abcSECRETxyz", *want = "abcMASKEDxyz";

	for (size_t off = 0; off < 12; off++) {
		for (size_t len = 1; off + len <= 12; len++) {
			char buf[12];

			memcpy(buf, plain + off, len);
			mask_patch(&l, buf, len, (off_t)off);
			assert_memory_equal(buf, want + off, len);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mask_patch_at_every_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
