/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "fake.h"
#include "util/io.h"
#include "util/walk.h"

int fake_sh(const struct fake *f, const char *command)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (fchdir(f->rootfd))
			_exit(126);
		execl("/bin/sh", "sh", "-ec", command, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

void fake_do(const struct fake *f, const char *command)
{
	if (fake_sh(f, command))
		fail_msg("failed: %s", command);
}

void fake_write(const struct fake *f, const char *path, const void *data,
		size_t len)
{
	int fd = openat(f->rootfd, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(io_write_full(fd, data, len), 0);
	close(fd);
}

static int open_dir(const struct fake *f, const char *name)
{
	int fd = openat(f->rootfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static int add_entry(void *payload, const struct walk_entry *e)
{
	struct fake_tree *t = payload;

	t->at = realloc(t->at, (t->n + 1) * sizeof(*t->at));
	assert_non_null(t->at);
	t->at[t->n].path = strdup(e->path);
	t->at[t->n++].st = e->st;
	return WALK_GO;
}

static int by_path(const void *a, const void *b)
{
	const struct fake_entry *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static void read_tree(int fd, struct fake_tree *t)
{
	memset(t, 0, sizeof(*t));
	assert_int_equal(walk_tree(fd, add_entry, t), 0);
	if (t->n)
		qsort(t->at, t->n, sizeof(*t->at), by_path);
}

static void free_tree(struct fake_tree *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->at[i].path);
	free(t->at);
	memset(t, 0, sizeof(*t));
}

static const struct fake_entry *find(const struct fake_tree *t,
				     const char *path)
{
	struct fake_entry key = { (char *)(uintptr_t)path, { 0 } };

	return t->n ? bsearch(&key, t->at, t->n, sizeof(key), by_path) : NULL;
}

static int fake_open_new(void *payload, const struct delta *d, int *fd)
{
	struct fake *f = payload;

	return io_open_beneath(f->view, d->path, O_RDONLY, 0, fd);
}

static int fake_open_base(void *payload, const struct delta *d, int *fd)
{
	struct fake *f = payload;
	const char *path = d->origin ? d->origin : d->path;
	char target[PATH_MAX];
	ssize_t n;

	if (!S_ISLNK(d->base.st_mode))
		return io_open_beneath(f->base, path, O_RDONLY, 0, fd);
	n = readlinkat(f->base, path, target, sizeof(target));
	assert_true(n >= 0);
	*fd = memfd_create("link", MFD_CLOEXEC);
	assert_int_equal(io_pwrite_full(*fd, target, (size_t)n, 0), 0);
	return 0;
}

static int fake_masks(void *payload, const struct delta *d,
		      const struct mask_list **out)
{
	*out = NULL;
	return 0;
}

static int fake_unmask(void *payload, const struct delta *d, struct buf *text,
		       struct err *err)
{
	return memmem(text->ptr, text->len, "SCRIM_FOREIGN", 13) ?
	       err_set(err, -EBADMSG, "a mask of another file") : 0;
}

static int fake_drop(void *payload, const char *const *paths, size_t n,
		     struct err *err)
{
	struct fake *f = payload;

	for (size_t i = 0; i < f->n_dropped; i++)
		free(f->dropped[i]);
	free(f->dropped);
	f->n_dropped = 0;
	f->dropped = calloc(n + 1, sizeof(char *));
	for (size_t i = 0; i < n; i++)
		f->dropped[f->n_dropped++] = strdup(paths[i]);
	return 0;
}

static void start_in(struct fake *f, const char *dir)
{
	umask(022);
	memset(f, 0, sizeof(*f));
	snprintf(f->root, sizeof(f->root), "%s/scrim-fake-XXXXXX", dir);
	assert_non_null(mkdtemp(f->root));
	f->rootfd = open(f->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(f->rootfd >= 0);
	fake_do(f, "mkdir ws");
	f->ws = open_dir(f, "ws");
	f->base = f->view = -1;
	f->src = (struct source){
		.open_new = fake_open_new,
		.open_base = fake_open_base,
		.open_base_view = fake_open_base,
		.masks = fake_masks,
		.unmask = fake_unmask,
		.settle = fake_drop,
		.payload = f,
	};
}

void fake_start(struct fake *f)
{
	start_in(f, "/tmp");
}

void fake_start_quick(struct fake *f)
{
	start_in(f, access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
}

void fake_git(const struct fake *f)
{
	setenv("HOME", f->root, 1);
	setenv("XDG_CONFIG_HOME", f->root, 1);
	fake_do(f, "git config --global user.name 'Some Body';"
		"git config --global user.email body@example.org;"
		"git config --global init.defaultBranch main;"
		"cd ws; git init -q");
}

void fake_begin(struct fake *f)
{
	fake_do(f, "cp -a ws base; cp -a ws view");
	f->base = open_dir(f, "base");
	f->view = open_dir(f, "view");
	read_tree(f->ws, &f->before);
}

void fake_origin(struct fake *f, const char *path, const char *origin)
{
	f->origins[f->n_origins][0] = strdup(path);
	f->origins[f->n_origins++][1] = strdup(origin);
}

static const char *origin_of(const struct fake *f, const char *path)
{
	for (size_t i = 0; i < f->n_origins; i++)
		if (!strcmp(f->origins[i][0], path))
			return f->origins[i][1];
	return NULL;
}

static char *link_target(int dir, const char *path)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dir, path, target, sizeof(target) - 1);

	if (n < 0)
		return NULL;
	target[n] = '\0';
	return strdup(target);
}

static int same_identity(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mode == b->st_mode &&
	       !io_time_cmp(&a->st_mtim, &b->st_mtim) &&
	       (S_ISDIR(a->st_mode) || !io_time_cmp(&a->st_ctim, &b->st_ctim));
}

/* 1 where the contents or targets of base and view at these paths differ. */
static int content_differs(const struct fake *f, const char *from,
			   const char *path, mode_t mode)
{
	struct buf a = BUF_INIT, b = BUF_INIT;
	char *x, *y;
	int r;

	if (S_ISLNK(mode)) {
		x = link_target(f->base, from);
		y = link_target(f->view, path);
		r = strcmp(x, y) != 0;
		free(x);
		free(y);
		return r;
	}
	if (!S_ISREG(mode))
		return 0;
	assert_int_equal(io_read_file(f->base, from, 1 << 26, &a), 0);
	assert_int_equal(io_read_file(f->view, path, 1 << 26, &b), 0);
	r = a.len != b.len || memcmp(a.ptr, b.ptr, a.len);
	buf_release(&a);
	buf_release(&b);
	return r;
}

static void push(struct fake *f, const struct delta *d)
{
	f->list.at = realloc(f->list.at, (f->list.n + 1) * sizeof(*d));
	assert_non_null(f->list.at);
	f->list.at[f->list.n++] = *d;
}

static void fill_base(struct fake *f, struct delta *d, const char *from)
{
	const struct fake_entry *e = find(&f->before, from);

	if (e)
		d->base = e->st;
	if (fstatat(f->ws, from, &d->now, AT_SYMLINK_NOFOLLOW))
		memset(&d->now, 0, sizeof(d->now));
	if (e ? !same_identity(&d->base, &d->now) : d->now.st_mode != 0)
		d->flags |= DELTA_BASE_MOVED;
}

static void list_new(struct fake *f, const struct fake_entry *e)
{
	const char *origin = origin_of(f, e->path);
	const char *from = origin ? origin : e->path;
	const struct fake_entry *old = find(&f->before, from);
	struct delta d = { .kind = DELTA_MODIFY, .st = e->st };

	if (!old)
		d.kind = DELTA_ADD;
	else if (origin)
		d.kind = DELTA_RENAME;
	else if ((old->st.st_mode ^ e->st.st_mode) & S_IFMT)
		d.kind = DELTA_TYPE;
	if (!old || d.kind == DELTA_TYPE ||
	    content_differs(f, from, e->path, e->st.st_mode))
		d.flags |= DELTA_CONTENT;
	if (old && (old->st.st_mode & 07777) != (e->st.st_mode & 07777))
		d.flags |= DELTA_MODE;
	if (d.kind == DELTA_MODIFY && !d.flags)
		return;
	d.path = strdup(e->path);
	d.origin = d.kind == DELTA_RENAME ? strdup(origin) : NULL;
	d.symlink = link_target(f->view, e->path);
	fill_base(f, &d, from);
	push(f, &d);
}

static int list_by_path(const void *a, const void *b)
{
	const struct delta *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static void free_list(struct fake *f)
{
	for (size_t i = 0; i < f->list.n; i++) {
		free(f->list.at[i].path);
		free(f->list.at[i].origin);
		free(f->list.at[i].symlink);
		free(f->list.at[i].link_to);
		for (size_t k = 0; k < f->list.at[i].n_also; k++)
			free(f->list.at[i].also[k]);
		free(f->list.at[i].also);
	}
	free(f->list.at);
	memset(&f->list, 0, sizeof(f->list));
}

/* As delta_list does it: the second and later names say which the first is. */
static void join_links(struct fake *f)
{
	for (size_t i = 1; i < f->list.n; i++) {
		struct delta *d = &f->list.at[i], *first = f->list.at;

		if (!S_ISREG(d->st.st_mode) || d->st.st_nlink < 2)
			continue;
		while (first < d && (first->st.st_ino != d->st.st_ino ||
				     first->link_to))
			first++;
		if (first == d)
			continue;
		d->flags |= DELTA_HARDLINK;
		d->link_to = strdup(first->path);
		if (d->kind != DELTA_MODIFY ||
		    d->base.st_ino != first->base.st_ino)
			continue;
		d->flags |= DELTA_ALSO;
		first->also = reallocarray(first->also, first->n_also + 1,
					   sizeof(*first->also));
		assert_non_null(first->also);
		first->also[first->n_also++] = strdup(d->path);
	}
}

void fake_list(struct fake *f)
{
	struct fake_tree now;

	free_list(f);
	read_tree(f->view, &now);
	for (size_t i = 0; i < now.n; i++)
		list_new(f, &now.at[i]);
	for (size_t i = 0; i < f->before.n; i++) {
		struct delta d = { .kind = DELTA_DELETE };

		if (find(&now, f->before.at[i].path))
			continue;
		d.path = strdup(f->before.at[i].path);
		fill_base(f, &d, d.path);
		push(f, &d);
	}
	free_tree(&now);
	if (f->list.n)
		qsort(f->list.at, f->list.n, sizeof(*f->list.at), list_by_path);
	join_links(f);
}

struct delta *fake_delta(struct fake *f, const char *path)
{
	for (size_t i = 0; i < f->list.n; i++)
		if (!strcmp(f->list.at[i].path, path))
			return &f->list.at[i];
	fail_msg("no change of %s", path);
	return NULL;
}

void fake_again(struct fake *f)
{
	free_list(f);
	free_tree(&f->before);
	read_tree(f->ws, &f->before);
	fake_list(f);
}

void fake_end(struct fake *f)
{
	free_list(f);
	for (size_t i = 0; i < f->n_origins; i++) {
		free(f->origins[i][0]);
		free(f->origins[i][1]);
	}
	for (size_t i = 0; i < f->n_dropped; i++)
		free(f->dropped[i]);
	free(f->dropped);
	free_tree(&f->before);
	io_close(&f->ws);
	io_close(&f->base);
	io_close(&f->view);
	io_close(&f->rootfd);
	assert_int_equal(io_remove_tree(AT_FDCWD, f->root), 0);
}

const char fake_many[] =
	"cd ws; for i in 0 1 2 3 4 5 6 7 8 9; do mkdir d$i;"
	"for j in 0 1 2 3 4 5 6 7 8 9 a b c d e f; do echo $i$j >d$i/f$j; done;"
	"done";
const char fake_many_change[] =
	"cd view; for i in 0 1 2 3 4 5 6 7 8 9; do cd d$i;"
	"for j in 0 1 2 3 4; do echo more >>f$j; done; rm f5 f6 f7;"
	"chmod 755 f8 f9; rm fa; ln -s x fa; rm fb; mkdir fb; echo y >fb/y;"
	"mkdir -p n/m; echo z >n/m/z; echo w >n/w; mv fc n/fc;"
	"for j in 0 1 2 3; do echo $j >new$j; done; cd ..; done";
