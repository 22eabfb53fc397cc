/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "review/risk.h"

static void test_risk_classes_have_names_and_levels(void **state)
{
	for (int i = 0; i < RISK_N; i++)
		assert_int_equal(risk_class_find(risk_classes[i].name), i);
	assert_int_equal(risk_class_find("nonesuch"), -1);
	assert_int_equal(risk_level_of(0), -1);
	assert_int_equal(risk_level_of(1u << RISK_EXEC | 1u << RISK_GIT),
			 RISK_HARD);
	assert_true(risk_at_least(RISK_ASK) & 1u << RISK_CI);
	assert_false(risk_at_least(RISK_ASK) & 1u << RISK_BINARY);
}

static void test_risk_marks_are_in_order_and_once(void **state)
{
	struct risk r = { .classes = 0 };

	assert_int_equal(risk_add(&r, RISK_EXEC, "x"), 0);
	assert_int_equal(risk_add(&r, RISK_CI, "%s", "ci"), 0);
	assert_int_equal(risk_add(&r, RISK_CI, "again"), 0);
	assert_int_equal(r.n, 2);
	assert_int_equal(r.at[0].class, RISK_CI);
	assert_string_equal(r.at[0].why, "ci");
	risk_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_risk_classes_have_names_and_levels),
		cmocka_unit_test(test_risk_marks_are_in_order_and_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
