/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "sandbox/limits.h"
#include "util/io.h"

struct place {
	char root[64], runtime[80], booted[80], run[80], controllers[160];
	struct limits_host host;
};

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* A machine that systemd has booted, with a user 7 who has controllers. */
static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	char path[200];

	snprintf(p->root, sizeof(p->root), "/tmp/scrim-limits.XXXXXX");
	assert_non_null(mkdtemp(p->root));
	snprintf(p->runtime, sizeof(p->runtime), "%s/run", p->root);
	snprintf(p->booted, sizeof(p->booted), "%s/booted", p->root);
	snprintf(p->run, sizeof(p->run), "%s/systemd-run", p->root);
	snprintf(path, sizeof(path), "%s/systemd", p->runtime);
	io_mkdirs(path, 0700);
	snprintf(path, sizeof(path), "%s/systemd/private", p->runtime);
	put(path, "");
	put(p->booted, "");
	snprintf(path, sizeof(path),
		 "%s/user.slice/user-7.slice/user@7.service", p->root);
	io_mkdirs(path, 0700);
	snprintf(p->controllers, sizeof(p->controllers),
		 "%s/user.slice/user-7.slice/user@7.service/cgroup.controllers",
		 p->root);
	put(p->controllers, "cpu memory pids\n");
	put(p->run, "#!/bin/sh\nexit 0\n");
	chmod(p->run, 0700);
	p->host = (struct limits_host){ p->run, p->root, p->runtime, p->booted,
		7, 20000 };
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;
	int r = io_remove_tree(-100 /* AT_FDCWD */, p->root);

	free(p);
	return r;
}

struct planned {
	struct strlist prefix, init;
	char *how;
	struct err err;
	int ret;
};

static struct planned *plan(const struct limits *l, const struct limits_host *h)
{
	struct planned *p = calloc(1, sizeof(*p));

	p->ret = limits_plan(l, h, &p->prefix, &p->init, &p->how, &p->err);
	return p;
}

static void planned_free(struct planned *p)
{
	strlist_release(&p->prefix);
	strlist_release(&p->init);
	free(p->how);
	free(p);
}

static void test_limits_none(void **state)
{
	struct place *p = *state;
	struct planned *got = plan(&(struct limits){ 0, 0, 0 }, &p->host);

	assert_int_equal(got->ret, 0);
	assert_int_equal(got->prefix.n + got->init.n, 0);
	assert_null(got->how);
	planned_free(got);
}

static void test_limits_by_systemd(void **state)
{
	struct place *p = *state;
	struct planned *got = plan(&(struct limits){ 2ull << 30, 50, 150 },
				   &p->host);

	assert_int_equal(got->ret, 0);
	assert_string_equal(got->prefix.at[0], p->run);
	assert_true(strlist_has(&got->prefix, "--user"));
	assert_true(strlist_has(&got->prefix,
				"--property=MemoryMax=2147483648"));
	assert_true(strlist_has(&got->prefix, "--property=TasksMax=50"));
	assert_true(strlist_has(&got->prefix, "--property=CPUQuota=150%"));
	assert_string_equal(got->prefix.at[got->prefix.n - 1], "--");
	assert_int_equal(got->init.n, 0);
	assert_non_null(strstr(got->how, "cgroup"));
	planned_free(got);
}

static void test_limits_by_rlimits(void **state)
{
	struct place *p = *state;
	struct planned *got;

	/* one of the controllers is not ours */
	put(p->controllers, "memory pids\n");
	got = plan(&(struct limits){ 1 << 30, 50, 150 }, &p->host);
	assert_int_equal(got->ret, 0);
	assert_int_equal(got->prefix.n, 0);
	assert_true(strlist_has(&got->init, "-m1073741824"));
	assert_true(strlist_has(&got->init, "-n50"));
	assert_true(strlist_has(&got->init, "-c2"));
	assert_non_null(strstr(got->how, "rlimits"));
	planned_free(got);
}

/* What systemd-run(1) is there does not work, or does not end. */
static void test_limits_by_trial(void **state)
{
	static const char *const bad[] = { "#!/bin/sh\nexit 1\n",
		"#!/bin/sh\nexec sleep 1000\n", "no program\n" };
	struct place *p = *state;
	struct planned *got;
	char path[200];

	p->host.patience = 500;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put(p->run, bad[i]);
		got = plan(&(struct limits){ 1 << 30, 50, 0 }, &p->host);
		assert_int_equal(got->ret, 0);
		assert_int_equal(got->prefix.n, 0);
		assert_true(strlist_has(&got->init, "-n50"));
		assert_non_null(strstr(got->how, "rlimits"));
		planned_free(got);
	}
	p->host.uid = 0;
	snprintf(path, sizeof(path), "%s/cgroup.controllers", p->root);
	put(path, "cpu memory pids\n");
	put(p->run, bad[0]);
	got = plan(&(struct limits){ 0, 50, 0 }, &p->host);
	assert_int_equal(got->ret, -EPERM);
	planned_free(got);
}

static void test_limits_root_needs_a_cgroup(void **state)
{
	struct place *p = *state;
	struct planned *got;

	p->host.uid = 0;	/* no controllers at the cgroups' root */
	got = plan(&(struct limits){ 0, 50, 0 }, &p->host);
	assert_int_equal(got->ret, -EPERM);
	assert_non_null(strstr(got->err.msg, "ordinary user"));
	planned_free(got);
}

static void test_limits_cpus(void **state)
{
	static const char *const bad[] = { "", "x", "-1", "0", "1x", "nan",
		"%", "1e9" };
	struct err err = ERR_INIT;
	unsigned int n;

	assert_int_equal(limits_cpus("2", &n, &err), 0);
	assert_int_equal(n, 200);
	assert_int_equal(limits_cpus("0.5", &n, &err), 0);
	assert_int_equal(n, 50);
	assert_int_equal(limits_cpus("150%", &n, &err), 0);
	assert_int_equal(n, 150);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(limits_cpus(bad[i], &n, &err), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_limits_none, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_limits_by_systemd, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_limits_by_rlimits, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_limits_by_trial, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_limits_root_needs_a_cgroup,
						setup, teardown),
		cmocka_unit_test(test_limits_cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
