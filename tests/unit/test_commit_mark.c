/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A commit of 200 changes, killed or failed at each system call that changes
 * anything: the branch is where it was or where it should be, and git can go on
 * with the repository. Some of the calls are tried, and all of those at the end,
 * where the branch moves; SCRIM_CRASH_ALL=1 tries each.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include <cmocka.h>

#include "fake.h"
#include "stopped.h"
#include "review/commit.h"
#include "review/commit_mark.h"
#include "util/io.h"

#define POINTS 14
#define FAIL_POINTS 6
#define LAST_CALLS 10

struct round {
	struct fake f;
	struct plan p;
	const char *branch;	/* NULL: the current one */
	int state;
};

static int commit(void *payload)
{
	struct round *r = payload;
	struct commit_group g = { .message = "by an agent" };
	struct commit_opts o = { .branch = r->branch, .groups = &g, .n = 1,
				 .state = r->state };
	struct err err = ERR_INIT;
	char ws[64];

	snprintf(ws, sizeof(ws), "%s/ws", r->f.root);
	o.workspace = ws;
	return commit_plan(&r->p, &r->f.src, &o, &err) ? 1 : 0;
}

static void start(struct round *r, const char *branch)
{
	struct plan_opts o = { .n_paths = 0 };
	struct err err = ERR_INIT;

	memset(r, 0, sizeof(*r));
	r->branch = branch;
	fake_start_quick(&r->f);
	fake_do(&r->f, fake_many);
	fake_begin(&r->f);
	fake_do(&r->f, fake_many_change);
	fake_list(&r->f);
	assert_int_equal(plan_make(&r->p, &r->f.list, &r->f.src, r->f.ws, &o,
				   &err), 0);
	assert_true(r->p.n >= 200);
	fake_git(&r->f);
	fake_do(&r->f, "mkdir state; cd ws; git add .; git commit -qm first;"
		"git rev-parse main >../old; mv .git ../git;"
		"find . -printf '%p %y %m %s %T@\\n' | sort >../files");
	r->state = openat(r->f.rootfd, "state", O_RDONLY | O_DIRECTORY);
	assert_true(r->state >= 0);
}

static void end(struct round *r)
{
	plan_release(&r->p);
	io_close(&r->state);
	fake_end(&r->f);
}

static void fresh(struct round *r)
{
	fake_do(&r->f, "rm -rf ws/.git; cp -a git ws/.git");
}

/* 1 where the branch is at the new commit; fails where anything is half done. */
static int is_new(struct round *r, long at)
{
	char script[1024];
	int status;

	snprintf(script, sizeof(script),
		 "cd ws; git rev-parse -q --verify refs/heads/%s >../now || :;"
		 "git fsck --strict --no-dangling >../fsck 2>&1 || exit 3;"
		 "cmp -s .git/index ../git/index || exit 4;"
		 "[ -z \"$(find .git -name '*.lock')\" ] || exit 5;"
		 "find . -path ./.git -prune -o -printf '%%p %%y %%m %%s %%T@\\n'"
		 "| sort | grep -v '^\\. ' >../is; grep -v '^\\. ' ../files |"
		 "cmp -s - ../is || exit 6;"
		 "if [ -s ../now ] && ! cmp -s ../now ../old; then"
		 " git rev-parse $(cat ../now)^ | cmp -s - ../old || exit 7;"
		 " git rev-parse $(cat ../now)^{tree} >../tree2;"
		 " [ ! -f ../tree ] || cmp -s ../tree ../tree2 || exit 8;"
		 " cp ../tree2 ../tree; exit 1; fi;"
		 "[ ! -s ../now ] || cmp -s ../now ../old || exit 9",
		 r->branch ? r->branch : "main");
	status = fake_sh(&r->f, script);
	if (status > 1)
		fail_msg("at call %ld: check %d failed", at, status);
	return status;
}

static long try_at(struct round *r, long at, int code)
{
	long calls;
	int status;

	fresh(r);
	status = stopped_run(commit, r, at, code, &calls);
	commit_recover(r->state);
	assert_int_equal(commit_recover(r->state), 0);
	if (is_new(r, at))
		assert_true(status <= 0);
	else
		assert_int_not_equal(status, 0);
	/* and it can be done again */
	if (status && !is_new(r, at)) {
		assert_int_equal(commit(r), 0);
		assert_int_equal(is_new(r, at), 1);
	}
	return calls;
}

static void try_all(struct round *r, int code, long points)
{
	long calls = try_at(r, 0, 0), step = stopped_step(calls, points);

	print_message("%ld changing calls\n", calls);
	assert_true(calls > 200);
	for (long at = 1 + code % step; at <= calls - LAST_CALLS; at += step)
		try_at(r, at, code);
	for (long at = calls - LAST_CALLS + 1; at <= calls; at++)
		try_at(r, at, code);
}

static void test_commit_mark_killed_on_the_branch(void **state)
{
	struct round r;

	start(&r, NULL);
	try_all(&r, 0, POINTS);
	end(&r);
}

static void test_commit_mark_killed_on_a_new_branch(void **state)
{
	struct round r;

	start(&r, "agent/work");
	try_all(&r, 0, POINTS);
	end(&r);
}

static void test_commit_mark_errors(void **state)
{
	struct round r;

#if !defined(__x86_64__) && !defined(__aarch64__)
	skip();
#endif
	start(&r, NULL);
	try_all(&r, ENOSPC, FAIL_POINTS);
	try_all(&r, EIO, FAIL_POINTS);
	end(&r);
}

/* What is not ours stays, and a commit that is under way keeps its mark. */
static void test_commit_mark_takes_its_own_lock_only(void **state)
{
	static const char id[] = "0123456789012345678901234567890123456789\n";
	struct err err = ERR_INIT;
	int fd, other;
	char lock[80];
	struct fake f;

	fake_start(&f);
	snprintf(lock, sizeof(lock), "%s/ws/main.lock", f.root);
	assert_int_equal(commit_recover(f.rootfd), 0);
	assert_int_equal(commit_mark_set(f.rootfd, lock, id, &fd, &err), 0);
	fake_write(&f, "ws/main.lock", id, 20);
	assert_int_equal(commit_recover(f.rootfd), 0);
	assert_int_equal(commit_mark_set(f.rootfd, lock, id, &other, &err),
			 -EBUSY);
	fake_do(&f, "test -e ws/main.lock");
	io_close(&fd);
	assert_int_equal(commit_recover(f.rootfd), 1);
	fake_do(&f, "test ! -e ws/main.lock; test ! -s committing");

	assert_int_equal(commit_mark_set(f.rootfd, lock, id, &fd, &err), 0);
	fake_write(&f, "ws/main.lock", "1", 1);
	io_close(&fd);
	assert_int_equal(commit_recover(f.rootfd), 0);
	fake_do(&f, "test -e ws/main.lock; test ! -s committing");
	fake_do(&f, "rm ws/main.lock; ln -s base ws/main.lock");
	assert_int_equal(commit_mark_set(f.rootfd, lock, id, &fd, &err), 0);
	commit_mark_clear(&fd);
	assert_int_equal(commit_recover(f.rootfd), 0);
	fake_do(&f, "test -h ws/main.lock");
	fake_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commit_mark_killed_on_the_branch),
		cmocka_unit_test(test_commit_mark_killed_on_a_new_branch),
		cmocka_unit_test(test_commit_mark_errors),
		cmocka_unit_test(test_commit_mark_takes_its_own_lock_only),
	};

	if (getenv("SCRIM_VALGRIND")) {
		puts("SKIP: valgrind's own calls would be made to fail");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
