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

#include "session/layer.h"
#include "session/content.h"
#include "session/list.h"
#include "session/session.h"
#include "util/io.h"
#include "util/path.h"

/*
 * A workspace of a few files, a session of it and the layer, for the tests of
 * the session's parts. Hidden: .env and secrets.
 */
static struct who me = { 0, 0, 1, 022 };

struct fixture {
	char top[64], ws[80], state[80];
	struct session *s;
	struct policy *p;
	struct layer *l;
};

__attribute__((unused))
static void put_file(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

__attribute__((unused))
static void put_dir(const char *dir, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

__attribute__((unused))
static void open_layer(struct fixture *f)
{
	static const char *const hide[] = { ".env", ".env.new", "secrets", NULL };
	struct policy_sources src = { .rules = "none", .userdir = f->state,
				      .workspace_fd = -1, .hide = hide };
	struct err err = ERR_INIT;

	assert_int_equal(policy_load(&f->p, &src, &err), 0);
	assert_int_equal(layer_open(&f->l, f->s, f->p, LAYER_WRITE, &err), 0);
}

__attribute__((unused))
static int layer_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err = ERR_INIT;

	me.uid = getuid();	/* whose the workspace is, too */
	me.gid = getgid();
	snprintf(f->top, sizeof(f->top), "/tmp/scrim-layer-XXXXXX");
	umask(022);
	if (!mkdtemp(f->top))
		return -1;
	snprintf(f->ws, sizeof(f->ws), "%s/ws", f->top);
	snprintf(f->state, sizeof(f->state), "%s/state", f->top);
	put_dir(f->top, "ws");
	put_dir(f->top, "state");
	put_file(f->ws, "plain", "hello\n");
	put_file(f->ws, ".env", "CANARY=FAKE\n");
	put_dir(f->ws, "dir");
	put_file(f->ws, "dir/inner", "inner\n");
	put_file(f->ws, "dir/.env", "CANARY=FAKE\n");
	if (session_create(&f->s, f->state, f->ws, NULL, &err))
		return -1;
	open_layer(f);
	*state = f;
	return 0;
}

__attribute__((unused))
static int layer_teardown(void **state)
{
	struct fixture *f = *state;

	layer_close(f->l);
	policy_free(f->p);
	session_close(f->s);
	io_remove_tree(AT_FDCWD, f->top);
	free(f);
	return 0;
}

__attribute__((unused))
static void reopen(struct fixture *f)
{
	layer_close(f->l);
	policy_free(f->p);
	open_layer(f);
}

/* A node by path; the test fails where there is none. Its ref is kept. */
__attribute__((unused))
static struct node *at(struct fixture *f, const char *path)
{
	struct entry e;

	assert_int_equal(layer_walk_path(f->l, path, &e), 0);
	assert_non_null(e.node);
	return e.node;
}

__attribute__((unused))
static int exists(struct fixture *f, const char *path)
{
	struct entry e;

	assert_int_equal(layer_walk_path(f->l, path, &e), 0);
	if (e.node)
		layer_forget(f->l, e.node, 1);
	return !!e.node;
}

__attribute__((unused))
static struct stat stat_of(struct fixture *f, const char *path)
{
	struct node *n = at(f, path);
	struct stat st;

	assert_int_equal(layer_getattr(f->l, n, &st, NULL), 0);
	layer_forget(f->l, n, 1);
	return st;
}

__attribute__((unused))
static void check_content(struct fixture *f, const char *path,
			  const char *want)
{
	struct node *n = at(f, path);
	char got[64] = "";

	assert_int_equal(layer_read(f->l, &me, n, got, sizeof(got) - 1, 0),
			 strlen(want));
	assert_string_equal(got, want);
	layer_forget(f->l, n, 1);
}

__attribute__((unused))
static void write_at(struct fixture *f, const char *path, const char *text,
		     off_t off)
{
	struct node *n = at(f, path);
	struct handle *h;
	int fd;

	assert_int_equal(layer_open_write(f->l, &me, n, 0, &h, &fd), 0);
	assert_int_equal(io_pwrite_full(fd, text, strlen(text), off), 0);
	layer_done_write(f->l, h);
	layer_forget(f->l, n, 1);
}

__attribute__((unused))
static int make(struct fixture *f, const char *dir, const char *name,
		mode_t mode)
{
	struct make what = { .mode = mode, .target = "target" };
	struct node *d = at(f, dir);
	struct entry e;
	int r = layer_make(f->l, &me, d, name, &what, &e);

	if (!r)
		layer_forget(f->l, e.node, 1);
	layer_forget(f->l, d, 1);
	return r;
}

__attribute__((unused))
static int take_away(struct fixture *f, const char *dir, const char *name,
		     int is_dir)
{
	struct node *d = at(f, dir);
	int r = layer_remove(f->l, &me, d, name, is_dir);

	layer_forget(f->l, d, 1);
	return r;
}

__attribute__((unused))
static int move(struct fixture *f, const char *dir, const char *name,
		const char *todir, const char *to, unsigned flags)
{
	struct node *d = at(f, dir), *t = at(f, todir);
	int r = layer_rename(f->l, &me, d, name, t, to, flags);

	layer_forget(f->l, d, 1);
	layer_forget(f->l, t, 1);
	return r;
}

__attribute__((unused))
static void check_workspace(struct fixture *f, const char *name,
			    const char *want)
{
	struct buf b = BUF_INIT;
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", f->ws, name);
	assert_int_equal(io_read_file(AT_FDCWD, path, 4096, &b), 0);
	assert_string_equal(b.ptr, want);
	buf_release(&b);
}
