/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "scan/policy.h"
#include "scan/ruleset.h"
#include "util/io.h"

static char dir[] = "/tmp/scrim-test-XXXXXX";
static int dirfd_, wsfd;

#define EX "description = d\nexamples = x\ncounter-examples = y\n"

static const char shipped[] =
	"[dotenv]\nkind = path\npaths = **/.env\n\t**/.env.*\n"
	"except = **/.env.example\n" EX
	"[aws]\nkind = path\npaths = **/.aws/credentials\n" EX
	"[gnupg]\nkind = path\npaths = **/.gnupg/**\n" EX
	"[pem]\nkind = path\npaths = *.pem\nconfirm = PRIVATE KEY\n" EX
	"[pem-mask]\nkind = path\npaths = both.pem\naction = mask\n" EX
	"[ro]\nkind = path\npaths = Makefile\naction = readonly\n" EX
	"[kube]\nkind = path\npaths = kubeconfig*\n" EX
	"[rsa]\nkind = path\npaths = *_rsa\n" EX
	"[odd]\nkind = path\npaths = *s?c*\n\t*.x/\n" EX
	"[env]\nkind = env\nnames = *_TOKEN\n\t*PASSWORD*\nexcept = MY_TOKEN\n"
	EX
	"[env-url]\nkind = env\nnames = *\nconfirm = ://[^/:]+:[^/]+@\n" EX;

static struct policy *load_with(struct policy_sources src)
{
	char rules[64], user[64];
	struct err err = ERR_INIT;
	struct policy *p;

	snprintf(rules, sizeof(rules), "%s/rules", dir);
	snprintf(user, sizeof(user), "%s/user", dir);
	src.rulesdir = rules;
	src.userdir = user;
	src.workspace_fd = wsfd;
	if (policy_load(&p, &src, &err))
		fail_msg("%s", err.msg);
	return p;
}

static struct policy *load(void)
{
	return load_with((struct policy_sources){ 0 });
}

static void clean(void)
{
	unlinkat(dirfd_, "user/scrim.ini", 0);
	unlinkat(dirfd_, "ws/.scrim.ini", 0);
}

static int start(void **state)
{
	int fd;

	if (!mkdtemp(dir))
		return -1;
	dirfd_ = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mkdirat(dirfd_, "rules", 0700);
	mkdirat(dirfd_, "user", 0700);
	mkdirat(dirfd_, "ws", 0700);
	wsfd = openat(dirfd_, "ws", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = openat(dirfd_, "rules/a.ini", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return write(fd, shipped, sizeof(shipped) - 1) < 0 || close(fd);
}

static int stop(void **state)
{
	close(wsfd);
	close(dirfd_);
	return io_remove_tree(AT_FDCWD, dir);
}

static void write_at(const char *path, const char *text)
{
	int fd = openat(dirfd_, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			0600);

	assert_true(fd >= 0);
	assert_int_equal(io_write_full(fd, text, strlen(text)), 0);
	close(fd);
}

static struct verdict of(const struct policy *p, const char *path)
{
	struct verdict v;

	policy_path(p, path, strlen(path), &v);
	return v;
}

static struct verdict whole(const struct policy *p, const char *path)
{
	struct verdict v;

	policy_whole_path(p, path, strlen(path), &v);
	return v;
}

static void test_policy_actions(void **state)
{
	struct policy *p = load();

	assert_int_equal(of(p, "").action, ACTION_SHOW);
	assert_int_equal(whole(p, "").action, ACTION_SHOW);
	assert_int_equal(of(p, ".env").action, ACTION_HIDE);
	assert_string_equal(rule_id(of(p, "a/b/.env.local").rule), "dotenv");
	assert_int_equal(of(p, ".env.example").action, ACTION_SHOW);
	assert_int_equal(of(p, "x/.aws/credentials").action, ACTION_HIDE);
	assert_int_equal(of(p, "x/aws/credentials").action, ACTION_SHOW);
	assert_int_equal(of(p, "a/Makefile").action, ACTION_READONLY);
	assert_int_equal(of(p, "kubeconfig-prod").action, ACTION_HIDE);
	assert_int_equal(of(p, "deploy_rsa").action, ACTION_HIDE);
	assert_int_equal(of(p, "deploy_rsa.pub").action, ACTION_SHOW);
	assert_int_equal(of(p, "as-cot").action, ACTION_HIDE);
	assert_int_equal(of(p, "main.c").action, ACTION_SHOW);
	assert_null(of(p, "main.c").rule);
	policy_free(p);
}

static void test_policy_below(void **state)
{
	struct policy *p = load();

	assert_int_equal(of(p, ".gnupg").action, ACTION_HIDE);
	assert_int_equal(of(p, "a/.gnupg/b/c").action, ACTION_HIDE);
	assert_int_equal(of(p, "a/q.x/b").action, ACTION_HIDE);
	assert_int_equal(of(p, ".env/bin/sh").action, ACTION_SHOW);
	assert_int_equal(whole(p, ".env/bin/sh").action, ACTION_HIDE);
	/* A directory is no private key. */
	assert_int_equal(whole(p, "d.pem/x").action, ACTION_SHOW);
	policy_free(p);
}

static void test_policy_byproducts(void **state)
{
	struct policy *p = load();

	assert_string_equal(rule_id(of(p, ".aws/credentials~").rule), "aws");
	assert_string_equal(rule_id(of(p, ".aws/.credentials.swp").rule), "aws");
	assert_int_equal(of(p, "aws/credentials~").action, ACTION_SHOW);
	assert_string_equal(rule_id(of(p, "#.env#").rule), "dotenv");
	assert_true(of(p, "a.pem.bak").confirm);
	assert_int_equal(of(p, ".a.pem.swp").action, ACTION_HIDE);
	assert_false(of(p, ".a.pem.swp").confirm);
	policy_free(p);
}

static void test_policy_spellings(void **state)
{
	struct policy *p = load();

	assert_int_equal(of(p, ".ENV").action, ACTION_HIDE);
	assert_int_equal(of(p, ".env.").action, ACTION_HIDE);
	assert_int_equal(of(p, ".env::$DATA").action, ACTION_HIDE);
	assert_int_equal(of(p, ".e\xe2\x80\x8bnv").action, ACTION_HIDE);
	assert_int_equal(of(p, "\xff.pem").action, ACTION_HIDE);
	assert_int_equal(of(p, "a\nb.pem").action, ACTION_HIDE);
	assert_int_equal(of(p, ".AWS/Credentials").action, ACTION_HIDE);
	policy_free(p);
}

static void confirm(const struct policy *p, const char *path, const char *text,
		    enum action want)
{
	struct verdict v = whole(p, path);
	int fd = memfd_create("t", MFD_CLOEXEC);

	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	policy_confirm(p, &v, fd, path);
	close(fd);
	assert_int_equal(v.action, want);
	assert_false(v.confirm);
}

static void test_policy_confirm(void **state)
{
	struct policy *p = load();
	struct verdict v;

	v = of(p, "a.pem");
	assert_int_equal(v.action, ACTION_HIDE);
	assert_true(v.confirm);
	confirm(p, "a.pem", "PRIVATE KEY", ACTION_HIDE);
	confirm(p, "a.pem", "CERTIFICATE", ACTION_SHOW);
	confirm(p, "both.pem", "CERTIFICATE", ACTION_MASK);
	confirm(p, ".gnupg/a.pem", "CERTIFICATE", ACTION_HIDE);
	policy_free(p);
}

static void test_policy_command_line_overrides(void **state)
{
	static const char *const show[] = { ".env", "docs/", NULL };
	static const char *const mask[] = { ".env.local", NULL };
	static const char *const hide[] = { "main.c", NULL };
	struct policy *p = load_with((struct policy_sources){
		.show = show, .mask = mask, .hide = hide });

	assert_int_equal(of(p, "a/.env").action, ACTION_SHOW);
	assert_int_equal(of(p, ".env.local").action, ACTION_MASK);
	assert_int_equal(of(p, ".env.prod").action, ACTION_HIDE);
	assert_int_equal(of(p, "main.c").action, ACTION_HIDE);
	assert_int_equal(of(p, "docs/a.pem").action, ACTION_SHOW);
	assert_false(of(p, "docs/a.pem").confirm);
	assert_string_equal(rule_id(of(p, "main.c").rule), "--hide-1");
	policy_free(p);
}

static void test_policy_user_overrides_shipped(void **state)
{
	struct policy *p;

	write_at("user/scrim.ini", "[show]\npaths = test.pem\n[rule rsa]\n"
		 "disable = yes\n[rule kube]\naction = mask\n"
		 "[mine]\nkind = path\npaths = *.pem\naction = show\n"
		 "confirm = TEST KEY\n");
	p = load();
	assert_int_equal(of(p, "test.pem").action, ACTION_SHOW);
	assert_int_equal(of(p, "x_rsa").action, ACTION_SHOW);
	assert_int_equal(of(p, "kubeconfig").action, ACTION_MASK);
	/* What loosens by content is not believed before it has been read. */
	assert_int_equal(of(p, "o.pem").action, ACTION_HIDE);
	confirm(p, "o.pem", "PRIVATE KEY", ACTION_HIDE);
	confirm(p, "o.pem", "PRIVATE KEY, TEST KEY", ACTION_SHOW);
	policy_free(p);
	clean();
}

static void test_policy_workspace_only_tightens(void **state)
{
	static const char *const show[] = { "keep.c", NULL };
	struct policy *p;

	write_at("ws/.scrim.ini", "[show]\npaths = .env\n[hide]\npaths = keep.c\n"
		 "[rule dotenv]\ndisable = yes\n"
		 "[m]\nkind = path\npaths = .env\naction = readonly\n");
	p = load_with((struct policy_sources){ .show = show });
	assert_int_equal(of(p, ".env").action, ACTION_HIDE);
	assert_string_equal(rule_id(of(p, ".env").rule), "dotenv");
	assert_int_equal(of(p, "keep.c").action, ACTION_HIDE);
	assert_int_equal(ruleset_warnings(policy_rules(p))->n, 2);
	policy_free(p);
	clean();
}

static void refuses_workspace(const char *want)
{
	char rules[64];
	struct policy_sources src = { .rulesdir = rules, .workspace_fd = wsfd,
				      .userdir = "/nonexistent" };
	struct err err = ERR_INIT;
	struct policy *p;

	snprintf(rules, sizeof(rules), "%s/rules", dir);
	assert_true(policy_load(&p, &src, &err) < 0);
	if (!strstr(err.msg, want))
		fail_msg("%s", err.msg);
	clean();
}

static void test_policy_hostile_workspace_file(void **state)
{
	char *big = calloc(1, 70000);

	assert_int_equal(symlinkat("/etc/passwd", wsfd, ".scrim.ini"), 0);
	refuses_workspace("not a plain file");
	assert_int_equal(mkfifoat(wsfd, ".scrim.ini", 0600), 0);
	refuses_workspace("not a plain file");
	memset(big, ';', 69999);
	write_at("ws/.scrim.ini", big);
	refuses_workspace("larger than 64 KiB");
	write_at("ws/.scrim.ini", "[a]\nkind = path\n");
	refuses_workspace(".scrim.ini:2: rule 'a': paths are missing");
	free(big);
}

static void test_policy_env(void **state)
{
	struct policy *p = load();
	struct verdict v;

	assert_true(policy_env(p, "GH_TOKEN", "x", &v));
	assert_int_equal(v.action, ACTION_HIDE);
	assert_string_equal(rule_id(v.rule), "env");
	assert_false(policy_env(p, "GH_TOKEN", "", &v));
	assert_false(policy_env(p, "MY_TOKEN", "x", &v));
	assert_false(policy_env(p, "TOKENS", "x", &v));
	assert_true(policy_env(p, "db_password_1", "x", &v));
	assert_true(policy_env(p, "DB", "pg://u:p@h/d", &v));
	assert_false(policy_env(p, "DB", "pg://h/d", &v));
	policy_free(p);
}

static void test_policy_digest(void **state)
{
	static const char *const hide[] = { "x", NULL };
	struct policy *a = load(), *b = load();

	assert_int_equal(strlen(policy_digest(a)), 64);
	assert_string_equal(policy_digest(a), policy_digest(b));
	policy_free(b);
	b = load_with((struct policy_sources){ .hide = hide });
	assert_string_not_equal(policy_digest(a), policy_digest(b));
	policy_free(a);
	policy_free(b);
}

static void test_policy_is_empty(void **state)
{
	static const char *const hide[] = { "x", NULL };
	struct policy *p = load();

	assert_false(policy_is_empty(p));
	policy_free(p);
	p = load_with((struct policy_sources){ .rules = "none" });
	assert_true(policy_is_empty(p));
	policy_free(p);
	p = load_with((struct policy_sources){ .rules = "none", .hide = hide });
	assert_false(policy_is_empty(p));
	policy_free(p);
}

static void take_step(void *payload, const struct policy_step *s)
{
	char *out = payload;

	snprintf(out + strlen(out), 200 - strlen(out), "%s:%zu:%s%.*s:%d ",
		 rule_id(s->rule), s->len, s->except ? "not " : "",
		 (int)s->taken_len, s->taken_for ? s->taken_for : "",
		 s->content);
}

static void test_policy_explain(void **state)
{
	struct policy *p = load();
	char out[200] = "";

	assert_int_equal(policy_explain(p, ".gnupg/d.pem/.env.example", 25, -1,
					take_step, out), 0);
	assert_string_equal(out, "gnupg:6::0 gnupg:12::0 pem:12::2 gnupg:25::0 "
			    "dotenv:25:not :0 ");
	*out = '\0';
	assert_int_equal(policy_explain(p, "a.pem~", 6, -1, take_step, out), 0);
	assert_string_equal(out, "pem:6:a.pem:1 ");
	policy_free(p);
}

/* Loose, as machines differ and builds with sanitizers are slow. */
static void test_policy_is_fast(void **state)
{
	struct policy *p = load();
	struct timespec t0, t1;
	struct verdict v;
	char path[64];
	double ns;
	int n = 100000;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t0);
	for (int i = 0; i < n; i++) {
		int len = snprintf(path, sizeof(path),
				   "drivers/net/ethernet/intel/file%d.c", i);

		policy_path(p, path, (size_t)len, &v);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t1);
	ns = ((double)(t1.tv_sec - t0.tv_sec) * 1e9 +
	      (double)(t1.tv_nsec - t0.tv_nsec)) / n;
	print_message("%.0f ns per path\n", ns);
	assert_true(ns < 20000);
	policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_policy_actions),
		cmocka_unit_test(test_policy_below),
		cmocka_unit_test(test_policy_byproducts),
		cmocka_unit_test(test_policy_spellings),
		cmocka_unit_test(test_policy_confirm),
		cmocka_unit_test(test_policy_command_line_overrides),
		cmocka_unit_test(test_policy_user_overrides_shipped),
		cmocka_unit_test(test_policy_workspace_only_tightens),
		cmocka_unit_test(test_policy_hostile_workspace_file),
		cmocka_unit_test(test_policy_env),
		cmocka_unit_test(test_policy_digest),
		cmocka_unit_test(test_policy_is_empty),
		cmocka_unit_test(test_policy_explain),
		cmocka_unit_test(test_policy_is_fast),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
