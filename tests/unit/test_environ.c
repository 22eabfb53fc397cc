/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "sandbox/environ.h"
#include "sandbox/profile.h"
#include "sandbox/vars.h"
#include "scan/policy.h"

/* Stands in for the rules: what holds this text is a secret. */
#define PLANTED "planted-fake-secret"

int policy_env(const struct policy *p, const char *name, const char *value,
	       struct verdict *out)
{
	return strstr(value, PLANTED) != NULL;
}

static const char *const host[] = {
	"PATH=/usr/bin", "LC_ALL=C", "UNKNOWN=1", "EDITOR=" PLANTED,
	"SSH_AUTH_SOCK=/tmp/agent", "TMUX=/tmp/tmux,1,0", "DISPLAY=:0",
	"DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus",
	"XDG_RUNTIME_DIR=/run/user/1000", "LD_PRELOAD=/tmp/x.so",
	"VSCODE_IPC_HOOK=/tmp/v", "AGENT_MODEL=m", "AGENT_KEY=" PLANTED,
	"AGENT_SOCK=/tmp/a", "=odd", "noequals", NULL
};

struct made {
	struct profile profile;
	struct strlist out, kept_out;
};

static struct made *build(struct environ_options *o)
{
	static struct policy *some = (struct policy *)host;
	struct made *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	strlist_add(&m->profile.pass, "AGENT_*");
	strlist_add(&m->profile.secret, "AGENT_KEY");
	strlist_add(&m->profile.set, "FROM_PROFILE=yes");
	o->host = host;
	o->policy = some;
	o->profile = &m->profile;
	assert_int_equal(environ_build(o, &m->out, &m->kept_out), 0);
	return m;
}

static void made_free(struct made *m)
{
	profile_release(&m->profile);
	strlist_release(&m->out);
	strlist_release(&m->kept_out);
	free(m);
}

static void test_environ_passes_the_list_only(void **state)
{
	struct environ_options o = { 0 };
	struct made *m = build(&o);

	assert_string_equal(vars_get(&m->out, "PATH"), "/usr/bin");
	assert_string_equal(vars_get(&m->out, "LC_ALL"), "C");
	assert_string_equal(vars_get(&m->out, "AGENT_MODEL"), "m");
	assert_string_equal(vars_get(&m->out, "FROM_PROFILE"), "yes");
	assert_null(vars_get(&m->out, "UNKNOWN"));
	assert_true(strlist_has(&m->kept_out, "UNKNOWN"));
	made_free(m);
}

static void test_environ_keeps_sockets_and_secrets_out(void **state)
{
	static const char *const gone[] = { "SSH_AUTH_SOCK", "TMUX", "DISPLAY",
		"DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "LD_PRELOAD",
		"VSCODE_IPC_HOOK", "AGENT_SOCK", "EDITOR" };
	struct environ_options o = { 0 };
	struct made *m = build(&o);

	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		assert_null(vars_get(&m->out, gone[i]));
	made_free(m);
}

static void test_environ_own_key_or_placeholder(void **state)
{
	struct environ_options o = { 0 };
	struct made *m = build(&o);

	assert_string_equal(vars_get(&m->out, "AGENT_KEY"), PLANTED);
	made_free(m);
	o.keys_outside = 1;
	m = build(&o);
	assert_string_equal(vars_get(&m->out, "AGENT_KEY"),
			    ENVIRON_PLACEHOLDER);
	made_free(m);
}

static void test_environ_extra_comes_last(void **state)
{
	static const char *const extra[] = { "UNKNOWN", "PATH=/bin", "NOT_SET",
		"FROM_PROFILE=no", NULL };
	struct environ_options o = { .extra = extra };
	struct made *m = build(&o);

	assert_string_equal(vars_get(&m->out, "UNKNOWN"), "1");
	assert_string_equal(vars_get(&m->out, "PATH"), "/bin");
	assert_string_equal(vars_get(&m->out, "FROM_PROFILE"), "no");
	assert_null(vars_get(&m->out, "NOT_SET"));
	made_free(m);
}

static void test_environ_patterns(void **state)
{
	static const struct {
		const char *pattern, *name;
		int yes;
	} cases[] = {
		{ "A", "A", 1 }, { "A", "AB", 0 }, { "AB", "A", 0 },
		{ "A*", "A", 1 }, { "A*", "ABC", 1 }, { "A*", "BA", 0 },
		{ "*_SOCK", "X_SOCK", 1 }, { "*_SOCK", "X_SOCKS", 0 },
		{ "*_SOCKET_*", "A_SOCKET_B", 1 }, { "*_SOCKET_*", "A", 0 },
		{ "*", "anything", 1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(environ_matches(cases[i].pattern,
				 cases[i].name, strlen(cases[i].name)),
				 cases[i].yes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_environ_passes_the_list_only),
		cmocka_unit_test(test_environ_keeps_sockets_and_secrets_out),
		cmocka_unit_test(test_environ_own_key_or_placeholder),
		cmocka_unit_test(test_environ_extra_comes_last),
		cmocka_unit_test(test_environ_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
