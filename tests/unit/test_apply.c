/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "fake.h"
#include "review/apply.h"
#include "review/undo.h"
#include "util/io.h"

struct round {
	struct fake f;
	struct where w;
	struct plan p;
	struct plan_opts o;
	struct notes notes;
	struct err err;
	uint32_t seq;
};

static void start(struct round *r, const char *fill)
{
	memset(r, 0, sizeof(*r));
	fake_start(&r->f);
	fake_do(&r->f, "mkdir state");
	fake_do(&r->f, fill);
	fake_begin(&r->f);
	r->w.ws = r->f.ws;
	r->w.state = openat(r->f.rootfd, "state", O_RDONLY | O_DIRECTORY);
	assert_true(r->w.state >= 0);
}

static void end(struct round *r)
{
	plan_release(&r->p);
	notes_release(&r->notes);
	io_close(&r->w.state);
	fake_do(&r->f, "chmod -R u+rwX .");
	fake_end(&r->f);
}

static void plan(struct round *r)
{
	fake_list(&r->f);
	assert_int_equal(plan_make(&r->p, &r->f.list, &r->f.src, r->f.ws, &r->o,
				   &r->err), 0);
}

static int run(struct round *r)
{
	int code = apply_run(&r->p, &r->f.src, &r->w, "", &r->seq, &r->notes,
			     &r->err);

	for (size_t i = 0; i < r->notes.n; i++)
		print_message("note: %s\n", r->notes.at[i]);
	if (code)
		print_message("error: %s\n", r->err.msg);
	return code;
}

static void expect_verdict(struct round *r, const char *path,
			   enum plan_verdict v)
{
	struct plan_item *it = plan_find(&r->p, path, strlen(path));

	assert_non_null(it);
	if (it->verdict != v)
		fail_msg("%s: %s (%s), not %s", path,
			 plan_verdict_name(it->verdict), it->why ? it->why : "",
			 plan_verdict_name(v));
}

/* Content, type, mode, target of all entries of two trees are equal. */
static void same_trees(struct round *r, const char *a, const char *b)
{
	char cmd[2048];

	snprintf(cmd, sizeof(cmd),
		 "l() { (cd $1; find . -mindepth 1 -printf '%%P %%y %%m %%l ' \\("
		 " -type f -exec md5sum {} \\; -o -printf '\\n' \\) |"
		 " LC_ALL=C sort); }; l %s >l1; l %s >l2; diff l1 l2", a, b);
	fake_do(&r->f, cmd);
}

static void no_leftovers(struct round *r)
{
	fake_do(&r->f, "! find ws -name '.scrim-*' | grep .");
}

static const char many_fill[] =
	"cd ws; mkdir -p d/e gone/deep keep ro mvdir/sub tofile/x old;"
	"echo a >d/a; seq 20 >d/e/f; echo g >gone/g; echo h >gone/deep/h;"
	"echo k >keep/k; ln -s a d/link; ln -s x gone/link; echo t >todir;"
	"echo x >tofile/x/y; echo 1 >mvdir/one; echo 2 >mvdir/sub/two;"
	"echo m >moved; echo s1 >swap1; echo s2 >swap2; echo ex >ex;"
	"echo h >hard1; ln hard1 hard2; echo o >old/o; chmod 640 d/a;"
	"echo ro >rofile; chmod 400 rofile; : >empty; echo tl >tolink";
static const char many_change[] =
	"cd view; echo b >>d/a; sed -i s/7/seven/ d/e/f; rm -r gone;"
	"ln -sfn b d/link; rm todir; mkdir todir; echo in >todir/in;"
	"mkdir todir/sub; echo deep >todir/sub/deep; rm -r tofile;"
	"echo file >tofile; mkdir -p new/a/b; echo n >new/a/b/n;"
	"ln -s ../x new/l; chmod 700 new/a; mv mvdir moveddir;"
	"mv moved new/moved; mv swap1 t; mv swap2 swap1; mv t swap2;"
	"chmod 755 ex; echo more >>hard1; rm -r old; mkdir old; echo p >old/p;"
	"rm -f rofile; echo rw >rofile; chmod 444 rofile; rm tolink;"
	"ln -s there tolink; echo now >empty; chmod 750 keep; : >new/empty";

static void many_origins(struct fake *f)
{
	static const char *const pairs[][2] = {
		{ "moveddir", "mvdir" },
		{ "moveddir/one", "mvdir/one" },
		{ "moveddir/sub", "mvdir/sub" },
		{ "moveddir/sub/two", "mvdir/sub/two" },
		{ "new/moved", "moved" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		fake_origin(f, pairs[i][0], pairs[i][1]);
}

static void test_apply_many_kinds_and_undo(void **state)
{
	struct round r;
	uint32_t did;

	start(&r, many_fill);
	fake_do(&r.f, many_change);
	many_origins(&r.f);
	fake_do(&r.f, "cp -a ws orig");
	plan(&r);
	assert_false(plan_is_blocked(&r.p));
	assert_int_equal(run(&r), 0);
	same_trees(&r, "ws", "view");
	no_leftovers(&r);
	assert_int_equal(r.notes.n, 0);
	assert_true(r.f.n_dropped > 20);
	assert_int_equal(undo_run(&r.w, 0, &did, &r.notes, &r.err), 0);
	assert_int_equal(did, r.seq);
	same_trees(&r, "ws", "orig");
	no_leftovers(&r);
	/* Undoing the undo is applying again. */
	assert_int_equal(undo_run(&r.w, did + 1, &did, &r.notes, &r.err), 0);
	same_trees(&r, "ws", "view");
	assert_int_equal(undo_run(&r.w, 0, &did, &r.notes, &r.err), -ENOENT);
	end(&r);
}

static void test_apply_undo_restores_times(void **state)
{
	struct round r;
	uint32_t did;

	start(&r, "cd ws; echo a >f; touch -d '2001-02-03 04:05:06.789' f;"
		  "echo g >g; touch -d 2002-01-01 g");
	fake_do(&r.f, "stat -c '%n %Y %y %a' ws/f ws/g >t1; echo b >view/f;"
		      "rm view/g");
	plan(&r);
	assert_int_equal(run(&r), 0);
	assert_int_equal(undo_run(&r.w, 0, &did, &r.notes, &r.err), 0);
	fake_do(&r.f, "stat -c '%n %Y %y %a' ws/f ws/g >t2; diff t1 t2");
	end(&r);
}

static void test_apply_new_file_has_the_time_of_applying(void **state)
{
	struct round r;

	start(&r, "echo a >ws/f");
	fake_do(&r.f, "echo b >view/f; touch -d 2001-01-01 view/f; touch mark");
	plan(&r);
	assert_int_equal(run(&r), 0);
	fake_do(&r.f, "test ! ws/f -ot mark");
	end(&r);
}

static void test_apply_merges_what_the_user_changed(void **state)
{
	struct round r;

	start(&r, "seq 20 >ws/f; echo other >ws/g");
	fake_do(&r.f, "sed -i s/^3$/agent/ view/f; sed -i s/^18$/user/ ws/f;"
		      "echo mine >>ws/g");
	plan(&r);
	expect_verdict(&r, "f", PLAN_MERGE);
	assert_int_equal(r.f.list.n, 1);
	assert_int_equal(run(&r), 0);
	fake_do(&r.f, "seq 20 | sed 's/^3$/agent/;s/^18$/user/' | cmp - ws/f");
	end(&r);
}

static void test_apply_conflict_changes_nothing(void **state)
{
	struct round r;

	start(&r, "echo a >ws/f; echo g >ws/g; echo d >ws/d");
	fake_do(&r.f, "echo agent >view/f; echo user >ws/f; echo new >view/n;"
		      "rm view/d; echo more >>ws/d; rm ws/g; echo x >view/g");
	plan(&r);
	expect_verdict(&r, "f", PLAN_CONFLICT);
	expect_verdict(&r, "g", PLAN_CONFLICT);
	expect_verdict(&r, "d", PLAN_CONFLICT);
	expect_verdict(&r, "n", PLAN_ADD);
	assert_true(plan_is_blocked(&r.p));
	assert_non_null(strstr(plan_find(&r.p, "f", 1)->content.ptr,
			       "<<<<<<< workspace\nuser\n=======\nagent\n"));
	plan_release(&r.p);
	r.o.skip_conflicts = 1;
	assert_int_equal(plan_make(&r.p, &r.f.list, &r.f.src, r.f.ws, &r.o,
				   &r.err), 0);
	assert_false(plan_is_blocked(&r.p));
	assert_int_equal(run(&r), 0);
	fake_do(&r.f, "echo user | cmp - ws/f; test -e ws/n; test ! -e ws/g");
	end(&r);
}

static void test_apply_markers_on_request(void **state)
{
	struct round r;

	start(&r, "echo a >ws/f");
	fake_do(&r.f, "echo agent >view/f; echo user >ws/f");
	r.o.markers = 1;
	plan(&r);
	assert_int_equal(run(&r), 0);
	fake_do(&r.f, "grep -q '^<<<<<<< workspace' ws/f");
	end(&r);
}

static void test_apply_what_is_there_already(void **state)
{
	struct round r;

	start(&r, "echo a >ws/f; echo g >ws/g");
	fake_do(&r.f, "for d in ws view; do echo b >$d/f; rm $d/g;"
		      "echo n >$d/n; ln -s x $d/l; mkdir $d/dir; done");
	plan(&r);
	for (size_t i = 0; i < r.p.n; i++)
		expect_verdict(&r, r.p.at[i].d->path, PLAN_NOTHING);
	assert_int_equal(run(&r), 0);
	assert_int_equal(r.seq, 0);
	assert_int_equal(r.f.n_dropped, r.p.n);
	end(&r);
}

static void test_apply_paths_select_with_what_they_need(void **state)
{
	static const char *const paths[] = { "new/a/f", "x" };
	struct round r;

	start(&r, "cd ws; echo x >x; echo y >y");
	fake_do(&r.f, "cd view; mkdir -p new/a; echo f >new/a/f; echo g >new/g;"
		      "echo X >x; echo Y >y");
	r.o.paths = paths;
	r.o.n_paths = 2;
	plan(&r);
	assert_int_equal(run(&r), 0);
	fake_do(&r.f, "cd ws; test -e new/a/f; test ! -e new/g; grep -q X x;"
		      "grep -q y y");
	end(&r);
}

static void test_apply_keeps_what_the_user_put_into_a_removed_dir(void **state)
{
	struct round r;

	start(&r, "mkdir ws/d; echo a >ws/d/a");
	fake_do(&r.f, "rm -r view/d; echo mine >ws/d/mine");
	plan(&r);
	assert_int_equal(run(&r), 0);
	assert_int_equal(r.notes.n, 1);
	assert_non_null(strstr(r.notes.at[0], "kept d"));
	fake_do(&r.f, "grep -q mine ws/d/mine; test ! -e ws/d/a");
	end(&r);
}

static void test_apply_dir_with_hidden_entries_is_not_replaced(void **state)
{
	struct round r;

	start(&r, "mkdir ws/d; echo a >ws/d/a; echo b >ws/b");
	fake_do(&r.f, "rm -r view/d; echo file >view/d; echo B >view/b;"
		      "echo FAKE >ws/d/hidden");
	plan(&r);
	assert_int_equal(run(&r), -EBUSY);
	fake_do(&r.f, "grep -q FAKE ws/d/hidden; grep -q a ws/d/a;"
		      "grep -q b ws/b");
	no_leftovers(&r);
	end(&r);
}

static void test_apply_protected_names_are_left(void **state)
{
	static const char *const unprotect[] = { ".env" };
	struct round r;

	start(&r, "mkdir ws/certs; echo c >ws/certs/c");
	fake_do(&r.f, "echo FAKE >ws/.env; echo agents >view/.env;"
		      "echo n >view/n; rm -r view/certs");
	fake_list(&r.f);
	fake_delta(&r.f, ".env")->flags = DELTA_SHADOW | DELTA_CONTENT;
	memset(&fake_delta(&r.f, ".env")->now, 0, sizeof(struct stat));
	fake_delta(&r.f, "certs")->flags |= DELTA_KEEPS;
	assert_int_equal(plan_make(&r.p, &r.f.list, &r.f.src, r.f.ws, &r.o,
				   &r.err), 0);
	expect_verdict(&r, ".env", PLAN_LEFT);
	expect_verdict(&r, "certs", PLAN_LEFT);
	assert_int_equal(run(&r), 0);
	fake_do(&r.f, "grep -q FAKE ws/.env; test -e ws/n; test -d ws/certs;"
		      "test ! -e ws/certs/c");
	plan_release(&r.p);
	r.o.unprotect = unprotect;
	r.o.n_unprotect = 1;
	r.o.paths = unprotect;
	r.o.n_paths = 1;
	assert_int_equal(plan_make(&r.p, &r.f.list, &r.f.src, r.f.ws, &r.o,
				   &r.err), 0);
	expect_verdict(&r, ".env", PLAN_WRITE);
	assert_int_equal(run(&r), 0);
	fake_do(&r.f, "grep -q agents ws/.env");
	end(&r);
}

static void test_apply_symlinked_parent_is_refused(void **state)
{
	struct round r;

	start(&r, "mkdir ws/d; echo a >ws/d/a");
	fake_do(&r.f, "mkdir outside; echo safe >outside/a; echo b >view/d/a");
	plan(&r);
	fake_do(&r.f, "mv ws/d aside; ln -s ../outside ws/d");
	assert_int_equal(run(&r), -EBUSY);
	fake_do(&r.f, "grep -q safe outside/a; ls -a outside | wc -l >n;"
		      "grep -qx 3 n");
	end(&r);
}

static void test_apply_change_after_planning_is_a_conflict(void **state)
{
	struct round r;

	start(&r, "echo a >ws/f; echo b >ws/g");
	fake_do(&r.f, "echo A >view/f; echo B >view/g");
	plan(&r);
	fake_do(&r.f, "echo c >ws/g");
	assert_int_equal(run(&r), -EBUSY);
	fake_do(&r.f, "grep -q a ws/f; grep -q c ws/g");
	no_leftovers(&r);
	end(&r);
}

static void test_apply_undo_conflict_changes_nothing(void **state)
{
	struct round r;
	uint32_t did;

	start(&r, "echo a >ws/f; echo b >ws/g");
	fake_do(&r.f, "echo A >view/f; echo B >view/g; echo n >view/n");
	plan(&r);
	assert_int_equal(run(&r), 0);
	fake_do(&r.f, "echo mine >>ws/n");
	assert_int_equal(undo_run(&r.w, 0, &did, &r.notes, &r.err), -EBUSY);
	assert_non_null(strstr(r.err.msg, "n: you have changed it"));
	fake_do(&r.f, "grep -q A ws/f; grep -q B ws/g; grep -q mine ws/n");
	end(&r);
}

static void test_apply_keeps_attributes_and_breaks_hard_links(void **state)
{
	struct round r;

	start(&r, "cd ws; echo a >f; chmod 664 f; ln f ../outside;"
		  "setfattr -n user.note -v kept f 2>/dev/null || :;"
		  "setfacl -m u:12345:r f 2>/dev/null || :");
	fake_do(&r.f, "echo b >view/f; getfattr -d ws/f >x1 2>/dev/null || :;"
		      "getfacl -n ws/f >a1 2>/dev/null || :");
	plan(&r);
	assert_int_equal(run(&r), 0);
	fake_do(&r.f, "grep -qx a outside; grep -qx b ws/f;"
		      "getfattr -d ws/f >x2 2>/dev/null || :; cmp x1 x2;"
		      "getfacl -n ws/f >a2 2>/dev/null || :; cmp a1 a2");
	end(&r);
}

static void test_apply_chmod_not_through_a_hard_link(void **state)
{
	struct round r;

	start(&r, "echo a >ws/f; chmod 644 ws/f; ln ws/f outside;"
		  "touch -d 2003-03-03 ws/f");
	fake_do(&r.f, "chmod 755 view/f");
	plan(&r);
	assert_int_equal(run(&r), 0);
	fake_do(&r.f, "stat -c %a outside ws/f | tr '\\n' ' ' | grep -q '644 755';"
		      "test outside -ef ws/f && exit 1; stat -c %Y outside >m1;"
		      "stat -c %Y ws/f | cmp - m1");
	end(&r);
}

static void test_apply_special_files_are_left(void **state)
{
	struct round r;

	start(&r, "echo a >ws/f");
	fake_do(&r.f, "mkfifo view/pipe; rm view/f; mkfifo view/f; echo n >view/n");
	plan(&r);
	expect_verdict(&r, "pipe", PLAN_LEFT);
	expect_verdict(&r, "f", PLAN_LEFT);
	expect_verdict(&r, "n", PLAN_ADD);
	assert_int_equal(run(&r), 0);
	fake_do(&r.f, "grep -q a ws/f; test ! -e ws/pipe");
	end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_apply_many_kinds_and_undo),
		cmocka_unit_test(test_apply_undo_restores_times),
		cmocka_unit_test(test_apply_new_file_has_the_time_of_applying),
		cmocka_unit_test(test_apply_merges_what_the_user_changed),
		cmocka_unit_test(test_apply_conflict_changes_nothing),
		cmocka_unit_test(test_apply_markers_on_request),
		cmocka_unit_test(test_apply_what_is_there_already),
		cmocka_unit_test(test_apply_paths_select_with_what_they_need),
		cmocka_unit_test(
			test_apply_keeps_what_the_user_put_into_a_removed_dir),
		cmocka_unit_test(
			test_apply_dir_with_hidden_entries_is_not_replaced),
		cmocka_unit_test(test_apply_protected_names_are_left),
		cmocka_unit_test(test_apply_symlinked_parent_is_refused),
		cmocka_unit_test(test_apply_change_after_planning_is_a_conflict),
		cmocka_unit_test(test_apply_undo_conflict_changes_nothing),
		cmocka_unit_test(
			test_apply_keeps_attributes_and_breaks_hard_links),
		cmocka_unit_test(test_apply_chmod_not_through_a_hard_link),
		cmocka_unit_test(test_apply_special_files_are_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
