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
#include <unistd.h>

#include "sandbox/init.h"
#include "sandbox/profile.h"
#include "sandbox/sandbox.h"
#include "sandbox/vars.h"
#include "util/io.h"

struct place {
	char root[64], workspace[80], state_dir[80], other[80];
	struct profile profile;
	struct sandbox_view view;
	char *command[3];
	struct sandbox_options o;
};

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	snprintf(p->root, sizeof(p->root), "/tmp/scrim-sandbox.XXXXXX");
	assert_non_null(mkdtemp(p->root));
	snprintf(p->workspace, sizeof(p->workspace), "%s/home/ws", p->root);
	snprintf(p->state_dir, sizeof(p->state_dir), "%s/home/state", p->root);
	snprintf(p->other, sizeof(p->other), "%s/home/other", p->root);
	io_mkdirs(p->workspace, 0700);
	io_mkdirs(p->state_dir, 0700);
	io_mkdirs(p->other, 0700);
	p->view = (struct sandbox_view){ "/view", p->workspace, p->workspace,
		0 };
	p->command[0] = strdup("true");
	p->command[1] = strdup("--net");
	p->o = (struct sandbox_options){
		.views = &p->view, .n_views = 1, .state_dir = p->state_dir,
		.profile = &p->profile, .home = "/home/u", .user = "u",
		.uid = 1000, .gid = 1000, .chdir = p->workspace,
		.tmp_size = 4096, .init = "/init", .command = p->command,
	};
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;
	int r = io_remove_tree(-100 /* AT_FDCWD */, p->root);

	profile_release(&p->profile);
	free(p->command[0]);
	free(p->command[1]);
	free(p);
	return r;
}

/* 1 where the words follow one another in the arguments. */
static int has_words(const struct sandbox *s, const char *a, const char *b,
		     const char *c)
{
	size_t i;

	for (i = 0; i + 2 < s->argv.n; i++)
		if (!strcmp(s->argv.at[i], a) && !strcmp(s->argv.at[i + 1], b) &&
		    (!c || !strcmp(s->argv.at[i + 2], c)))
			return 1;
	return 0;
}

static void test_sandbox_has_what_makes_it_one(void **state)
{
	static const char *const words[] = { "--unshare-user", "--unshare-pid",
		"--unshare-ipc", "--unshare-uts", "--unshare-net",
		"--disable-userns", "--die-with-parent", "--as-pid-1",
		"--clearenv", "--seccomp", "--proc", "--dev" };
	struct place *p = *state;
	struct sandbox s = SANDBOX_INIT;
	struct err err = ERR_INIT;

	assert_int_equal(sandbox_build(&s, &p->o, &err), 0);
	assert_string_equal(s.argv.at[0], "bwrap");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_true(strlist_has(&s.argv, words[i]));
	assert_true(has_words(&s, "--cap-drop", "ALL", NULL));
	assert_true(has_words(&s, "--ro-bind", "/usr", "/usr"));
	assert_true(has_words(&s, "--bind", "/view", p->workspace));
	assert_true(has_words(&s, "--size", "4096", "--tmpfs"));
	assert_true(has_words(&s, "--remount-ro", "/", "--chdir"));
	assert_true(has_words(&s, "--", "true", "--net"));
	assert_string_equal(vars_get(&s.fixed, "HOME"), "/home/u");
	sandbox_release(&s);
}

static void test_sandbox_network(void **state)
{
	struct place *p = *state;
	struct sandbox s = SANDBOX_INIT;
	struct err err = ERR_INIT;

	p->o.net = NET_HOST;
	assert_int_equal(sandbox_build(&s, &p->o, &err), 0);
	assert_false(strlist_has(&s.argv, "--unshare-net"));
	sandbox_release(&s);
	p->o.net = NET_PROXY;
	p->o.proxy = "/the/socket";
	s = (struct sandbox)SANDBOX_INIT;
	assert_int_equal(sandbox_build(&s, &p->o, &err), 0);
	assert_true(strlist_has(&s.argv, "--unshare-net"));
	assert_true(has_words(&s, "--bind", "/the/socket", INIT_PROXY_SOCKET));
	assert_true(strlist_has(&s.argv, "-p3128"));
	assert_string_equal(vars_get(&s.fixed, "HTTPS_PROXY"),
			    "http://127.0.0.1:3128");
	assert_string_equal(vars_get(&s.fixed, "NODE_USE_ENV_PROXY"), "1");
	sandbox_release(&s);
}

static void test_sandbox_read_only_view(void **state)
{
	struct place *p = *state;
	struct sandbox s = SANDBOX_INIT;
	struct err err = ERR_INIT;

	p->view.ro = 1;
	assert_int_equal(sandbox_build(&s, &p->o, &err), 0);
	assert_true(has_words(&s, "--ro-bind", "/view", p->workspace));
	sandbox_release(&s);
}

static void test_sandbox_shows_nothing_of_the_real_tree(void **state)
{
	struct place *p = *state;
	char inside[128], link[128];
	struct err err = ERR_INIT;

	snprintf(inside, sizeof(inside), "%s/sub", p->workspace);
	mkdir(inside, 0700);
	snprintf(link, sizeof(link), "%s/link", p->other);
	assert_int_equal(symlink(p->workspace, link), 0);
	assert_int_equal(sandbox_may_show(&p->o, p->other, &err), 0);
	assert_int_equal(sandbox_may_show(&p->o, p->workspace, &err), -EACCES);
	assert_int_equal(sandbox_may_show(&p->o, inside, &err), -EACCES);
	assert_int_equal(sandbox_may_show(&p->o, p->root, &err), -EACCES);
	assert_int_equal(sandbox_may_show(&p->o, "/", &err), -EACCES);
	assert_int_equal(sandbox_may_show(&p->o, link, &err), -EACCES);
	assert_int_equal(sandbox_may_show(&p->o, p->state_dir, &err), -EACCES);
	assert_int_equal(sandbox_may_show(&p->o, "/nowhere", &err), -ENOENT);
}

static void test_sandbox_also_ro(void **state)
{
	struct place *p = *state;
	const char *const good[] = { p->other, NULL };
	const char *const bad[] = { p->other, p->root, NULL };
	struct sandbox s = SANDBOX_INIT;
	struct err err = ERR_INIT;

	p->o.also_ro = good;
	assert_int_equal(sandbox_build(&s, &p->o, &err), 0);
	assert_true(has_words(&s, "--ro-bind", p->other, p->other));
	sandbox_release(&s);
	p->o.also_ro = bad;
	assert_int_equal(sandbox_build(&s, &p->o, &err), -EACCES);
	assert_non_null(strstr(err.msg, "--also-ro"));
	sandbox_release(&s);
}

static void test_sandbox_leaves_out_of_a_profile(void **state)
{
	struct place *p = *state;
	struct sandbox s = SANDBOX_INIT;
	struct err err = ERR_INIT;

	strlist_add(&p->profile.ro, p->other);
	strlist_add(&p->profile.ro, p->workspace);
	strlist_add(&p->profile.ro, "/nowhere");
	assert_int_equal(sandbox_build(&s, &p->o, &err), 0);
	assert_true(has_words(&s, "--ro-bind", p->other, p->other));
	assert_false(has_words(&s, "--ro-bind", p->workspace, p->workspace));
	assert_int_equal(s.left_out.n, 1);
	sandbox_release(&s);
}

static void test_sandbox_refuses_a_workspace_in_usr(void **state)
{
	struct place *p = *state;
	struct sandbox s = SANDBOX_INIT;
	struct err err = ERR_INIT;

	p->view.workspace = "/usr/share";
	assert_int_equal(sandbox_build(&s, &p->o, &err), -EACCES);
	assert_non_null(strstr(err.msg, "move the workspace"));
	sandbox_release(&s);
}

static void test_sandbox_ca(void **state)
{
	struct place *p = *state;
	struct sandbox s = SANDBOX_INIT;
	struct err err = ERR_INIT;
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/ca.pem", p->root);
	f = fopen(path, "w");
	fputs("no certificate\n", f);
	fclose(f);
	p->o.ca = path;
	assert_true(sandbox_build(&s, &p->o, &err) < 0);
	assert_non_null(strstr(err.msg, "--ca"));
	sandbox_release(&s);
	f = fopen(path, "w");
	fputs("-----BEGIN CERTIFICATE-----\nAAAA\n", f);
	fclose(f);
	s = (struct sandbox)SANDBOX_INIT;
	assert_int_equal(sandbox_build(&s, &p->o, &err), 0);
	assert_true(strlist_has(&s.argv, SANDBOX_CA));
	assert_string_equal(vars_get(&s.fixed, "NODE_EXTRA_CA_CERTS"),
			    SANDBOX_CA);
	sandbox_release(&s);
}

static void test_sandbox_prints_for_a_shell(void **state)
{
	struct place *p = *state;
	struct sandbox s = SANDBOX_INIT;
	struct err err = ERR_INIT;
	char *text = NULL;
	size_t len;
	FILE *f;

	free(p->command[1]);
	p->command[1] = strdup("it's\033[2J $x");
	assert_int_equal(sandbox_build(&s, &p->o, &err), 0);
	f = open_memstream(&text, &len);
	sandbox_print(&s, f);
	fclose(f);
	assert_non_null(strstr(text, "bwrap \\\n  --unshare-user"));
	assert_non_null(strstr(text, "-- true 'it'\\''s\\x1b[2J $x'\n"));
	free(text);
	sandbox_release(&s);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_sandbox_has_what_makes_it_one),
		TEST(test_sandbox_network),
		TEST(test_sandbox_read_only_view),
		TEST(test_sandbox_shows_nothing_of_the_real_tree),
		TEST(test_sandbox_also_ro),
		TEST(test_sandbox_leaves_out_of_a_profile),
		TEST(test_sandbox_refuses_a_workspace_in_usr),
		TEST(test_sandbox_ca),
		TEST(test_sandbox_prints_for_a_shell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
