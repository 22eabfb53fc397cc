/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_SHIPPED_H
#define TESTS_SHIPPED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "scan/policy.h"

/*
 * The policy of the shipped rules alone, with nobody's own: loaded once for all
 * tests of a program by shipped_start and shipped_stop (cmocka's fixtures).
 */
static struct policy *policy;

static inline int shipped_start(void **state)
{
	struct policy_sources src = { .userdir = "/nonexistent",
				      .workspace_fd = -1 };
	struct err err = ERR_INIT;

	(void)state;
	if (!policy_load(&policy, &src, &err))
		return 0;
	print_error("%s\n", err.msg);
	return -1;
}

static inline int shipped_stop(void **state)
{
	(void)state;
	policy_free(policy);
	return 0;
}

#endif
