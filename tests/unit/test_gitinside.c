/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What gitview and history do in a confined child, done in this process: so that
 * what goes wrong is seen by whoever looks at processes (sanitizers, valgrind,
 * coverage), which a confined child cannot tell anything. That it is confined is
 * test_gitchild's to say.
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
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "fake.h"
#include "review/gitchild.h"
#include "review/gitview.h"
#include "review/history.h"
#include "util/io.h"

#define MARK "FAKE_TOKEN_"

int __wrap_gitchild_run(const struct gitchild_limits *lim, gitchild_fn fn,
			void *payload, struct buf *reply);

/* Instead of that of gitchild.c, by the linker. */
int __wrap_gitchild_run(const struct gitchild_limits *lim, gitchild_fn fn,
			void *payload, struct buf *reply)
{
	int out = memfd_create("reply", MFD_CLOEXEC);
	struct buf said = BUF_INIT;
	int r;

	assert_true(out >= 0);
	r = fn(payload, out);
	assert_int_equal(lseek(out, 0, SEEK_SET), 0);
	assert_int_equal(io_read_all(out, GITCHILD_REPLY, &said), 0);
	/* a NUL says that it gets on */
	for (size_t i = 0; i < said.len; i++)
		if (said.ptr[i])
			buf_addch(reply, said.ptr[i]);
	buf_release(&said);
	close(out);
	return r;
}

static void judge_path(void *payload, const char *path, size_t len,
		       struct verdict *out)
{
	*out = (struct verdict){ .action = strstr(path, ".env") ? ACTION_HIDE :
				 ACTION_SHOW };
}

static void judge_confirm(void *payload, struct verdict *v, int fd,
			  const char *path)
{
	v->confirm = 0;
}

/* What follows the mark is a secret. */
static int judge_content(void *payload, const struct verdict *v,
			 const char *path, int fd, struct buf *bytes)
{
	struct buf text = BUF_INIT;
	char *at;

	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(io_read_all(fd, 1 << 20, &text), 0);
	at = memmem(text.ptr, text.len, MARK, strlen(MARK));
	if (at && bytes)
		memset(bytes->ptr + (at - text.ptr) + strlen(MARK), '*', 4);
	buf_release(&text);
	return at != NULL;
}

static const struct gitview_rules rules = {
	judge_path, judge_confirm, judge_content, NULL, "test",
};

static void start(struct fake *f, const char *fill)
{
	fake_start(f);
	fake_git(f);
	fake_do(f, "mkdir out");
	fake_do(f, fill);
}

static void look(struct fake *f, struct gitview *v)
{
	struct err err = ERR_INIT;
	int out = openat(f->rootfd, "out", O_RDONLY | O_DIRECTORY);

	if (gitview_find(v, f->ws, &rules, NULL, &err) ||
	    gitview_decide(v, GITVIEW_AUTO, &rules, 30, &err) ||
	    gitview_build(v, &rules, out, &err))
		fail_msg("%s", err.msg);
	close(out);
}

static void test_gitinside_clean_is_shown_as_it_is(void **state)
{
	struct gitview v = GITVIEW_INIT;
	struct fake f;

	start(&f, "cd ws; seq 9 >a; mkdir d; echo b >d/b; git add .;"
	      "git commit -qm first; git gc -q; echo c >c; git add c;"
	      "git commit -qm second; git tag -am t v1");
	look(&f, &v);
	assert_int_equal(v.n, 1);
	assert_int_equal(v.at[0].choice, GITVIEW_FULL);
	assert_null(v.at[0].dir);
	gitview_release(&v);
	fake_end(&f);
}

/* In a pack and loose, in a commit that nothing reaches, in an index only. */
static void test_gitinside_what_is_hidden_is_not_made_again(void **state)
{
	static const char *const fills[] = {
		"cd ws; seq 9 >a; echo s >.env; git add .; git commit -qm one;"
		"git rm -q --cached .env; git commit -qm two; git gc -q",
		"cd ws; seq 9 >a; echo s >.env; git add .; git commit -qm one",
		"cd ws; seq 9 >a; git add .; git commit -qm one; echo s >.env;"
		"git add .; git commit -qm lost; git reset -q --hard HEAD~1",
		"cd ws; seq 9 >a; git add .; git commit -qm one; echo s >.env;"
		"git add .env",
	};

	for (size_t i = 0; i < sizeof(fills) / sizeof(fills[0]); i++) {
		struct gitview v = GITVIEW_INIT;
		struct fake f;

		start(&f, fills[i]);
		fake_do(&f, "git -C ws branch side; git -C ws tag v1");
		look(&f, &v);
		assert_int_equal(v.n, 1);
		assert_int_equal(v.at[0].choice, GITVIEW_SANITIZED);
		assert_non_null(strstr(v.at[0].why, ".env"));
		assert_string_equal(v.at[0].dir, "0");
		assert_int_equal(strlen(v.at[0].head), 40);
		assert_int_equal(strlen(v.at[0].new_head), 40);
		fake_do(&f, "export GIT_DIR=$PWD/out/0; git fsck --strict;"
			"test \"$(git ls-tree -r --name-only HEAD)\" = a;"
			"git cat-file -p HEAD:a | cmp - ws/a;"
			"test -z \"$(git ls-files | grep env)\";"
			"id=$(echo s | git hash-object --stdin);"
			"! git cat-file -e $id 2>/dev/null;"
			"test \"$(git symbolic-ref HEAD)\" = refs/heads/main");
		gitview_release(&v);
		fake_end(&f);
	}
}

static void test_gitinside_secrets_are_masked(void **state)
{
	struct gitview v = GITVIEW_INIT;
	struct fake f;

	start(&f, "cd ws; printf 'a\\nt = " MARK "abcd\\nb\\n' >conf; ln -s a l;"
	      "seq 5 >a; chmod +x a; git add .; git commit -qm 'one'");
	look(&f, &v);
	assert_int_equal(v.at[0].choice, GITVIEW_SANITIZED);
	fake_do(&f, "export GIT_DIR=$PWD/out/0; git fsck --strict;"
		"git show HEAD:conf >shown; grep -qx 't = " MARK "\\*\\*\\*\\*' shown;"
		"! grep -rq abcd shown; git ls-tree HEAD a | grep -q ^100755;"
		"git ls-tree HEAD l | grep -q ^120000");
	gitview_release(&v);
	fake_end(&f);
}

/* A repository within one, and one of no commit. */
static void test_gitinside_several(void **state)
{
	struct gitview v = GITVIEW_INIT;
	struct fake f;

	start(&f, "cd ws; git init -q in; echo x >in/x; echo s >in/.env;"
	      "git -C in add .; git -C in commit -qm in; seq 3 >a;"
	      "git add a; git add in 2>/dev/null; git commit -qm out;"
	      "git init -q --bare bare.git; git init -q none");
	look(&f, &v);
	assert_int_equal(v.n, 4);
	for (size_t i = 0; i < v.n; i++) {
		char cmd[128];

		if (!strcmp(v.at[i].path, "none/.git") ||
		    !strcmp(v.at[i].path, "bare.git"))
			assert_int_equal(v.at[i].choice, GITVIEW_FULL);
		if (strcmp(v.at[i].path, "in/.git"))
			continue;
		assert_int_equal(v.at[i].choice, GITVIEW_SANITIZED);
		snprintf(cmd, sizeof(cmd), "test \"$(git --git-dir=out/%s ls-tree"
			 " --name-only HEAD)\" = x", v.at[i].dir);
		fake_do(&f, cmd);
	}
	gitview_release(&v);
	fake_end(&f);
}

/* What cannot be read is not taken for clean, and not shown. */
static void test_gitinside_damage_is_not_clean(void **state)
{
	struct gitview v = GITVIEW_INIT;
	struct fake f;

	start(&f, "cd ws; seq 99 >a; git add .; git commit -qm one;"
	      "id=$(git rev-parse HEAD:a); f=.git/objects/$(echo $id |"
	      "sed 's,^..,&/,'); chmod u+w $f; printf xxxxxxxx |"
	      "dd of=$f bs=1 seek=8 conv=notrunc 2>/dev/null");
	look(&f, &v);
	assert_int_equal(v.at[0].choice, GITVIEW_NONE);
	assert_null(v.at[0].dir);
	assert_true(strlen(v.at[0].why) > 0);
	gitview_release(&v);
	fake_end(&f);
}

static int walk(struct fake *f, const char *base, struct buf *text)
{
	struct history_walk w = { .base = base };
	int out = memfd_create("walk", MFD_CLOEXEC), r;

	w.git = openat(f->ws, ".git", O_RDONLY | O_DIRECTORY);
	assert_true(w.git >= 0 && out >= 0);
	r = history_walk(&w, out);
	assert_int_equal(lseek(out, 0, SEEK_SET), 0);
	assert_int_equal(io_read_all(out, 1 << 20, text), 0);
	close(out);
	io_close(&w.git);
	return r;
}

static void read_id(struct fake *f, const char *command, char id[41])
{
	struct buf text = BUF_INIT;
	char script[128];

	snprintf(script, sizeof(script), "git -C ws %s >id", command);
	fake_do(f, script);
	assert_int_equal(io_read_file(f->rootfd, "id", 100, &text), 0);
	assert_true(text.len >= 40);
	memcpy(id, text.ptr, 40);
	id[40] = '\0';
	buf_release(&text);
}

static int has(const struct buf *b, const char *what)
{
	return memmem(b->ptr, b->len, what, strlen(what)) != NULL;
}

static void test_gitinside_history(void **state)
{
	struct buf text = BUF_INIT;
	char base[41];
	struct fake f;

	start(&f, "cd ws; seq 9 >a; seq 5 >moved; git add .;"
	      "git commit -qm base");
	read_id(&f, "rev-parse HEAD", base);
	assert_int_equal(walk(&f, base, &text), 0);
	assert_false(has(&text, "body@example.org"));
	buf_clear(&text);
	fake_do(&f, "cd ws; echo more >>a; git commit -qam 'change a';"
		"mkdir d; git mv moved d/moved; echo n >n; git add n;"
		"git commit -qm 'move and add' --author 'A Gent <a@example.org>';"
		"git rm -q n; git commit -qm 'remove n'");
	assert_int_equal(walk(&f, base, &text), 0);
	assert_true(has(&text, "change a"));
	assert_true(has(&text, "A Gent <a@example.org>"));
	assert_true(has(&text, "d/moved"));
	assert_true(has(&text, "remove n"));
	/* a history of its own is compared as a whole */
	buf_clear(&text);
	fake_do(&f, "cd ws; git checkout -q --orphan other;"
		"git commit -qm 'a new beginning'");
	assert_int_equal(walk(&f, base, &text), 0);
	assert_true(has(&text, "a new beginning"));
	assert_false(has(&text, "change a"));
	buf_release(&text);
	fake_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gitinside_clean_is_shown_as_it_is),
		cmocka_unit_test(
			test_gitinside_what_is_hidden_is_not_made_again),
		cmocka_unit_test(test_gitinside_secrets_are_masked),
		cmocka_unit_test(test_gitinside_several),
		cmocka_unit_test(test_gitinside_damage_is_not_clean),
		cmocka_unit_test(test_gitinside_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
