/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/io.h"
#include "util/path.h"
#include "util/quiet.h"

struct name {
	unsigned char type;	/* DT_* */
	char *text;
};

/* One directory on the way down: the names in it, and how far we are. */
struct level {
	struct name *names;
	size_t n, next;
	size_t path_len;	/* of the directory's own path */
	int fd;			/* -1 while it is closed to save descriptors */
	struct stat st;
};

struct walk {
	int rootfd;
	dev_t dev;
	walk_fn fn;
	void *payload;
	const char *also;	/* with directories only this name; NULL: all */
	int types;		/* the type will do */
	struct buf path;
	struct level *at;
	size_t n, cap;
};

#define DIR_FLAGS (O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK)

static int by_name(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return strcmp(x->text, y->text);
}

static void level_release(struct level *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->names[i].text);
	free(l->names);
	io_close(&l->fd);
}

static int add_name(struct level *l, size_t *cap, const struct dirent *de)
{
	char *text;

	if (l->n == *cap) {
		size_t want = *cap ? *cap * 2 : 16;
		struct name *p = reallocarray(l->names, want, sizeof(*p));

		if (!p)
			return -ENOMEM;
		l->names = p;
		*cap = want;
	}
	text = strdup(de->d_name);
	if (!text)
		return -ENOMEM;
	l->names[l->n++] = (struct name){ de->d_type, text };
	return 0;
}

/* The type is not always told: what may be a directory is looked at. */
static int is_wanted(const struct walk *w, const struct dirent *de)
{
	if (!strcmp(de->d_name, ".") || !strcmp(de->d_name, ".."))
		return 0;
	return !w->also || de->d_type == DT_DIR || de->d_type == DT_UNKNOWN ||
	       !strcmp(de->d_name, w->also);
}

static int read_names(const struct walk *w, struct level *l)
{
	size_t cap = 0;
	struct dirent *de;
	DIR *d;
	int r = quiet_opendir(l->fd, ".", &d);

	if (r)
		return r;
	while (!r && (errno = 0, de = readdir(d)))
		if (is_wanted(w, de))
			r = add_name(l, &cap, de);
	if (!r && errno)
		r = -errno;
	closedir(d);
	if (l->n)
		qsort(l->names, l->n, sizeof(*l->names), by_name);
	return r;
}

static int push(struct walk *w, int fd)
{
	struct level *l;
	int r;

	if (w->n == w->cap) {
		size_t cap = w->cap ? w->cap * 2 : 16;

		l = reallocarray(w->at, cap, sizeof(*l));
		if (!l) {
			close(fd);
			return -ENOMEM;
		}
		w->at = l;
		w->cap = cap;
	}
	l = &w->at[w->n];
	*l = (struct level){ .fd = fd, .path_len = w->path.len };
	r = fstat(fd, &l->st) ? -errno : read_names(w, l);
	if (r) {
		level_release(l);
		return r;
	}
	w->n++;
	if (w->n > WALK_FDS)
		io_close(&w->at[w->n - WALK_FDS].fd);
	return 0;
}

/* Opens a closed level again by its path; it must be the same directory. */
static int reopen(struct walk *w, struct level *l)
{
	struct stat st;
	char saved;
	int r;

	if (l->fd >= 0)
		return 0;
	saved = w->path.ptr[l->path_len];
	w->path.ptr[l->path_len] = '\0';
	r = quiet_open_beneath(w->rootfd, w->path.ptr, O_DIRECTORY, &l->fd);
	w->path.ptr[l->path_len] = saved;
	if (r)
		return r;
	if (fstat(l->fd, &st))
		return -errno;
	return st.st_ino == l->st.st_ino && st.st_dev == l->st.st_dev ? 0
								      : -ESTALE;
}

/* The rest of a directory that is no longer what it was: said, not dropped. */
static int give_up(struct walk *w, struct level *l, int error)
{
	struct walk_entry e = { .dirfd = w->rootfd, .error = error,
				.st = l->st };

	l->next = l->n;
	if (error == -ENOMEM)
		return error;
	buf_cut(&w->path, l->path_len);
	e.path = w->path.ptr;
	e.name = path_base(e.path);
	error = w->fn(w->payload, &e);
	return error < 0 ? error : 0;
}

static int enter(struct walk *w, struct walk_entry *e)
{
	int fd, r;

	r = quiet_open(e->dirfd, e->name, DIR_FLAGS, &fd);
	if (!r)
		r = push(w, fd);
	if (!r || r == -ENOMEM)
		return r;
	e->error = r;
	r = w->fn(w->payload, e);
	return r < 0 ? r : 0;
}

/* The type will do for most. */
static int look(const struct walk *w, const struct name *name,
		struct walk_entry *e)
{
	if (w->types && name->type != DT_DIR && name->type != DT_UNKNOWN)
		e->st.st_mode = DTTOIF(name->type);
	else if (fstatat(e->dirfd, e->name, &e->st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	return 0;
}

static int visit(struct walk *w, struct level *l, const struct name *name)
{
	struct walk_entry e = { .name = name->text, .dirfd = l->fd };
	int r;

	e.error = look(w, name, &e);
	if (e.error == -ENOENT)
		return 0;
	buf_cut(&w->path, l->path_len);
	if (w->path.len)
		buf_addch(&w->path, '/');
	buf_addstr(&w->path, e.name);
	if (buf_oom(&w->path))
		return -ENOMEM;
	e.path = w->path.ptr;
	if (!e.error && S_ISDIR(e.st.st_mode) && e.st.st_dev != w->dev)
		e.error = -EXDEV;
	r = w->fn(w->payload, &e);
	if (r == WALK_GO && !e.error && S_ISDIR(e.st.st_mode))
		r = enter(w, &e);
	return r < 0 ? r : 0;
}

static int walk(int rootfd, const char *also, int types, walk_fn fn,
		void *payload)
{
	struct walk w = { .rootfd = rootfd, .fn = fn, .payload = payload,
			  .also = also, .types = types, .path = BUF_INIT };
	struct stat st;
	int fd, r;

	if (fstat(rootfd, &st))
		return -errno;
	w.dev = st.st_dev;
	r = quiet_open(rootfd, ".", DIR_FLAGS, &fd);
	if (!r)
		r = push(&w, fd);
	while (!r && w.n) {
		struct level *l = &w.at[w.n - 1];

		if (l->next == l->n) {
			level_release(l);
			w.n--;
			continue;
		}
		r = reopen(&w, l);
		if (r)
			r = give_up(&w, l, r);
		else
			r = visit(&w, l, &l->names[l->next++]);
	}
	while (w.n)
		level_release(&w.at[--w.n]);
	free(w.at);
	buf_release(&w.path);
	return r;
}

int walk_tree(int rootfd, walk_fn fn, void *payload)
{
	return walk(rootfd, NULL, 0, fn, payload);
}

int walk_dirs(int rootfd, const char *also, walk_fn fn, void *payload)
{
	return walk(rootfd, also, 0, fn, payload);
}

int walk_types(int rootfd, walk_fn fn, void *payload)
{
	return walk(rootfd, NULL, 1, fn, payload);
}
