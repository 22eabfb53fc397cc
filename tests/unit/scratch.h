/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "util/err.h"
#include "util/io.h"

/*
 * A directory of the test's own, made by scratch_setup and removed by
 * scratch_teardown (cmocka's fixtures); its real path is *state, and it is the
 * current directory in between.
 */
static inline int scratch_setup(void **state)
{
	char *dir = strdup("/tmp/scrim-unit.XXXXXX");

	if (!dir || !mkdtemp(dir) || chdir(dir))
		return -1;
	free(dir);
	*state = getcwd(NULL, 0);
	return *state ? 0 : -1;
}

static inline int scratch_teardown(void **state)
{
	int ret = chdir("/") || io_remove_tree(AT_FDCWD, *state);

	free(*state);
	return ret;
}

/* A formatted string of static life; sixteen of them at a time. */
static inline const char *scratch_fmt(const char *fmt, ...)
{
	static char ring[16][4200];
	static unsigned at;
	char *s = ring[at++ % 16];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s, sizeof(ring[0]), fmt, ap);
	va_end(ap);
	return s;
}

static inline void scratch_write(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fputs(text, f) < 0, 0);
	assert_int_equal(fclose(f), 0);
}

#define assert_ok(call, err) do { \
		int ret_ = (call); \
		if (ret_) \
			fail_msg("%s: %d: %s", #call, ret_, (err).msg); \
	} while (0)

#define assert_says(err, text) do { \
		if (!strstr((err).msg, text)) \
			fail_msg("'%s' does not say '%s'", (err).msg, text); \
	} while (0)

#endif
