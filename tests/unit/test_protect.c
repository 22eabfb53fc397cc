/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layer_fixture.c"

#include <sys/stat.h>
#include <time.h>

#include "session/delta.h"

/* Protection that follows the file: other names, moves, directories, links. */

static void ws_path(struct fixture *f, char out[256], const char *name)
{
	snprintf(out, 256, "%s/%s", f->ws, name);
}

static void ws_link(struct fixture *f, const char *from, const char *to)
{
	char a[256], b[256];

	ws_path(f, a, from);
	ws_path(f, b, to);
	assert_int_equal(link(a, b), 0);
}

static void ws_rename(struct fixture *f, const char *from, const char *to)
{
	char a[256], b[256];

	ws_path(f, a, from);
	ws_path(f, b, to);
	assert_int_equal(rename(a, b), 0);
}

/* The same session seen by the rules of a file, and by globs to mask. */
static void with_rules(struct fixture *f, const char *rules,
		       const char *const *mask)
{
	char file[256];
	struct policy_sources src = { .rules = file, .userdir = f->state,
				      .workspace_fd = -1, .mask = mask };
	struct err err = ERR_INIT;

	put_file(f->state, "rules.ini", rules);
	snprintf(file, sizeof(file), "%s/rules.ini", f->state);
	layer_close(f->l);
	policy_free(f->p);
	f->p = NULL;
	f->l = NULL;
	assert_int_equal(policy_load(&f->p, &src, &err), 0);
	assert_int_equal(layer_open(&f->l, f->s, f->p, LAYER_WRITE, &err), 0);
}

static void test_protect_masks_by_any_name(void **state)
{
	static const char *const mask[] = { "*.env", NULL };
	struct fixture *f = *state;

	put_file(f->ws, "app.env", "COLOR=FAKEblue\n");
	ws_link(f, "app.env", "alias.txt");
	with_rules(f, "", mask);
	check_content(f, "alias.txt", "COLOR=xxxxxxxx\n");
	check_content(f, "app.env", "COLOR=xxxxxxxx\n");
	ws_link(f, "app.env", "dir/late.txt");
	check_content(f, "dir/late.txt", "COLOR=xxxxxxxx\n");
}

/* What is shown of it afterwards, too, by whichever name it was written. */
static void test_protect_masks_in_what_was_changed(void **state)
{
	static const char *const mask[] = { "*.env", NULL };
	struct fixture *f = *state;
	struct delta_list list = { NULL, 0 };
	struct err err = ERR_INIT;
	char got[64] = "";
	int fd;

	put_file(f->ws, "app.env", "COLOR=FAKEblue\n");
	ws_link(f, "app.env", "alias.txt");
	with_rules(f, "", mask);
	write_at(f, "alias.txt", "# end\n", 15);
	assert_int_equal(delta_list(f->l, &list, &err), 0);
	assert_int_not_equal(list.n, 0);
	for (size_t i = 0; i < list.n; i++) {
		if (delta_open_base_view(f->l, &list.at[i], &fd))
			continue;
		assert_true(read(fd, got, sizeof(got) - 1) >= 0);
		assert_null(strstr(got, "FAKE"));
		close(fd);
	}
	delta_list_release(&list);
}

static void test_protect_denied_link_is_denied(void **state)
{
	struct fixture *f = *state;
	struct node *n;
	char byte;

	put_file(f->ws, "deny.txt", "CANARY=FAKE\n");
	ws_link(f, "deny.txt", "alias.txt");
	with_rules(f, "[d]\nkind = path\npaths = deny.txt\naction = deny\n",
		   NULL);
	for (int i = 0; i < 2; i++) {
		n = at(f, i ? "alias.txt" : "deny.txt");
		assert_int_equal(layer_read(f->l, &me, n, &byte, 1, 0),
				 -EACCES);
		layer_forget(f->l, n, 1);
	}
}

/* A name that came after the mount, when the hidden one has gone again. */
static void test_protect_new_name_of_an_old_secret(void **state)
{
	static const char *const mask[] = { "app.env", NULL };
	struct fixture *f = *state;
	char hidden[256];

	put_file(f->ws, "app.env", "COLOR=FAKEblue\n");
	put_file(f->ws, ".env", "KEY=FAKE-CANARY\n");
	put_file(f->ws, "seen", "plain\n");
	ws_link(f, "seen", "seen-too");
	with_rules(f, "[r]\nkind = path\npaths = .env\n"
		   "examples = .env\n", mask);
	assert_true(exists(f, "seen-too"));	/* the first walk has ended */
	ws_link(f, ".env", "notes.txt");
	ws_path(f, hidden, ".env");
	assert_int_equal(unlink(hidden), 0);
	ws_rename(f, "app.env", "colors.txt");
	assert_false(exists(f, "notes.txt"));
	check_content(f, "colors.txt", "COLOR=xxxxxxxx\n");
}

/* What was open before the user moved it to where it is a secret. */
static void test_protect_moved_file_is_let_go(void **state)
{
	struct fixture *f = *state;
	struct node *file, *other;
	char got[64];

	put_dir(f->ws, "secrets");
	put_file(f->ws, "dir/other", "other\n");
	file = at(f, "dir/inner");
	other = at(f, "dir/other");
	assert_int_equal(layer_read(f->l, &me, file, got, 64, 0), 6);
	ws_rename(f, "dir/inner", "secrets/inner");
	put_file(f->ws, "secrets/inner", "CANARY\n");
	assert_int_equal(layer_read(f->l, &me, file, got, 64, 0), -ESTALE);
	assert_int_equal(layer_read(f->l, &me, other, got, 64, 0), 6);
	ws_rename(f, "dir", "secrets/dir");
	put_file(f->ws, "secrets/dir/other", "CANARY\n");
	assert_int_equal(layer_read(f->l, &me, other, got, 64, 0), -ESTALE);
	layer_forget(f->l, file, 1);
	layer_forget(f->l, other, 1);
}

/* One that was removed can be read on, as on any file system. */
static void test_protect_removed_file_can_be_read(void **state)
{
	struct fixture *f = *state;
	struct node *n = at(f, "dir/inner");
	char path[256], got[64];

	assert_int_equal(layer_read(f->l, &me, n, got, 64, 0), 6);
	ws_path(f, path, "dir/inner");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(layer_read(f->l, &me, n, got, 64, 0), 6);
	layer_forget(f->l, n, 1);
}

static void test_protect_directory_rules_hold_below(void **state)
{
	static const struct make file = { .mode = S_IFREG | 0644 };
	struct fixture *f = *state;
	struct node *dir, *n;
	struct listing *list;
	struct handle *h;
	struct entry e;
	int fd;

	put_dir(f->ws, "closed");
	put_file(f->ws, "closed/in", "CANARY=FAKE\n");
	with_rules(f, "[r]\nkind = path\npaths = dir\naction = readonly\n"
		   "[d]\nkind = path\npaths = closed\naction = deny\n", NULL);
	n = at(f, "dir/inner");
	assert_int_equal(layer_open_write(f->l, &me, n, 0, &h, &fd), -EACCES);
	dir = at(f, "dir");
	assert_int_equal(layer_make(f->l, &me, dir, "new", &file, &e),
			 -EACCES);
	assert_int_equal(layer_link(f->l, &me, n, layer_root(f->l), "out", &e),
			 -EACCES);
	layer_forget(f->l, n, 1);
	layer_forget(f->l, dir, 1);
	dir = at(f, "closed");
	assert_int_equal(list_get(f->l, &me, dir, 0, &list), -EACCES);
	assert_int_equal(layer_lookup(f->l, &me, dir, "in", &e), -EACCES);
	layer_forget(f->l, dir, 1);
}

/* A name that only the file system of the other kind makes up. */
static void test_protect_short_names_are_listed_ones(void **state)
{
	struct fixture *f = *state;

	put_file(f->ws, "a~1", "x");
	assert_true(exists(f, "a~1"));
	assert_false(exists(f, "ENV~1"));
}

static const char *target_of(struct fixture *f, const char *path)
{
	static struct buf text;
	struct node *n = at(f, path);

	buf_clear(&text);
	assert_int_equal(layer_readlink(f->l, n, &text), 0);
	assert_int_equal(stat_of(f, path).st_size, (off_t)text.len);
	layer_forget(f->l, n, 1);
	return text.ptr;
}

static void test_protect_links_stay_in_the_view(void **state)
{
	struct make own = { .mode = S_IFLNK | 0777, .target = "/the/view/x" };
	struct fixture *f = *state;
	char path[256], to[512];
	struct err err = ERR_INIT;
	struct entry e;

	ws_path(f, path, "into");
	snprintf(to, sizeof(to), "%s/.env", f->ws);
	assert_int_equal(symlink(to, path), 0);
	ws_path(f, path, "beside");
	snprintf(to, sizeof(to), "%s-not", f->ws);
	assert_int_equal(symlink(to, path), 0);
	layer_serve(f->l, "/the/view");
	assert_string_equal(target_of(f, "into"), "/the/view/.env");
	assert_string_equal(target_of(f, "beside"), to);
	assert_int_equal(layer_make(f->l, &me, layer_root(f->l), "own", &own,
				    &e), 0);
	layer_forget(f->l, e.node, 1);
	assert_string_equal(target_of(f, "own"), "/the/view/x");
	/* for apply it leads to the workspace */
	layer_close(f->l);
	f->l = NULL;
	assert_int_equal(layer_open(&f->l, f->s, f->p, LAYER_READ, &err), 0);
	snprintf(to, sizeof(to), "%s/x", f->ws);
	assert_string_equal(target_of(f, "own"), to);
}

static int64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* The processor time of a lookup that finds nothing. */
static int64_t time_of(struct fixture *f, const char *prefix, int i)
{
	char name[32];
	struct entry e;
	int64_t t;

	snprintf(name, sizeof(name), "%s%d.pem", prefix, i);
	t = cpu_ns();
	assert_int_equal(layer_lookup(f->l, &me, layer_root(f->l), name, &e),
			 0);
	t = cpu_ns() - t;
	assert_null(e.node);
	return t;
}

static int by_size(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* A name that only its content makes a secret: there or not takes as long. */
static void test_protect_time_tells_nothing(void **state)
{
	enum { N = 101 };
	struct fixture *f = *state;
	int64_t there[N], absent[N];
	char name[32], key[256];

	snprintf(key, sizeof(key), "-----BEGIN RSA %s-----\nFAKEFAKEFAKE%s\n",
		 "PRIVATE KEY", "EXAMPLEEXAMPLEEXAMPLE");
	for (int i = 0; i < N; i++) {
		snprintf(name, sizeof(name), "t%d.pem", i);
		put_file(f->ws, name, key);
	}
	with_rules(f, "[k]\nkind = path\npaths = *.pem\naction = hide\n"
		   "confirm = @private-key\nexamples = a.pem\n", NULL);
	for (int i = 0; i < N; i++) {
		there[i] = time_of(f, "t", i);
		absent[i] = time_of(f, "n", i);
	}
	qsort(there, N, sizeof(*there), by_size);
	qsort(absent, N, sizeof(*absent), by_size);
	assert_true(absent[N / 2] > there[N / 2] / 2);
	assert_true(there[N / 2] > absent[N / 2] / 3);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, layer_setup, \
						 layer_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_protect_masks_by_any_name),
		TEST(test_protect_masks_in_what_was_changed),
		TEST(test_protect_denied_link_is_denied),
		TEST(test_protect_new_name_of_an_old_secret),
		TEST(test_protect_moved_file_is_let_go),
		TEST(test_protect_time_tells_nothing),
		TEST(test_protect_removed_file_can_be_read),
		TEST(test_protect_directory_rules_hold_below),
		TEST(test_protect_short_names_are_listed_ones),
		TEST(test_protect_links_stay_in_the_view),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
