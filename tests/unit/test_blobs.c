/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <errno.h>
#include <sys/wait.h>

#include "review/blobs.h"

/* Against what git itself lists, in a repository with all kinds of leftovers. */
static const char make[] =
	"exec >/dev/null 2>&1; set -e; export GIT_CONFIG_GLOBAL=/dev/null "
	"GIT_AUTHOR_NAME=n GIT_AUTHOR_EMAIL=e@x GIT_COMMITTER_NAME=n "
	"GIT_COMMITTER_EMAIL=e@x GIT_AUTHOR_DATE=2001-02-03T04:05:06Z; "
	"git init -q -b main .; echo one >a; mkdir -p d/e; echo two >d/e/b; "
	"git add .; GIT_COMMITTER_DATE=2001-01-01T00:00:00Z git commit -qm first;"
	"git rm -q d/e/b; echo three >c; git add .; "
	"GIT_COMMITTER_DATE=2001-01-02T00:00:00Z git commit -qm second; "
	"git tag -a -m tagged v1; echo packed | git hash-object -w --stdin; "
	"git repack -qad; echo stash >a; git stash -q; "
	"echo lost | git hash-object -w --stdin; echo staged >s; git add s";

static int sh(const char *command)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

struct seen {
	size_t blobs, messages, errors, unnamed;
	char names[1000];
};

static int note(void *payload, const struct blobs_object *o)
{
	struct seen *s = payload;
	size_t len = strlen(s->names);

	s->blobs += !o->message;
	s->messages += o->message;
	s->errors += o->error != 0;
	s->unnamed += !o->message && !o->path;
	if (o->path)
		snprintf(s->names + len, sizeof(s->names) - len, "%s=%.*s%s ",
			 o->path, (int)o->len - 1, (const char *)o->data,
			 o->commit ? "" : "?");
	return 0;
}

static size_t count(const char *command)
{
	struct buf text = BUF_INIT;
	size_t n = 0;

	assert_int_equal(sh(scratch_fmt("{ %s; } >count.out", command)), 0);
	assert_int_equal(io_read_file(AT_FDCWD, "count.out", 1 << 20, &text), 0);
	for (size_t i = 0; i < text.len; i++)
		n += text.ptr[i] == '\n';
	buf_release(&text);
	unlink("count.out");
	return n;
}

static void repository(void)
{
	assert_int_equal(sh(make), 0);
}

static void test_blobs_are_all_of_them(void **state)
{
	struct err err = ERR_INIT;
	struct seen s = { .blobs = 0 };

	repository();
	assert_ok(blobs_all(".", note, &s, &err), err);
	assert_int_equal(s.errors, 0);
	assert_int_equal(s.blobs, count(
		"git cat-file --batch-all-objects --batch-check | grep blob"));
	assert_int_equal(s.messages, count(
		"git cat-file --batch-all-objects --batch-check | "
		"grep -e commit -e tag"));
	assert_int_equal(s.unnamed, 3);
	assert_non_null(strstr(s.names, "a=one "));
	assert_non_null(strstr(s.names, "d/e/b=two "));
	assert_non_null(strstr(s.names, "a=stash "));
}

static void test_blobs_since(void **state)
{
	struct err err = ERR_INIT;
	struct seen s = { .blobs = 0 };

	repository();
	assert_ok(blobs_since(".", "HEAD~1", note, &s, &err), err);
	assert_string_equal(s.names, "c=three ");
	assert_int_equal(s.messages, 1);
	memset(&s, 0, sizeof(s));
	assert_ok(blobs_since(".", "v1", note, &s, &err), err);
	assert_int_equal(s.blobs, 0);
	assert_int_equal(blobs_since(".", "nonsense", note, &s, &err), -ENOENT);
	assert_says(err, "no commit 'nonsense'");
}

static void test_blobs_staged(void **state)
{
	struct err err = ERR_INIT;
	struct seen s = { .blobs = 0 };

	repository();
	assert_int_equal(mkdir("sub", 0755), 0);
	assert_ok(blobs_staged("sub", note, &s, &err), err);
	assert_string_equal(s.names, "s=staged? ");
}

/* A repository that points elsewhere and would run things is only read. */
static void test_blobs_of_a_hostile_repository(void **state)
{
	struct err err = ERR_INIT;
	struct seen s = { .blobs = 0 };

	repository();
	assert_int_equal(sh("exec 2>/dev/null; "
		"git config core.worktree /nonexistent; "
		"git config core.fsmonitor 'touch ran'; "
		"git config include.path /nonexistent; "
		"echo '* filter=x diff=x' >.git/info/attributes"), 0);
	assert_ok(blobs_staged(".", note, &s, &err), err);
	assert_int_not_equal(access("ran", F_OK), 0);
	assert_int_equal(s.blobs, 1);
}

static void test_blobs_hook(void **state)
{
	struct err err = ERR_INIT;
	struct stat st;

	repository();
	unlink(".git/hooks/pre-commit");
	assert_ok(blobs_install_hook(".", "#!/bin/sh\nexit 0\n", &err), err);
	assert_int_equal(stat(".git/hooks/pre-commit", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0755);
	assert_ok(blobs_install_hook(".", "#!/bin/sh\nexit 0\n", &err), err);
	assert_int_equal(blobs_install_hook(".", "#!/bin/sh\n", &err), -EEXIST);
}

static void test_blobs_without_a_repository(void **state)
{
	struct err err = ERR_INIT;

	assert_int_equal(blobs_all(".", note, NULL, &err), -ENOENT);
	assert_says(err, "in no git repository");
}

#define IN_SCRATCH(f) \
	cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(test_blobs_are_all_of_them),
		IN_SCRATCH(test_blobs_since),
		IN_SCRATCH(test_blobs_staged),
		IN_SCRATCH(test_blobs_of_a_hostile_repository),
		IN_SCRATCH(test_blobs_hook),
		IN_SCRATCH(test_blobs_without_a_repository),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
