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

#include "sandbox/home.h"
#include "sandbox/profile.h"
#include "util/buf.h"
#include "util/io.h"

/* A directory with profiles, a home and a place for what is kept. */
struct place {
	char root[64], home[80], profiles[80], keep[80];
	struct profile_dirs dirs;
};

static void put(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	snprintf(p->root, sizeof(p->root), "/tmp/scrim-profile.XXXXXX");
	assert_non_null(mkdtemp(p->root));
	snprintf(p->home, sizeof(p->home), "%s/home", p->root);
	snprintf(p->profiles, sizeof(p->profiles), "%s/profiles", p->root);
	snprintf(p->keep, sizeof(p->keep), "%s/keep", p->root);
	mkdir(p->home, 0700);
	mkdir(p->profiles, 0700);
	p->dirs.shipped = p->profiles;
	p->dirs.home = p->home;
	put(p->profiles, "generic.ini", "[profile]\nnet = none\n");
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

static void test_profile_gathers_what_it_extends(void **state)
{
	struct place *p = *state;
	struct profile got = PROFILE_INIT;
	struct err err = ERR_INIT;
	char want[128];

	put(p->profiles, "base.ini", "[files]\nro = ~/.tool\n  /opt/x\n"
	    "[env]\nset = GOPROXY=file://$HOME/go\n");
	put(p->profiles, "agent.ini", "[profile]\ndescription = an agent\n"
	    "extends = base generic\nnet = host\nallow = ptrace\n"
	    "[env]\npass = A_*\n B\nsecret = KEY\n");
	assert_int_equal(profile_add(&got, &p->dirs, "agent", &err), 0);
	assert_int_equal(got.net, PROFILE_NET_HOST);
	assert_int_equal(got.allow != 0, 1);
	assert_int_equal(got.names.n, 3);
	snprintf(want, sizeof(want), "%s/.tool", p->home);
	assert_true(strlist_has(&got.ro, want));
	assert_true(strlist_has(&got.ro, "/opt/x"));
	snprintf(want, sizeof(want), "GOPROXY=file://%s/go", p->home);
	assert_true(strlist_has(&got.set, want));
	assert_true(strlist_has(&got.pass, "B"));
	assert_true(strlist_has(&got.secret, "KEY"));
	assert_string_equal(got.description, "an agent");
	profile_release(&got);
}

static void test_profile_refuses(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "[files]\nro = ~/\n", "no path below" },
		{ "[files]\nro = ~/../other\n", "no path below" },
		{ "[files]\nro = relative\n", "no path below" },
		{ "[files]\ncopy = ~/.x/y\n", "in no directory that keep" },
		{ "[files]\nwrite = ~/.x\n", "no key 'write'" },
		{ "[profile]\nnet = all\n", "net is host or none" },
		{ "[profile]\nallow = everything\n", "ptrace" },
		{ "[profile]\nextends = nothere\n", "no profile 'nothere'" },
		{ "[env]\nset = NOVALUE\n", "is not NAME=VALUE" },
	};
	struct place *p = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct profile got = PROFILE_INIT;
		struct err err = ERR_INIT;

		put(p->profiles, "bad.ini", cases[i].text);
		assert_true(profile_add(&got, &p->dirs, "bad", &err) < 0);
		assert_non_null(strstr(err.msg, cases[i].says));
		profile_release(&got);
	}
}

static void test_profile_names_are_names(void **state)
{
	static const char *const bad[] = { "../generic", "", ".hidden", "a/b" };
	struct place *p = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct profile got = PROFILE_INIT;
		struct err err = ERR_INIT;

		assert_int_equal(profile_add(&got, &p->dirs, bad[i], &err),
				 -ENOENT);
		assert_non_null(strstr(err.msg, "generic"));
		profile_release(&got);
	}
}

static void test_profile_is_found_by_command(void **state)
{
	struct place *p = *state;
	struct err err = ERR_INIT;
	char *name = NULL;

	put(p->profiles, "tool.ini", "[profile]\ncommands = tool toolx\n");
	assert_int_equal(profile_for_command(&p->dirs, "toolx", &name, &err), 0);
	assert_string_equal(name, "tool");
	free(name);
	assert_int_equal(profile_for_command(&p->dirs, "make", &name, &err), 0);
	assert_string_equal(name, "generic");
	free(name);
}

static void kept_file(const struct place *p, const char *kept, const char *file,
		      const char *want)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	char full[160];

	snprintf(full, sizeof(full), "%s/%s", p->home, kept);
	home_place(p->keep, full, &path);
	buf_addf(&path, "/%s", file);
	assert_int_equal(io_read_file(-100, path.ptr, 100, &text), 0);
	assert_string_equal(text.ptr, want);
	buf_release(&path);
	buf_release(&text);
}

static void test_home_copies_once(void **state)
{
	struct place *p = *state;
	struct profile got = PROFILE_INIT;
	struct err err = ERR_INIT;
	char sub[128];

	snprintf(sub, sizeof(sub), "%s/.tool", p->home);
	mkdir(sub, 0700);
	put(sub, "settings", "mine");
	put(p->home, ".tool.json", "{}");
	put(sub, "history", "not named");
	put(p->profiles, "tool.ini", "[files]\nkeep = ~/.tool\n"
	    "copy = ~/.tool/settings\n ~/.tool.json as ~/.tool/in/tool.json\n"
	    " ~/.tool/missing\n");
	assert_int_equal(profile_add(&got, &p->dirs, "tool", &err), 0);
	assert_int_equal(home_prepare(&got, p->keep, &err), 0);
	kept_file(p, ".tool", "settings", "mine");
	kept_file(p, ".tool", "in/tool.json", "{}");
	/* the real one changes, the session's stays as it is */
	put(sub, "settings", "changed");
	assert_int_equal(home_prepare(&got, p->keep, &err), 0);
	kept_file(p, ".tool", "settings", "mine");
	profile_release(&got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_profile_gathers_what_it_extends, setup, teardown),
		cmocka_unit_test_setup_teardown(test_profile_refuses, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_profile_names_are_names,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_profile_is_found_by_command, setup, teardown),
		cmocka_unit_test_setup_teardown(test_home_copies_once, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
