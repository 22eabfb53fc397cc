/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fake.h"
#include "review/commit.h"
#include "review/folding.h"

static void start(struct fake *f)
{
	fake_start(f);
	fake_git(f);
	fake_do(f, "cd ws; mkdir d gone; echo a >f; seq 5 >d/m;"
		"echo x >gone/x; echo e >ex; git add .; git commit -qm first;"
		"git config core.hooksPath ../hooks; mkdir ../hooks;"
		"printf '#!/bin/sh\\ntouch %s/ran\\n' \"$PWD\" >../hooks/pre-commit;"
		"chmod +x ../hooks/*");
	fake_begin(f);
	fake_do(f, "cd view; echo b >f; mv d/m moved; mkdir n; echo n >n/n;"
		"rm -r gone; chmod +x ex; ln -s f l");
	fake_origin(f, "moved", "d/m");
	fake_list(f);
}

static int commit(struct fake *f, const char *branch, char *id, struct err *err)
{
	struct plan_opts po = { .n_paths = 0 };
	struct commit_group g = { .message = "by an agent" };
	struct commit_opts o = { .branch = branch, .groups = &g, .n = 1,
				 .state = f->rootfd };
	char ws[64];
	struct plan p;
	int r;

	snprintf(ws, sizeof(ws), "%s/ws", f->root);
	o.workspace = ws;
	assert_int_equal(plan_make(&p, &f->list, &f->src, f->ws, &po, err), 0);
	r = commit_plan(&p, &f->src, &o, err);
	memcpy(id, g.id, sizeof(g.id));
	plan_release(&p);
	return r;
}

static void test_commit_to_a_branch_leaves_the_files_alone(void **state)
{
	char id[COMMIT_ID_LEN + 1];
	struct err err = ERR_INIT;
	struct fake f;

	start(&f);
	fake_do(&f, "git -C ws status --porcelain >s1");
	if (commit(&f, "agent/work", id, &err))
		fail_msg("%s", err.msg);
	fake_do(&f, "cd ws; git status --porcelain | cmp - ../s1;"
		"test ! -e ran; git fsck --strict 2>&1 | grep . && exit 1;"
		"git worktree add -q ../out agent/work;"
		"cd ../out; rm .git; rmdir ../view/d; rm -rf ../view/.git;"
		"diff -r --no-dereference . ../view; test -x ex; test -h l");
	assert_int_equal(commit(&f, "agent/work", id, &err), -EEXIST);
	fake_end(&f);
}

static void test_commit_to_the_current_branch(void **state)
{
	char id[COMMIT_ID_LEN + 1], cmd[256];
	struct err err = ERR_INIT;
	struct fake f;

	start(&f);
	assert_int_equal(commit(&f, NULL, id, &err), 0);
	snprintf(cmd, sizeof(cmd), "cd ws; test \"$(git rev-parse main)\" = %s;"
		 "git log -1 --format='%%an %%s' | grep -qx 'Some Body by an"
		 " agent'; grep -qx a f", id);
	fake_do(&f, cmd);
	fake_end(&f);
}

/* Two commits of other authors, and one that has nothing left to commit. */
static void test_commit_groups(void **state)
{
	struct commit_group g[] = {
		{ .author = "A Gent <a@example.org> 1234567890 +0200",
		  .message = "moves\n\nand more\n" },
		{ .author = "Nobody <n@example.org> 1 +0000",
		  .message = "nothing" },
		{ .author = "B Gent <b@example.org> 1234567891 -0100",
		  .message = "the rest" },
	};
	struct plan_opts po = { .n_paths = 0 };
	struct commit_opts o = { .groups = g, .n = 3 };
	struct err err = ERR_INIT;
	size_t owner[64];
	struct plan p;
	struct fake f;
	char ws[64];

	start(&f);
	snprintf(ws, sizeof(ws), "%s/ws", f.root);
	o.workspace = ws;
	o.owner = owner;
	o.state = f.rootfd;
	assert_int_equal(plan_make(&p, &f.list, &f.src, f.ws, &po, &err), 0);
	for (size_t i = 0; i < p.n; i++)
		owner[i] = strstr(p.at[i].d->path, "mo") ||
			   !strcmp(p.at[i].d->path, "d/m") ? 0 :
			   !strcmp(p.at[i].d->path, "l") ? COMMIT_NONE : 2;
	if (commit_plan(&p, &f.src, &o, &err))
		fail_msg("%s", err.msg);
	assert_string_equal(g[1].id, "");
	fake_do(&f, "cd ws; git log --format='%an %ae %at %cn %s %b' >../log;"
		"printf '%s\\n' 'B Gent b@example.org 1234567891 Some Body the"
		" rest ' 'A Gent a@example.org 1234567890 Some Body moves and"
		" more' '' >../want; head -3 ../log | cmp - ../want;"
		"git diff --name-status HEAD~2 HEAD~1 | grep -q moved;"
		"git ls-tree -r HEAD | grep -q 'l$' && exit 1;"
		"test ! -e ran; git fsck --strict 2>&1 | grep . && exit 1; :");
	assert_int_equal(commit_plan(&p, &f.src, &o, &err), -ENODATA);
	plan_release(&p);
	fake_end(&f);
}

static void test_commit_needs_a_repository_of_its_own(void **state)
{
	char id[COMMIT_ID_LEN + 1];
	struct err err = ERR_INIT;
	struct fake f;

	start(&f);
	fake_do(&f, "mv ws/.git .git");
	assert_true(commit(&f, NULL, id, &err) < 0);
	fake_end(&f);
}

static void test_fold_directories(void **state)
{
	struct fold *folds;
	struct fake f;
	char keep[64] = "";
	size_t big, bad;

	fake_start(&f);
	fake_begin(&f);
	fake_do(&f, "cd view; mkdir -p big/sub small; for i in 1 2 3 4 5 6; do"
		" printf 1234 >big/sub/$i; done; echo x >small/x; : >big/bad");
	fake_list(&f);
	bad = (size_t)(fake_delta(&f, "big/bad") - f.list.at);
	big = (size_t)(fake_delta(&f, "big") - f.list.at);
	keep[bad] = 1;
	assert_int_equal(fold_deltas(&f.list, 5, keep, 0, &folds), 0);
	assert_int_equal(folds[big].files, 7);
	assert_int_equal(folds[big].bytes, 24);
	assert_int_equal(folds[bad].into, bad);
	assert_int_equal(folds[fake_delta(&f, "big/sub/3") - f.list.at].into,
			 big);
	assert_int_equal(folds[fake_delta(&f, "small/x") - f.list.at].into,
			 fake_delta(&f, "small/x") - f.list.at);
	free(folds);
	fake_end(&f);
}

static void test_fold_repositories(void **state)
{
	struct fold *folds;
	struct fake f;
	char keep[64];
	size_t first, other;

	memset(keep, 1, sizeof(keep));
	assert_int_equal(fold_git(".git/config"), 4);
	assert_int_equal(fold_git("a/.GIT/x/y"), 6);
	assert_int_equal(fold_git(".gitignore"), 0);
	assert_int_equal(fold_git(".git"), 0);
	fake_start(&f);
	fake_begin(&f);
	fake_do(&f, "cd view; mkdir -p .git/a sub/.git; : >.git/HEAD; : >.git/a/b;"
		" : >sub/.git/HEAD; : >plain");
	fake_list(&f);
	assert_int_equal(fold_deltas(&f.list, 5, keep, 1, &folds), 0);
	first = folds[fake_delta(&f, ".git/a/b") - f.list.at].into;
	assert_int_equal(folds[fake_delta(&f, ".git/HEAD") - f.list.at].into,
			 first);
	assert_int_equal(folds[first].git, 4);
	assert_int_equal(folds[first].files, 2);
	other = folds[fake_delta(&f, "sub/.git/HEAD") - f.list.at].into;
	assert_int_equal(folds[other].git, 8);
	assert_int_equal(folds[other].files, 0);
	assert_int_equal(folds[fake_delta(&f, "plain") - f.list.at].into,
			 fake_delta(&f, "plain") - f.list.at);
	free(folds);
	fake_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commit_to_a_branch_leaves_the_files_alone),
		cmocka_unit_test(test_commit_to_the_current_branch),
		cmocka_unit_test(test_commit_groups),
		cmocka_unit_test(test_commit_needs_a_repository_of_its_own),
		cmocka_unit_test(test_fold_directories),
		cmocka_unit_test(test_fold_repositories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
