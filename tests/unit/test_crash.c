/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Apply and undo, killed or failed at each system call that changes anything:
 * afterwards, with apply_recover, the workspace is wholly the old or wholly the
 * new one.
 *
 * A small plan that has every kind of change is tried at all calls, one of 200
 * changes at CRASH_POINTS of them; SCRIM_CRASH_ALL=1 tries that at all, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/filter.h>
#include <linux/ptrace.h>
#include <linux/seccomp.h>
#include <unistd.h>
#include <cmocka.h>

#include "fake.h"
#include "stopped.h"
#include "review/apply.h"
#include "review/undo.h"
#include "util/io.h"
#include "util/walk.h"

#define CRASH_POINTS 25
#define FAIL_POINTS 12		/* each of ENOSPC, EIO; apply, undo */

struct round {
	struct fake f;
	struct where w;
	struct plan p;
	uint64_t old, new;	/* digests of the workspace */
	int merged;		/* the user has gone on, and parts are taken */
	int plain;		/* renameat2(2) knows no flags, as on NFS */
	int no_links;		/* nor is there link(2) */
};

enum work { APPLY, UNDO, RECOVER };

/* ========== The state of the workspace as a number ========== */

static void mix(uint64_t *h, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++)
		*h = (*h ^ p[i]) * 0x100000001b3u;
}

static int mix_entry(void *payload, const struct walk_entry *e)
{
	uint64_t *h = payload;
	char target[256];
	ssize_t n;
	int fd;

	assert_null(strstr(e->path, ".scrim-"));
	mix(h, e->path, strlen(e->path) + 1);
	mix(h, &e->st.st_mode, sizeof(e->st.st_mode));
	if (S_ISREG(e->st.st_mode))
		mix(h, &e->st.st_nlink, sizeof(e->st.st_nlink));
	if (S_ISLNK(e->st.st_mode)) {
		n = readlinkat(e->dirfd, e->name, target, sizeof(target));
		mix(h, target, (size_t)n);
	}
	if (S_ISREG(e->st.st_mode)) {
		uint64_t content;

		fd = openat(e->dirfd, e->name, O_RDONLY);
		assert_true(fd >= 0);
		content = engine_hash(fd);
		mix(h, &content, sizeof(content));
		close(fd);
	}
	return WALK_GO;
}

static uint64_t digest(int fd)
{
	uint64_t h = 0xcbf29ce484222325u;

	assert_int_equal(walk_tree(fd, mix_entry, &h), 0);
	return h;
}

/* ========== A child that is stopped at a call ========== */

static int do_job(struct round *r, enum work what)
{
	struct notes notes = { NULL, 0 };
	struct err err = ERR_INIT;
	enum recover_result did;
	uint32_t seq;
	int code;

	if (what == APPLY)
		code = apply_run(&r->p, &r->f.src, &r->w, "", &seq, &notes,
				 &err);
	else if (what == UNDO)
		code = undo_run(&r->w, 0, &seq, &notes, &err);
	else
		code = apply_recover(&r->w, &r->f.src, &did, &notes, &err);
	notes_release(&notes);
	return code;
}

/* Calls that the workspace's file system shall not know. */
static void take_away(const struct round *r)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_linkat, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[4])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 2, 1),
		BPF_STMT(BPF_RET | BPF_K, r->no_links ?
			 SECCOMP_RET_ERRNO | EPERM : SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog all = { sizeof(code) / sizeof(code[0]), code };

	if (!r->plain)
		return;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all) ||
	    !renameat2(AT_FDCWD, "none", AT_FDCWD, "other", RENAME_NOREPLACE) ||
	    errno != EINVAL)
		_exit(99);
}

/* Where coverage is counted; a process that ends by _exit(2) tells it nothing. */
void __gcov_dump(void) __attribute__((weak));

/* Untraced, in a process of its own where calls are taken away. */
static int do_job_apart(struct round *r, enum work what)
{
	int status;
	pid_t pid;

	if (!r->plain)
		return do_job(r, what);
	pid = fork();
	if (!pid) {
		take_away(r);
		status = do_job(r, what) ? 1 : 0;
		if (__gcov_dump)
			__gcov_dump();
		_exit(status);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 99);
	return WEXITSTATUS(status);
}

struct task {
	struct round *r;
	enum work what;
};

static int do_task(void *payload)
{
	struct task *t = payload;

	take_away(t->r);
	return do_job(t->r, t->what) ? 1 : 0;
}

static int run_traced(struct round *r, enum work what, long at, int code,
		      long *calls)
{
	struct task t = { r, what };

	return stopped_run(do_task, &t, at, code, calls);
}

/* ========== Rounds ========== */

static const char every_kind[] =
	"cd ws; mkdir -p d/e gone/deep mvdir tofile/x; echo a >d/a;"
	"echo f >d/e/f; echo g >gone/g; echo h >gone/deep/h; ln -s a d/link;"
	"echo t >todir; echo x >tofile/x/y; echo 1 >mvdir/one; echo m >moved;"
	"echo ex >ex; mkdir keep; echo l >linked; ln linked d/second;"
	"ln linked third; echo o >other; ln other d/other; ln other gone/other";
static const char every_change[] =
	"cd view; echo b >>d/a; rm -r gone; ln -sfn b d/link; rm todir;"
	"mkdir todir; echo in >todir/in; rm -r tofile; echo file >tofile;"
	"mkdir -p new/a; echo n >new/a/n; ln -s ../x new/l; mv mvdir moveddir;"
	"mv moved new/moved; chmod 755 ex; chmod 750 keep; rm d/e/f;"
	"echo more >>third; ln third new/fourth; chmod 600 other";

static void start(struct round *r, const char *fill, const char *change)
{
	memset(r, 0, sizeof(*r));
	fake_start_quick(&r->f);
	fake_do(&r->f, "mkdir state");
	fake_do(&r->f, fill);
	fake_begin(&r->f);
	fake_do(&r->f, change);
	r->w.ws = r->f.ws;
	r->w.state = openat(r->f.rootfd, "state", O_RDONLY | O_DIRECTORY);
	assert_true(r->w.state >= 0);
	r->old = digest(r->f.ws);
	r->new = digest(r->f.view);
	assert_true(r->old != r->new);
}

static void end(struct round *r)
{
	io_close(&r->w.state);
	fake_end(&r->f);
}

/* Of files named part*: the first line of what the agent made. */
static int take_part(void *payload, const struct delta *d, struct buf *text)
{
	if (strncmp(d->path, "part", 4))
		return 0;
	buf_addstr(text, "a part of it\n");
	return 1;
}

/* Plans from the workspace as it is, which is the old one. */
static void plan(struct round *r)
{
	struct plan_opts o = { .choice = r->merged ? take_part : NULL };
	struct err err = ERR_INIT;

	if (r->merged)
		fake_list(&r->f);
	else
		fake_again(&r->f);
	assert_int_equal(plan_make(&r->p, &r->f.list, &r->f.src, r->f.ws, &o,
				   &err), 0);
	assert_false(plan_is_blocked(&r->p));
}

static void recover(struct round *r)
{
	for (int i = 0; i < 2; i++)
		assert_int_equal(do_job_apart(r, RECOVER), 0);
	assert_false(apply_is_pending(&r->w));
}

/* 1 where the workspace is the new one; fails where it is in between. */
static int is_new(struct round *r, long at)
{
	uint64_t now = digest(r->f.ws);

	if (now != r->old && now != r->new) {
		fake_sh(&r->f, "diff -r --no-dereference ws view");
		fail_msg("at call %ld the workspace is in between", at);
	}
	return now == r->new;
}

/* Brings the workspace to where a job of this kind begins. */
static void rewind_to(struct round *r, enum work what)
{
	int at_new = is_new(r, 0);

	memset(&r->p, 0, sizeof(r->p));
	if (what == APPLY && at_new)
		assert_int_equal(do_job_apart(r, UNDO), 0);
	if (what == APPLY || !at_new)
		plan(r);
	if (what == UNDO && !at_new)
		assert_int_equal(do_job_apart(r, APPLY), 0);
}

/* One crash or failure of a job at a call; returns how many calls it makes. */
static long try_at(struct round *r, enum work what, long at, int code)
{
	long calls, more;
	int status;

	rewind_to(r, what);
	status = run_traced(r, what, at, code, &calls);
	if (at % 3 == 0 && !code)	/* recovery may be killed as well */
		run_traced(r, RECOVER, 1 + at % 7, 0, &more);
	recover(r);
	if (code && status == 0)
		assert_int_equal(is_new(r, at), what == APPLY);
	else
		is_new(r, at);
	plan_release(&r->p);
	return calls;
}

static void try_all(struct round *r, enum work what, int code, long points)
{
	long calls = try_at(r, what, 0, 0), step = stopped_step(calls, points);

	print_message("%ld changing calls\n", calls);
	assert_true(calls > 50);
	/* those of a failure are others than those of a kill */
	for (long at = 1 + code % step; at <= calls; at += step)
		try_at(r, what, at, code);
}

static void test_crash_apply_of_every_kind(void **state)
{
	struct round r;

	start(&r, every_kind, every_change);
	try_all(&r, APPLY, 0, 0);
	end(&r);
}

static void test_crash_undo_of_every_kind(void **state)
{
	struct round r;

	start(&r, every_kind, every_change);
	try_all(&r, UNDO, 0, 0);
	end(&r);
}

static void test_crash_errors_at_every_call(void **state)
{
	struct round r;

#if !defined(__x86_64__) && !defined(__aarch64__)
	skip();
#endif
	start(&r, every_kind, every_change);
	try_all(&r, APPLY, ENOSPC, 0);
	try_all(&r, APPLY, EIO, CRASH_POINTS);
	try_all(&r, UNDO, EIO, CRASH_POINTS);
	end(&r);
}

static void test_crash_apply_of_200_changes(void **state)
{
	struct round r;

	start(&r, fake_many, fake_many_change);
	plan(&r);
	assert_true(r.p.n >= 200);
	plan_release(&r.p);
	try_all(&r, APPLY, 0, CRASH_POINTS);
	try_all(&r, UNDO, 0, CRASH_POINTS);
	end(&r);
}

static void test_crash_errors_in_200_changes(void **state)
{
	struct round r;

#if !defined(__x86_64__) && !defined(__aarch64__)
	skip();
#endif
	start(&r, fake_many, fake_many_change);
	try_all(&r, APPLY, ENOSPC, FAIL_POINTS);
	try_all(&r, APPLY, EIO, FAIL_POINTS);
	try_all(&r, UNDO, ENOSPC, FAIL_POINTS);
	try_all(&r, UNDO, EIO, FAIL_POINTS);
	end(&r);
}

/* The same by two threads: what is done by then is not what comes first. */
static void test_crash_with_threads(void **state)
{
	struct round r;

	start(&r, fake_many, fake_many_change);
	r.w.threads = 2;
	try_all(&r, APPLY, 0, CRASH_POINTS);
	try_all(&r, UNDO, 0, CRASH_POINTS);
#if defined(__x86_64__) || defined(__aarch64__)
	try_all(&r, APPLY, EIO, FAIL_POINTS);
	try_all(&r, UNDO, ENOSPC, FAIL_POINTS);
#endif
	end(&r);
}

static const char texts[] =
	"cd ws; for i in 1 2 3 4 5 6 7 8; do seq 30 >m$i; seq 9 >part$i; done";
static const char texts_change[] =
	"cd view; for i in 1 2 3 4 5 6 7 8; do sed -i 's/^3$/three/' m$i;"
	"echo more >>part$i; echo new >new$i; done";
static const char texts_user[] =
	"cd ws; for i in 1 2 3 4; do sed -i 's/^20$/twenty/' m$i; done";

/* Merged files and parts; both ways where exchanging is and is not possible. */
static void test_crash_merged_and_parts(void **state)
{
	struct round r;

	start(&r, texts, texts_change);
	fake_do(&r.f, texts_user);
	r.merged = 1;
	r.old = digest(r.f.ws);
	plan(&r);
	assert_true(r.p.count[PLAN_MERGE] >= 4);
	assert_int_equal(do_job(&r, APPLY), 0);
	plan_release(&r.p);
	fake_do(&r.f, "grep -qx three ws/m1; grep -qx twenty ws/m1;"
		"grep -qx 'a part of it' ws/part1");
	r.new = digest(r.f.ws);
	try_all(&r, APPLY, 0, 2 * CRASH_POINTS);
	try_all(&r, UNDO, 0, 2 * CRASH_POINTS);
	try_all(&r, APPLY, ENOSPC, CRASH_POINTS);
	r.plain = 1;
	try_all(&r, APPLY, 0, CRASH_POINTS);
	end(&r);
}

/* Where files can neither be exchanged nor renamed without replacing. */
static void test_crash_without_rename_flags(void **state)
{
	struct round r;

	start(&r, every_kind, every_change);
	r.plain = 1;
	try_all(&r, APPLY, 0, 2 * CRASH_POINTS);
	try_all(&r, UNDO, 0, 2 * CRASH_POINTS);
	try_all(&r, APPLY, EIO, CRASH_POINTS);
	end(&r);
}

/* Nor linked: nothing is done then, and all is put back. */
static void test_crash_without_links(void **state)
{
	struct round r;

	start(&r, every_kind, every_change);
	r.plain = r.no_links = 1;
	plan(&r);
	assert_int_equal(do_job_apart(&r, APPLY), 1);
	assert_int_equal(is_new(&r, 0), 0);
	assert_false(apply_is_pending(&r.w));
	plan_release(&r.p);
	end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_crash_apply_of_every_kind),
		cmocka_unit_test(test_crash_undo_of_every_kind),
		cmocka_unit_test(test_crash_errors_at_every_call),
		cmocka_unit_test(test_crash_apply_of_200_changes),
		cmocka_unit_test(test_crash_errors_in_200_changes),
		cmocka_unit_test(test_crash_with_threads),
		cmocka_unit_test(test_crash_merged_and_parts),
		cmocka_unit_test(test_crash_without_rename_flags),
		cmocka_unit_test(test_crash_without_links),
	};

	if (getenv("SCRIM_VALGRIND")) {
		puts("SKIP: valgrind's own calls would be made to fail");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
